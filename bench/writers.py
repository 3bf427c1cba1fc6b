"""Many writers at once on one register: ``python -m bench.writers [--seconds 600] [--writers 20] [--file-writers 8] [--pause 4]``.

Twenty processes give verdicts on one register on a server of the bench's own, at human speed (``--pause`` seconds between two verdicts)
or at full speed (``--pause 0``), each on any parcel, with what it had looked at; beside it, at the same time, the same on a GeoPackage with
fewer. Said are: verdicts, those refused because somebody else was quicker (each is asked about, none lost), lost updates, unseen
overwrites, whether the chains verify, and the time of a verdict (median, p99, longest).
"""
from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence

ROOT = Path(__file__).resolve().parents[1]
PARCELS = 300


@dataclass(frozen=True)
class Outcome:
    """What came of one run. Times in seconds of verdicts that were kept."""

    given: int
    stale: int
    busy: int
    lost: int
    unseen: int
    broken: int
    times: Sequence[float]

    def quantile(self, share: float) -> float:
        """The time below which this share of the verdicts took."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def line(self, name: str) -> str:
        """For the screen."""
        return (f"{name:34} {self.given:6} verdicts  {self.stale:5} asked about  {self.busy:4} told to wait  lost {self.lost}  unseen "
                f"{self.unseen}  broken {self.broken}  median {self.quantile(0.5):.3f} s  p99 {self.quantile(0.99):.3f} s  "
                f"longest {max(self.times, default=float('nan')):.3f} s")


def prepare(address: str) -> None:
    """A register with a batch of :data:`PARCELS` patches."""
    from land_inspector.register.issuing import issue_batch
    from land_inspector.register.register import Register
    from tests.factories import CRS, info, squares, township

    Register.create(address, county_code="331082", county_name="演示县", crs=CRS, townships=[township()], by="登记员").close()
    with Register.open(address) as register:
        issue_batch(register, info(), squares(PARCELS), by="登记员")


def write(address: str, name: str, seconds: float, pause: float) -> None:
    """One writer: look at a parcel, think, judge it with what was seen. Prints one line of JSON."""
    from land_inspector.errors import BusyError, StaleError
    from land_inspector.register.judging import Entry, give_verdicts
    from land_inspector.register.register import Register
    from land_inspector.register.views.parcels import list_rows, living_list

    luck, given, stale, busy, times = random.Random(name), [], 0, 0, []
    with Register.open(address) as register:
        parcels = living_list(register, "B1")["parcel_id"].tolist()
        print("ready", flush=True)
        sys.stdin.readline()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            row = list_rows(register, [luck.choice(parcels)]).iloc[0]
            time.sleep(luck.uniform(0.5, 1.5) * pause)
            level = luck.choice("123")
            begun = time.perf_counter()
            try:
                judged = give_verdicts(register, "B1", [Entry(row["DKBH"], {"PDJL1": level, "PDJL2": f"{level}01"})], by=name,
                                       seen={row["parcel_id"]: row["last_event"] or ""})
            except StaleError:
                stale += 1
                continue
            except BusyError:
                busy += 1
                continue
            times.append(time.perf_counter() - begun)
            event = judged.recorded.events[-1]
            given.append([event.uuid, row["parcel_id"], row["last_event"] or ""])
    print(json.dumps({"given": given, "stale": stale, "busy": busy, "times": times}), flush=True)


def run(address: str, writers: int, seconds: float, pause: float) -> Outcome:
    """So many writers in processes of their own, begun at once; then everything that they were told is kept is looked for."""
    command = [sys.executable, "-m", "bench.writers", "--write", address, "--seconds", str(seconds), "--pause", str(pause), "--name"]
    children = [subprocess.Popen([*command, f"核查员{n:02d}"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                for n in range(writers)]
    for child in children:
        child.stdout.readline()
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    told: List[Dict] = [json.loads(child.communicate()[0]) for child in children]
    return _looked_at(address, told)


def _looked_at(address: str, told: Sequence[Dict]) -> Outcome:
    """Lost: told as kept, not there. Unseen: a verdict that stands on another event of its parcel than the one its author looked at."""
    from land_inspector.register.register import Register
    from land_inspector.register.verifying import verify

    with Register.open(address) as register:
        known = {event.uuid: event for event in register.storage.events()}
        given = [row for one in told for row in one["given"]]
        lost = sum(uuid not in known for uuid, _parcel, _seen in given)
        unseen = sum(known[uuid].seen.get(parcel, "") != seen for uuid, parcel, seen in given if uuid in known)
        broken = len(verify(register).broken) + len(register.state().same_as(register.storage.load_state()))
    return Outcome(len(given), sum(one["stale"] for one in told), sum(one["busy"] for one in told), lost, unseen, broken,
                   [took for one in told for took in one["times"]])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--file-writers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--pause", type=float, default=None, help="seconds between two verdicts; both speeds where it is not given")
    parser.add_argument("--write", help="for the bench itself: be a writer on this address")
    parser.add_argument("--name", default="")
    chosen = parser.parse_args(arguments)
    if chosen.write:
        write(chosen.write, chosen.name, chosen.seconds, chosen.pause or 0.0)
        return 0
    return _compare(chosen)


def _compare(chosen: argparse.Namespace) -> int:
    from tests.postgres_cluster import running

    bad = 0
    with running() as cluster, tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as beside:
        for pause in (4.0, 0.0) if chosen.pause is None else (chosen.pause,):
            speed = "full speed" if pause == 0 else f"{pause:g} s between verdicts"
            places = ((f"server, {chosen.writers} writers, {speed}", cluster.address(f"load_{int(10 * pause)}"), chosen.writers),
                      (f"GeoPackage, {chosen.file_writers} writers, {speed}", str(Path(folder) / f"load_{int(10 * pause)}.gpkg"),
                       chosen.file_writers))
            for _name, address, _writers in places:
                prepare(address)
            runs = [(name, beside.submit(run, address, writers, chosen.seconds, pause)) for name, address, writers in places if writers]
            for name, outcome in ((name, one.result()) for name, one in runs):
                print(outcome.line(name), flush=True)
                bad += outcome.lost + outcome.unseen + outcome.broken
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
