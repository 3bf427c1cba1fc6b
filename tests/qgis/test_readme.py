"""The READMEs against what is there."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from land_inspector.processing.provider import LandInspectorProvider

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh_CN.md")


@pytest.fixture(scope="module")
def algorithms():
    provider = LandInspectorProvider()
    provider.loadAlgorithms()
    return {algorithm.name() for algorithm in provider.algorithms()}


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_lists_every_algorithm_and_no_other(readme, algorithms):
    listed = re.findall(r"^\| `land_inspector:(\w+)` \|", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == algorithms


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_names_every_command_of_the_makefile(readme):
    commands = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert commands and not [command for command in commands if f"make {command}" not in text and command not in ("help", "setup")]
