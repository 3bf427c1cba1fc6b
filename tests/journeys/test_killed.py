"""kill -9 in the middle of imports, bulk verdicts and splits: what was confirmed is there, nothing is there by half."""
from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from land_inspector.register import kinds
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, squares
from tests.journeys.killed_worker import PATCHES

WORKER = Path(__file__).with_name("killed_worker.py")
#: How many events one whole action makes.
WHOLE = {kinds.BATCH_ISSUED: 1, kinds.VERDICT_GIVEN: PATCHES, kinds.PARCEL_SPLIT: 1}


def work_until_killed(path: Path, seconds: float) -> list:
    """Groups the worker confirmed before it was killed, ``seconds`` after it was ready."""
    worker = subprocess.Popen([sys.executable, str(WORKER), str(path)], stdout=subprocess.PIPE, text=True)
    assert worker.stdout.readline() == "ready\n"
    threading.Timer(seconds, lambda: os.kill(worker.pid, signal.SIGKILL)).start()
    lines = worker.stdout.readlines()
    assert worker.wait(timeout=600) == -signal.SIGKILL
    return [line.split()[1] for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("seed", range(6))
def test_what_was_confirmed_survives_and_nothing_is_there_by_half(tmp_path, seed):
    new_register(tmp_path).close()
    path = tmp_path / "register.gpkg"
    confirmed = work_until_killed(path, random.Random(seed).uniform(0.05, 2.5))
    with Register.open(path) as register:
        assert [str(text) for text in verify(register).broken] == []
        events = [e for e in register.storage.events() if e.kind in WHOLE]
        groups = Counter(e.group for e in events)
        assert set(confirmed) <= set(groups)
        assert len(set(groups) - set(confirmed)) <= 1, "at most the action that was under way is there unconfirmed"
        for event in events:
            assert groups[event.group] == WHOLE[event.kind]
        assert len(register.patches()) == PATCHES * len(register.batches())


def test_the_register_can_be_worked_on_after_a_kill(tmp_path):
    new_register(tmp_path).close()
    path = tmp_path / "register.gpkg"
    assert work_until_killed(path, 0.6)
    with Register.open(path) as register:
        judge(register, {"T0400": "3"})
        assert verify(register).broken == ()
    with Register.open(path) as register:
        assert register.parcels("B1").set_index("DKBH").loc["T0400", "PDJL1"] == "3"


def test_two_processes_that_write_at_once_lose_nothing(tmp_path):
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(60))
    path = tmp_path / "register.gpkg"
    writers = [subprocess.Popen([sys.executable, str(WORKER), str(path), str(first)]) for first in (1, 31)]
    assert [writer.wait(timeout=1100) for writer in writers] == [0, 0]
    with Register.open(path) as register:
        assert set(register.parcels("B1")["PDJL1"]) == {"2"}
        given = [e for e in register.storage.events() if e.kind == kinds.VERDICT_GIVEN]
        assert len(given) == 60 and len({e.origin for e in given}) == 2
        assert verify(register).broken == ()
