"""Registers of earlier versions open in this one; each figure is what that version told, or was mended since with its reason."""
from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Tuple

import pytest

from land_inspector.register.register import Register
from tests.data.formats.corrections import corrected, moved
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


def test_there_is_a_register_of_each_format_that_this_version_reads():
    assert {path.parent.name for path in MADE} >= {"1"} and len(MADE) >= 3


def test_every_figure_is_what_the_version_that_made_it_told(made):
    path, said = made
    with Register.open(path) as register:
        now = told(register, said["moments"], said["days"])
    wanted = {place: one["new"] for place, one in corrected(path_of(path)).items()}
    assert dict(moved(said["figures"], now)) == wanted
    assert all(one["why"] for one in corrected(path_of(path)).values())


def path_of(copy: Path) -> Path:
    """Where the register lies that was copied."""
    return next(path for path in MADE if path.name == copy.name)
