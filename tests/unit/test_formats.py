"""Registers that earlier versions made open in this one, and every figure is what that version told."""
from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Iterator, Tuple

import pytest

from land_inspector.register.register import Register
from tests.data.formats.figures import told

FORMATS = Path(__file__).parent.parent / "data" / "formats"
MADE = sorted(FORMATS.glob("*/*.gpkg"))


@pytest.fixture(params=MADE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def made(request, tmp_path) -> Tuple[Path, Any]:
    """A copy of a register with what lies beside it, and what the version that made it said of it."""
    source: Path = request.param
    for beside in source.parent.glob(f"{source.stem}.*"):
        copy = shutil.copytree if beside.is_dir() else shutil.copy2
        copy(beside, tmp_path / beside.name)
    return tmp_path / source.name, json.loads((source.with_suffix(".json")).read_text(encoding="utf-8"))


def differences(one: Any, two: Any, where: str = "") -> Iterator[str]:
    """Where two JSON values differ, by place."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted(set(one) | set(two)):
            if key not in one or key not in two:
                yield f"{where}/{key}: only {'after' if key in two else 'before'}"
            else:
                yield from differences(one[key], two[key], f"{where}/{key}")
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for place, (before, after) in enumerate(zip(one, two)):
            yield from differences(before, after, f"{where}/{place}")
    elif one != two:
        yield f"{where}: {one!r} != {two!r}"


def test_there_is_a_register_of_each_format_that_this_version_reads():
    assert {path.parent.name for path in MADE} >= {"1"} and len(MADE) >= 3


def test_every_figure_is_what_the_version_that_made_it_told(made):
    path, said = made
    with Register.open(path) as register:
        now = told(register, said["moments"], said["days"])
    assert list(differences(said["figures"], now)) == []
