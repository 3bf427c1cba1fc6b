"""One word for one thing: the list of terms over every Chinese text of the plugin."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

import land_inspector
from tools.labels import labels_in
from tools.translations import read_catalogue

PLUGIN = Path(land_inspector.__file__).parent
#: What must not be said → what is said instead.
TERMS = {
    "登记簿|登记册|登记台账": "登记库", "案件与期限": "案件与时限", "登记案件(?!线索)": "登记线索", "轮看": "前后切换", "图斑墙": "图斑缩略图（抽查）",
    "拆宗|拆分(?!所)": "图斑分宗", "分割(?!线)": "图斑分宗", "套合量算|叠加分析": "套合分析", "楼面面积|建筑占地面积": "建筑物占地面积、建筑面积",
    "待件": "待补手续", "搁置": "稍后处理；未导入的行：隔离", "12号令|第12号令": "《自然资源行政处罚办法》", "国土所|国土资源所": "自然资源所",
    r"\bS\d+h?\b|\{code\} <b>\{state\}": "the step's name", r"，自 ?\{day\}$": "办理日期", "是否继续|确定吗": "a verb on the button", "退回原因": "退回理由"}


@pytest.fixture(scope="module")
def chinese():
    """(place, English, Chinese) of the catalogue and of the labels in the source and its packs."""
    return [(pair.place, pair.source, pair.translation) for pair in [*read_catalogue(), *labels_in(PLUGIN)]]


@pytest.mark.parametrize("wrong", TERMS)
def test_a_term_that_is_not_said_occurs_nowhere(chinese, wrong):
    found = [f"{place}: {said[:80]}" for place, _english, said in chinese if re.search(wrong, said)]
    assert not found, f"say {TERMS[wrong]}:\n" + "\n".join(found)


@pytest.mark.parametrize("english, said", [
    ("In turn", "前后切换"), ("Gallery", "图斑缩略图（抽查）"), ("Cases and deadlines", "案件与时限"), ("Open a case", "登记线索"),
    ("Findings", "核查情况"), ("Waiting for paper", "待补手续"), ("For later", "稍后处理"), ("To do", "待办"), ("Plan zone", "规划分区"),
    ("building area (m²)", "建筑物占地面积（平方米）"), ("floor area (m²)", "建筑面积（平方米）")])
def test_what_a_text_of_the_list_is_called(chinese, english, said):
    found = {translation for place, source, translation in chinese if source == english and "data/matters" not in place}
    assert found == {said}  # a ledger's pack has words of its own


def test_a_share_is_named_and_its_code_stands_behind(chinese):
    bare = [f"{place}: {said}" for place, _english, said in chinese if re.match(r"r[1-6]\W?", said) and len(said) < 20]
    assert not bare, "\n".join(bare)


def test_no_dialog_has_the_toolkits_own_buttons():
    """Yes, No, OK and Cancel say nothing; the words of ``dialog_buttons`` and of ``Question`` do."""
    own = re.compile(r"QMessageBox\.(question|warning|critical|information|about)\(|QInputDialog\.get|StandardButton\.(Ok|Yes|No)\b")
    makes = re.compile(r"\bQDialogButtonBox\((?!\))")
    found = [f"{file.relative_to(PLUGIN)}:{n}" for file in sorted((PLUGIN / "ui").rglob("*.py"))
             for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
             if own.search(line) or (makes.search(line) and file.name != "dialog_buttons.py")]
    assert not found, "\n".join(found)
