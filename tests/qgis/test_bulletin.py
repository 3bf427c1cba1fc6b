"""The bulletin: two pages as PDF, the office's template as .docx, nobody's name in either."""
from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from land_inspector.exchange.bulletin import FIELDS, LISTS, our_template, read_bulletin, write_docx
from land_inspector.exchange.formats.docx import Template
from land_inspector.exchange.formats.docx_layout import Paragraph, Table, new_document, pages_at_most
from land_inspector.exchange.dossiers import content_of, pages_of
from land_inspector.progress import Progress
from land_inspector.register.figures import Scope
from land_inspector.register.register import Register
from qgis.core import QgsProcessingException
from tests.algorithms import Told, a_batch, run

PERSON = "张小明"


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    """Three illegal parcels on cultivated land in two townships."""
    folder = tmp_path_factory.mktemp("month")
    made = a_batch(folder, 5)
    table = folder / "verdicts.csv"
    rows = [f"T{n:03d},2,201,1600,1600,{PERSON}" for n in (1, 2, 4)] + ["T003,1,101,,,"]
    table.write_text("DKBH,PDJL1,PDJL2,WFMJ,WFGD,YDDW\n" + "\n".join(rows) + "\n", encoding="utf-8")
    run("give_verdicts", REGISTER=made, BATCH="B1", TABLE=table, BY="甲")
    return made


def text_of(file: Path) -> str:
    return "\n".join(paragraph.text() for root in Template.read(file).parts.values() for paragraph in root.find("p"))


def test_a_pdf_has_two_pages_that_say_of_what_they_are(register, tmp_path):
    results = run("write_bulletin", REGISTER=register, YEAR=2026, MONTH=5, OUTPUT=tmp_path / "b.pdf")
    pages = pages_of(content_of(tmp_path / "b.pdf"))
    assert len(pages) == 2 and results["TOWNSHIPS"] == 2
    assert all("2026-05" in page and "Sealoftheregister" in page for page in pages)
    assert "古城街道" in pages[0] and "Whomustreport" in pages[1] and PERSON not in "".join(pages)


def test_our_template_is_filled_with_rows_chart_and_map(register, tmp_path):
    file = tmp_path / "b.docx"
    results = run("write_bulletin", REGISTER=register, YEAR=2026, MONTH=5, OUTPUT=file, OUR_TEMPLATE=tmp_path / "ours.docx")
    text = text_of(file)
    assert "古城街道" in text and "大田街道" in text and "{{" not in text and PERSON not in text and "待填" not in text
    assert results["TEXT"] in text
    with zipfile.ZipFile(file) as archive:
        pictures = [archive.read(name) for name in archive.namelist() if name.startswith("word/media/")]
        document = archive.read("word/document.xml").decode()
        assert len(pictures) == 2 and all(one.startswith(b"\x89PNG") for one in pictures)
        assert document.count("<w:drawing>") == 2 and "\ue000" not in document
    assert (tmp_path / "ours.docx").read_bytes() == our_template() and pages_at_most(file.read_bytes()) == 2


def test_two_pages_are_sure_for_any_number_of_townships(register, tmp_path):
    with Register.open(register) as opened:
        found = read_bulletin(opened, Scope(year=2026), Progress())
    for number in (1, 24, 80):
        many = replace(found, places=(found.places * number)[:number], text=found.text * 3)
        assert write_docx(many, None, tmp_path / "many.docx", []) is not None
        assert pages_at_most((tmp_path / "many.docx").read_bytes()) == 2, number


def test_a_template_that_the_office_changed_is_used_and_a_wrong_one_is_named(register, tmp_path):
    own = tmp_path / "own.docx"
    own.write_bytes(new_document([Paragraph("{{县}}：{{违法宗数}}宗"), Table([["{{#各乡镇}}{{乡镇}}", "{{距线}}{{/各乡镇}}"]], (1, 1)),
                                  Paragraph("见图 {{地图}}")]))
    told = Told()
    run("write_bulletin", told, REGISTER=register, YEAR=2026, TEMPLATE=own, OUTPUT=tmp_path / "own_filled.docx")
    assert any("own.docx" in text and "{{封印码}}" in text for text in told.warnings)
    text = text_of(tmp_path / "own_filled.docx")
    assert "演示县：3宗" in text and "大田街道" in text
    own.write_bytes(new_document([Paragraph("{{当事人}}")]))
    told = Told()
    with pytest.raises(QgsProcessingException, match="当事人"):
        run("write_bulletin", told, REGISTER=register, YEAR=2026, TEMPLATE=own, OUTPUT=tmp_path / "never.docx")
    for wrong in (dict(OUTPUT=tmp_path / "b.txt"), dict(OUTPUT=tmp_path / "b.pdf", TEMPLATE=own)):
        with pytest.raises(QgsProcessingException):
            run("write_bulletin", REGISTER=register, YEAR=2026, **wrong)
    assert not list(tmp_path.glob("never*")) and not list(tmp_path.glob("b.*"))


def test_no_field_of_a_template_names_a_person():
    named = [*FIELDS, *(name for names in LISTS.values() for name in names)]
    assert not [name for name in named if any(word in name for word in ("人", "姓名", "单位", "主体"))]
