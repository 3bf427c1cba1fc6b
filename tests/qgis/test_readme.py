"""The READMEs against what is there."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import readme

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("language", readme.READMES)
def test_the_table_of_algorithms_is_what_the_algorithms_say_of_themselves(language, current_catalogue):
    """``python -m tools.readme`` writes it."""
    assert readme.table(language) in readme.READMES[language].read_text(encoding="utf-8")


@pytest.mark.parametrize("path", readme.READMES.values(), ids=lambda path: path.name)
def test_the_readme_names_every_command_of_the_makefile(path):
    commands = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = path.read_text(encoding="utf-8")
    assert commands and not [command for command in commands if f"make {command}" not in text and command not in ("help", "setup")]
