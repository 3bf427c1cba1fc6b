"""write_papers, paper_templates, case_file and describe_cases as QGIS runs them."""
from __future__ import annotations

import csv

import pytest
from qgis.core import QgsProcessingException

from land_inspector.exchange.formats.docx_layout import Paragraph, new_document
from land_inspector.register import pursuing
from land_inspector.register.field_work import SiteVisit, record_visit
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from tests.algorithms import Told, run
from tests.factories import info, judge, new_register, squares
from tests.unit.law_cases import SAID


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    with new_register(folder) as register:
        issue_batch(register, info(), squares(4), by="甲")
        judge(register, {f"T00{n}": "2" for n in range(1, 4)}, by="甲", effective_on="2026-05-20")
        record_visit(register, "B1", ["T001", "T002"], SiteVisit("built", officers=["王五", "赵六"]), on="2026-06-02", by="甲")
        for n in range(1, 4):
            case = pursuing.open_case(register, "B1", [f"T00{n}"], on="2026-06-01", particulars=SAID["clue"], by="甲")
            pursuing.do_act(register, case, "site_check", on="2026-06-02", particulars=SAID["site_check"], by="甲")
    return folder / "register.gpkg"


def test_papers_of_a_list_are_written_numbered_and_told(made, tmp_path):
    own = tmp_path / "模板"
    given = run("paper_templates", FOLDER=own)
    assert given["TEMPLATES"] > 50 and (own / "行政处罚决定书.docx").is_file()
    (own / "机关信息.csv").write_text("项目,内容\n机关全称,演示县自然资源局\n机关代字,演自然资\n执法证号:王五,33001\n", "utf-8-sig")
    table = tmp_path / "当事人.csv"
    table.write_text("案件编号,名称,类型,证照号码,地址\nT001-AJ,李四光,个人,330101197001011234,西门村12号\n", "utf-8")
    assert run("describe_cases", REGISTER=made, TABLE=table, BY="甲")["RECORDED"] == 1
    told = Told()
    done = run("write_papers", told, REGISTER=made, LIST="T001-AJ，T002\nT003-AJ", KIND="责令停止违法行为通知书", TEMPLATES=own,
               FOLDER=tmp_path / "文书", DAY="2026-06-03", BY="甲")
    assert (done["WRITTEN"], done["REFUSED"]) == (2, 1) and done["MISSING"] > 0 and done["TO_CORRECT"] > 0
    assert any("R53" in text and "T003" in text for text in told.warnings)
    rows = list(csv.reader((tmp_path / "文书" / "缺项与检查.csv").read_text("utf-8-sig").splitlines()))
    assert {row[2] for row in rows[1:] if row[2]} == {"演自然资停〔2026〕1号", "演自然资停〔2026〕2号"}
    one = run("write_papers", REGISTER=made, CASE="T001", KIND="", FOLDER=tmp_path / "全部", BY="甲")
    assert one["WRITTEN"] == 3  # clue, inspection, photos: all whose act was done
    with Register.open(made) as register:
        assert len(register.storage.events_of_kind("office_described")) == 1
    file = run("case_file", REGISTER=made, CASE="T001-AJ", FOLDER=tmp_path / "卷")
    assert file["FILES"] == 6 and file["DRAFTS"] == 3 and file["MISSING"] == 0


def test_papers_of_a_work_list_are_written_for_each_of_its_cases_once(made, tmp_path):
    unfiled = run("write_papers", REGISTER=made, LIST="UNFILED", KIND="立案呈批表", FOLDER=tmp_path / "unfiled", BY="甲")
    assert (unfiled["WRITTEN"], unfiled["REFUSED"]) == (3, 0)
    names = sorted(path.name for path in (tmp_path / "unfiled").glob("*.docx"))
    assert [name.split("-AJ")[0] for name in names] == ["T001", "T002", "T003"]
    with Register.open(made) as register:
        numbers = [event.payload["n"] for event in register.storage.events_of_kind("paper_written")
                   if event.payload["kind"] == "file_approval"]
    assert sorted(numbers) == [1, 2, 3]
    told = Told()
    empty = run("write_papers", told, REGISTER=made, LIST="unaccepted", KIND="decision", FOLDER=tmp_path / "none", BY="甲")
    assert empty["WRITTEN"] == 0 and not list((tmp_path / "none").glob("*.docx"))
    assert any("No case" in text for text in told.warnings)


@pytest.mark.parametrize("asked, said", [
    ({"CASE": "T001", "KIND": "判决书"}, "判决书"), ({"CASE": "T009", "KIND": "decision"}, "T009"), ({"KIND": "decision"}, "CASE"),
    ({"CASE": "T001", "LIST": "overdue", "KIND": "decision"}, "CASE"), ({"CASE": "T001", "KIND": "idle_fee"}, "T001-AJ")])
def test_what_cannot_be_written_says_why_and_leaves_nothing(made, tmp_path, asked, said):
    with pytest.raises(QgsProcessingException, match=said):
        run("write_papers", REGISTER=made, FOLDER=tmp_path / "文书", **asked)
    assert not list((tmp_path / "文书").glob("*")) if (tmp_path / "文书").exists() else True


def test_a_template_with_an_unknown_field_is_told_before_anything_is_written(made, tmp_path):
    own = tmp_path / "模板"
    own.mkdir()
    (own / "现场勘验笔录.docx").write_bytes(new_document([Paragraph("{{天气}}")]))
    told = Told()
    with pytest.raises(QgsProcessingException, match="天气"):
        run("write_papers", told, REGISTER=made, CASE="T001", KIND="site_record", TEMPLATES=own, FOLDER=tmp_path / "文书")
    assert any("天气" in text for text in told.warnings) and not list((tmp_path / "文书").glob("*.docx"))
