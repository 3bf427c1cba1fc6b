"""docs/rules.md leads from each rule of the guide to the code and to a test: all of it must be there."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
RULES = re.findall(r"^\| (R\d\d) \| [^|]+ \| `([^`]+)` \| `([^`]+)::([^`]+)` \|$", PAGE, re.MULTILINE)
IN_THE_GUIDE = {f"R{n:02d}" for n in (*range(1, 13), *range(20, 55))}


def test_every_rule_of_the_guide_has_its_line_once():
    named = [rule for rule, *_rest in RULES]
    assert sorted(named) == sorted(IN_THE_GUIDE)


@pytest.mark.parametrize("rule, module, file, name", RULES, ids=[rule for rule, *_rest in RULES])
def test_the_module_names_its_rule_and_the_test_is_there(rule, module, file, name):
    assert re.search(rf"\b{rule}\b", (ROOT / module).read_text(encoding="utf-8"))
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_file_that_the_page_names_is_there():
    named = set(re.findall(r"`((?:land_inspector|tests)/[\w/]+\.py)", PAGE))
    assert len(named) > 30 and [path for path in sorted(named) if not (ROOT / path).is_file()] == []
