"""Tables of every kind that offices have, read wholly: nothing of a file is left without a word."""
from __future__ import annotations

import zipfile
from datetime import date, datetime, timezone

import pytest
from tests.office_tables import dbf, dimension, ods, rewritten, strict, web_page, xlsx, xml_2003

from land_inspector.errors import InputError
from land_inspector.exchange.formats.tables import read_tables
from land_inspector.exchange.ledger_tables import read_ledger
from land_inspector.values import day_of
from land_inspector.exchange.verdict_tables import read_verdicts
from land_inspector.law.areas import Amount

HEADS = ["图斑编号", "判定结果", "判定二级类"]
ROWS = [HEADS, ["T001", "2", "201"], ["T002", "1", "101"], ["T003", "2", "201"]]
LEDGER = ["案件编号", "图斑编号", "立案时间", "罚款下达（元）", "罚款收缴（元）"]


def labels(path):
    return [entry.label for entry in read_verdicts(str(path), "N").entries]


def told(path):
    return " ".join(str(one) for one in read_verdicts(str(path), "N").told)


def values(path):
    """Every cell as text, without blank rows."""
    (sheet,) = read_tables(path)
    return [[str(cell) for cell in row if cell is not None] for row in sheet.rows if any(cell not in (None, "") for cell in row)]


GUARDED = [HEADS, ["'T001", "2", "201"], ['="T002"', "1", '="101"'], ["\tT003", "'2", "201"]]


@pytest.mark.parametrize("write", [
    lambda folder: xlsx(folder / "a.xlsx", {"判定": GUARDED}),
    lambda folder: ods(folder / "a.ods", GUARDED),
    lambda folder: written(folder / "a.xls", web_page(GUARDED, "gbk")),
    lambda folder: written(folder / "b.xls", xml_2003([[cell.replace('"', "&quot;") for cell in row] for row in GUARDED]).encode()),
    lambda folder: written(folder / "a.csv", "\n".join(",".join(row) for row in GUARDED).encode("gbk")),
    lambda folder: dbf(folder / "a.dbf", [{"JCBH": one, "PDJL1": two, "PDJL2": three} for one, two, three in GUARDED[1:]])])
def test_what_protects_an_id_is_taken_off_in_tables_of_every_kind(tmp_path, write):
    entries = read_verdicts(str(write(tmp_path)), "N").entries
    assert [(one.label, one.verdict["PDJL1"], one.verdict["PDJL2"]) for one in entries] == [
        ("T001", "2", "201"), ("T002", "1", "101"), ("T003", "2", "201")]


def written(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("coding, charset", [("quoted-printable", "gb2312"), ("base64", "utf-8"), ("8bit", "gbk")])
def test_a_page_saved_as_one_file_is_read(tmp_path, coding, charset):
    """Excel's single file web page, which web systems give out under the name .xls."""
    import base64
    import quopri

    page = web_page(ROWS, charset)
    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[coding](page)
    head = ('MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="-=x"\r\n\r\n---=x\r\nContent-Location: file:///C:/a.htm\r\n'
            f'Content-Transfer-Encoding: {coding}\r\nContent-Type: text/html; charset="{charset}"\r\n\r\n').encode()
    assert labels(written(tmp_path / "导出.xls", head + body + b"\r\n---=x--\r\n")) == ["T001", "T002", "T003"]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_unicode_text_without_its_mark_is_read(tmp_path, codec):
    text = "\n".join("\t".join(row) for row in ROWS)
    assert labels(written(tmp_path / "判定.txt", text.encode(codec))) == ["T001", "T002", "T003"]


def test_an_open_document_in_one_file_is_read_and_a_kind_that_is_not_is_named(tmp_path):
    with zipfile.ZipFile(ods(tmp_path / "a.ods", ROWS)) as packed:
        content = packed.read("content.xml")
    assert labels(written(tmp_path / "判定.fods", content)) == ["T001", "T002", "T003"]
    with pytest.raises(InputError, match="SYLK"):
        read_tables(written(tmp_path / "判定.slk", b'ID;PWXL;N;E\r\nC;X1;Y1;K"JCBH"\r\nE\r\n'))


@pytest.mark.parametrize("said, meant", [("201未报即用", ("2", "201")), ("2-违法用地", ("2", None)), ("违法用地（2）", ("2", None)),
                                         ("303设施农用地", ("3", "303"))])
def test_a_code_with_its_label_in_one_cell_is_that_code(tmp_path, said, meant):
    heading = "判定二级类" if meant[1] else "判定结果"
    path = xlsx(tmp_path / "判定.xlsx", {"判定": [["图斑编号", heading, "备注"], ["T001", said, None]]})
    (entry,) = read_verdicts(str(path), "N").entries
    assert (entry.verdict["PDJL1"], entry.verdict.get("PDJL2")) == meant


@pytest.mark.parametrize("area", ["A1", "A1:C3", "A1:A1", "B7:C9", "A1:XFD1048576"])
def test_what_a_sheet_claims_to_hold_is_not_believed(tmp_path, area):
    path = rewritten(xlsx(tmp_path / "判定.xlsx", {"判定": ROWS}), dimension(area))
    assert labels(path) == ["T001", "T002", "T003"]


def test_strict_workbooks_are_read(tmp_path):
    assert labels(rewritten(xlsx(tmp_path / "判定.xlsx", {"判定": ROWS}), strict)) == ["T001", "T002", "T003"]


@pytest.mark.parametrize("change", [
    lambda name, text: text.replace("<fills", "<fills x='1'").replace("<fill>", "<fill/><fill>") if "styles" in name else text,
    lambda name, text: None if "styles" in name or "theme" in name or "docProps" in name else text,
    lambda name, text: text[:200] if "styles" in name else text,
    lambda name, text: text.replace("</sheetData>", '</sheetData><drawing r:id="rId99"/>') if "sheet1" in name else text])
def test_looks_that_are_broken_or_missing_cost_no_row(tmp_path, change):
    path = xlsx(tmp_path / "判定.xlsx", {"判定": ROWS})
    assert labels(rewritten(path, lambda name, text: change(name, text).replace("<drawing r:id", "<drawing id")
                            if change(name, text) is not None else None)) == ["T001", "T002", "T003"]


def test_cells_without_places_stand_in_their_order(tmp_path):
    import re

    path = rewritten(xlsx(tmp_path / "判定.xlsx", {"判定": ROWS}), lambda _name, text: re.sub(r'(<(?:c|row)) r="[A-Z]*\d+"', r"\1", text))
    assert labels(path) == ["T001", "T002", "T003"]


def test_every_sheet_with_the_headings_is_read_and_the_others_are_named(tmp_path):
    sheets = {"古城街道": ROWS[:2], "大田街道": [HEADS, *ROWS[2:]], "说明": [["填表说明"], ["一", "二"]], "旧": ROWS}
    path = xlsx(tmp_path / "判定.xlsx", sheets, hidden=["旧"])
    entries = read_verdicts(str(path), "N").entries
    assert [(one.label, one.place) for one in entries] == [("T001", "古城街道 2"), ("T002", "大田街道 2"), ("T003", "大田街道 3")]
    assert "说明" in told(path) and "旧 (4 rows) was left: it is hidden" in told(path)
    assert labels(f"{path}|layername=旧") == ["T001", "T002", "T003"]


JUDGED = ["图斑编号", "判定一级类", "备注"]
LINES = [["T001", "2", None], ["T002", "1", None]]


@pytest.mark.parametrize("rows, read, said", [
    ([JUDGED, *LINES, ["合计", "2", None]], ["T001", "T002"], "rows 4 are sums"),
    ([JUDGED, LINES[0], ["小 计", "1", None], LINES[1], [None, "总计：2宗", None]], ["T001", "T002"], "rows 3, 5 are sums"),
    ([JUDGED, *LINES, ["填表人：张三", "审核：李四", None], ["注：一式两份", None, None]], ["T001", "T002"], "rows 4, 5 are sums"),
    ([JUDGED, LINES[0], JUDGED, LINES[1]], ["T001", "T002"], "again in rows 3"),
    ([JUDGED, LINES[0], [None] * 3, ["大田街道", None, None], ["备注", "图斑编号", "判定一级类"], [None, "T002", "1"]], ["T001", "T002"],
     "again in rows 5"),
    ([["说明"]] * 25 + [JUDGED, *LINES], ["T001", "T002"], "2 rows below"),
    ([[None]] * 300 + [JUDGED, *LINES], ["T001", "T002"], "2 rows below"),
    ([["图斑编号", "判定情况", None], [None, "判定一级类", "备注"], *LINES], ["T001", "T002"], "2 rows below")])
def test_what_stands_between_and_around_the_rows_is_known_for_what_it_is(tmp_path, rows, read, said):
    path = xlsx(tmp_path / "判定.xlsx", {"判定": rows}, merged=["B1:C1"] if rows[0][1:2] == ["判定情况"] else [])
    assert labels(path) == read and said in told(path)
    found = {entry.label: entry.verdict["PDJL1"] for entry in read_verdicts(str(path), "N").entries}
    assert found == {"T001": "2", "T002": "1"}


def test_a_ledger_whose_headings_stand_again_in_another_order_is_read_by_them(tmp_path):
    other = ["立案日期", "图斑编号", "案号"]
    rows = [["案号", "图斑编号", "立案日期"], ["案1", "T001", "2026-05-22"], other, ["2026-05-23", "T002", "案2"]]
    found = read_ledger(str(xlsx(tmp_path / "台账.xlsx", {"台账": rows}))).rows
    assert [(row.labels, row.case_number, row.place) for row in found] == [(("T001",), "案1", "2"), (("T002",), "案2", "4")]


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u200f"])
def test_a_sign_that_nobody_sees_is_no_part_of_a_number(tmp_path, sign):
    assert labels(xlsx(tmp_path / "判定.xlsx", {"判定": [["图斑编号", "判定一级类"], [f"T{sign}001", "2"]]})) == ["T001"]


def test_a_ledger_on_several_sheets_is_taken_whole(tmp_path):
    path = xlsx(tmp_path / "台账.xlsx", {"甲": [LEDGER, ["案1", "T001", "2026-05-22", 5, 5]],
                                       "乙": [["乙乡台账"], LEDGER, ["案2", "T002", "2026-05-23", 6, 6]]})
    ledger = read_ledger(str(path))
    assert [(row.case_number, row.place) for row in ledger.rows] == [("案1", "甲 2"), ("案2", "乙 3")]
    assert sum("rows below the headings were read" in str(one) for one in ledger.told) == 2


def test_a_case_over_merged_cells_is_one_case_with_its_fine_once(tmp_path):
    rows = [LEDGER, ["案1", "T001", "2026-05-22", 16000, 16000], [None, "T002", None, None, None], [None, "T003", None, None, None],
            ["案2", "T004", "2026-05-22", 1, 1]]
    path = xlsx(tmp_path / "台账.xlsx", {"台账": rows}, merged=["A2:A4", "C2:C4", "D2:D4", "E2:E4"])
    first, second = read_ledger(str(path)).rows
    assert first.labels == ("T001", "T002", "T003") and first.row == 2 and second.labels == ("T004",)
    assert [one.ordered for one in first.remedies] == [Amount(fen=1_600_000)]


def test_rows_that_say_nothing_or_repeat_a_fine_are_told_where_a_file_keeps_no_merged_cells(tmp_path):
    rows = [LEDGER, ["案1", "T001", "2026-05-22", "16000", "16000"], ["", "T002", "", "", ""], ["案2", "T003", "2026-05-22", "5", "5"],
            ["案2", "T004", "2026-05-22", "5", "5"], ["案3", "T005", "2026-05-22", "", ""]]
    path = written(tmp_path / "台账.csv", "\n".join(",".join(row) for row in rows).encode("gbk"))
    said = [str(one) for one in read_ledger(str(path)).told]
    assert any("Rows 3 name a parcel and say nothing" in one for one in said)
    assert any("Rows 4, 5 of case 案2 say the same fine" in one for one in said)
    assert not any("案1" in one or "案3" in one for one in said)


def test_figures_of_the_rows_of_one_case_are_added_and_contradictions_named(tmp_path):
    heads = [*LEDGER, "复耕面积（亩）", "结案时间"]
    rows = [heads, ["案1", "T001", "2026-05-22", 5, 5, 0.3, "2026-06-01"], [None, "T002", None, None, None, 0.6, "2026-06-02"]]
    (row,) = read_ledger(str(xlsx(tmp_path / "台账.xlsx", {"台账": rows}, merged=["A2:A3"]))).rows
    assert [one.done for one in row.remedies if one.kind == "reclamation"] == [Amount(land_m2=600.0, cultivated_m2=0.0)]
    assert "结案时间" in str(row.unreadable[0])


def test_a_verdict_merged_over_patches_counts_for_each(tmp_path):
    rows = [["项目", *HEADS], ["甲", "T001", "2", "201"], [None, "T002", None, None], [None, "T003", None, None], ["乙", "T004", "1", "101"]]
    path = xlsx(tmp_path / "判定.xlsx", {"判定": rows}, merged=["A2:A4", "C2:C4", "D2:D4"])
    assert [(one.label, one.verdict["PDJL1"], one.verdict["PDJL2"]) for one in read_verdicts(str(path), "N").entries] == [
        ("T001", "2", "201"), ("T002", "2", "201"), ("T003", "2", "201"), ("T004", "1", "101")]


def test_bare_numbers_are_days_of_the_workbooks_own_date_system(tmp_path):
    rows = [LEDGER, ["案1", "T001", datetime(2026, 5, 22), 5, 5], ["案2", "T002", 44702, 5, 5]]
    path = xlsx(tmp_path / "台账.xlsx", {"台账": rows}, epoch_1904=True)
    assert {row.acts[0].on for row in read_ledger(str(path)).rows} == {date(2026, 5, 22)}


def test_formulas_that_nobody_computed_are_named(tmp_path):
    path = xlsx(tmp_path / "判定.xlsx", {"判定": [*ROWS, ["T004", "=1+1", "201"]]})
    assert "1 cells hold formulas" in told(path)


@pytest.mark.parametrize("write", [
    lambda path: path.write_bytes(web_page(ROWS)), lambda path: path.write_bytes(web_page(ROWS, "gbk")),
    lambda path: path.write_text(xml_2003(ROWS), encoding="utf-8"), lambda path: xlsx(path.with_suffix(".xlsx"), {"a": ROWS}).rename(path),
    lambda path: ods(path, ROWS), lambda path: path.write_bytes("\n".join("\t".join(row) for row in ROWS).encode("utf-16"))])
def test_an_xls_is_what_its_bytes_say(tmp_path, write):
    write(tmp_path / "导出.xls")
    assert labels(tmp_path / "导出.xls") == ["T001", "T002", "T003"]


def test_spans_of_a_web_page_leave_room_for_what_they_cover(tmp_path):
    page = ("<table><tr><td>图斑编号</td><td>判定结果</td><td>判定二级类</td></tr><tr><td>T001</td><td rowspan=2>2</td><td rowspan=2>201"
            "</td></tr><tr><td>T002</td></tr><tr><td>T003<script>x</script></td><td>1</td><td>101</td></tr></table>")
    (tmp_path / "a.xls").write_text(page, encoding="utf-8")
    assert [(one.label, one.verdict["PDJL2"]) for one in read_verdicts(str(tmp_path / "a.xls"), "N").entries] == [
        ("T001", "201"), ("T002", "201"), ("T003", "101")]


def test_open_document_and_dbase_tables_are_read(tmp_path):
    assert labels(ods(tmp_path / "判定.ods", ROWS)) == ["T001", "T002", "T003"]
    path = dbf(tmp_path / "判定.dbf", [{"JCBH": "T001", "PDJL1": "2", "PDJL2": "201"}, {"JCBH": "T002", "PDJL1": "1", "PDJL2": "101"}])
    assert [(one.label, one.row) for one in read_verdicts(str(path), "N").entries] == [("T001", 2), ("T002", 3)]


def test_tables_in_folders_and_archives_are_read_each_under_its_file(tmp_path):
    folder = tmp_path / "台账"
    (folder / "里").mkdir(parents=True)
    xlsx(folder / "甲.xlsx", {"Sheet1": ROWS[:2]})
    (folder / "里" / "乙.csv").write_text("\n".join(",".join(row) for row in [HEADS, *ROWS[2:]]), encoding="gbk")
    with zipfile.ZipFile(tmp_path / "台账.zip", "w") as packed:
        for file in folder.rglob("*.*"):
            packed.write(file, file.relative_to(folder).as_posix())
    for source in (folder, tmp_path / "台账.zip"):
        assert sorted((one.label, one.sheet) for one in read_verdicts(str(source), "N").entries) == [
            ("T001", "甲.xlsx"), ("T002", "里/乙.csv"), ("T003", "里/乙.csv")]


def test_a_password_is_called_a_password(tmp_path):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    (tmp_path / "a.xlsx").write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(InputError, match="protected by a password"):
        read_tables(tmp_path / "a.xlsx")
    (tmp_path / "a.xls").write_bytes(ole + "Workbook".encode("utf-16-le"))
    with pytest.raises(InputError, match="damaged or protected by a password"):
        read_tables(tmp_path / "a.xls")


@pytest.mark.parametrize("text", [
    "图斑编号;判定结果;判定二级类;备注\nT001;2;201;['硬化', '围墙']\nT002;2;201;['硬化', '围墙']\n",
    "sep=;\n图斑编号;判定结果;判定二级类\nT001;2;201\nT002;2;201\n", "图斑编号|判定结果|判定二级类\nT001|2|201\nT002|2|201\n",
    "图斑编号，判定结果，判定二级类\nT001，2，201\nT002，2，201\n", '图斑编号,判定结果,判定二级类\n"=""T001""",2,201\n=\"T002\",2,201\n',
    "图斑编号,判定结果,判定二级类\n'T001,2,201\n\tT002,2,201\n", "\ufeff\ufeff图斑编号,判定结果,判定二级类\nT001,2,201\nT002,2,201\n",
    "某县结果表（单位：亩）,,,\n图斑编号,判定结果,判定二级类,备注\nT001,2,201,\"甲;乙\"\nT002,2,201,甲;乙\n",
    "图斑编号\t判定结果\t判定二级类\nT001\t2\t201\nT002\0\t2\t201\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_text_tables_are_parted_by_what_parts_them(tmp_path, text, encoding):
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert labels(tmp_path / "a.csv") == ["T001", "T002"]


DAYS = ["2026-05-22", "2026/5/22", "2026.5.22", "2026年5月22日", "20260522", "46164", 46164, 46164.0, "46164.5", "26.5.22", "26-5-22",
        "26年5月22日", "二〇二六年五月二十二日", "二零二六年五月二十二日", "2026。5。22", "2026、5、22", "2026 5 22", "２０２６．５．２２",
        "2026-05-22（补立）",
        "2026·5·22", "2026\\5\\22", "二0二六年五月二十二日", "2026年05月22号", datetime(2026, 5, 22, 8), date(2026, 5, 22), "2026-05-22 08:30:00"]


@pytest.mark.parametrize("written", ["二零二六年 五月 二十二日", "二〇二六年五月廿二日", "2026–5–22", "2026—05—22", "2026_05_22", "2026-05-22 10:11"])
def test_days_with_blanks_dashes_and_old_numerals_are_read(written):
    assert day_of(written) == date(2026, 5, 22)


@pytest.mark.parametrize("written", DAYS, ids=str)
def test_days_as_people_write_them(written):
    assert day_of(written) == date(2026, 5, 22)


@pytest.mark.parametrize("written", ["5月22日", "2026年5月22日至6月1日",
                                     "2026年5月22日、23日", "2026-05-22/23", "2026年5月22日和23日", "5月22、23日",
                                     "22/05/2026", "2026.5.22、2026.6.1", "2026", "2026年5月", 2026, "99999999", "-", True, None,
                                     "2026-13-41", "1.5.22.7"], ids=str)
def test_what_is_not_one_day_is_not_guessed(written):
    assert day_of(written) is None


@pytest.mark.parametrize("written, day", [
    ("2025/04/30 16:00:00+00", date(2025, 5, 1)), ("2024-12-31T16:00:00Z", date(2025, 1, 1)), ("2025-04-30 16:00:00", date(2025, 4, 30)),
    ("2025-04-30T15:59:59Z", date(2025, 4, 30)), (datetime(2025, 4, 30, 16, tzinfo=timezone.utc), date(2025, 5, 1)),
    (datetime(2025, 4, 30, 16), date(2025, 4, 30))])
def test_midnight_in_china_told_in_universal_time_is_the_day_that_begins(written, day):
    assert day_of(written) == day


@pytest.mark.parametrize("written, fen", [("￥16000", 1_600_000), ("¥16,000.00", 1_600_000), ("人民币16000元", 1_600_000), ("1.6万元", 1_600_000),
                                          ("16，000", 1_600_000), ("16000元整", 1_600_000), (16000, 1_600_000)])
def test_sums_as_people_write_them(tmp_path, written, fen):
    (row,) = read_ledger(str(xlsx(tmp_path / "a.xlsx", {"a": [LEDGER, ["案1", "T001", "2026-05-22", written, written]]}))).rows
    assert [one.ordered for one in row.remedies] == [Amount(fen=fen)]


@pytest.mark.parametrize("nothing", ["无", "-", "/", "——", "没有", None])
def test_words_for_nothing_are_nothing(tmp_path, nothing):
    (row,) = read_ledger(str(xlsx(tmp_path / "a.xlsx", {"a": [LEDGER, ["案1", "T001", "2026-05-22", nothing, nothing]]}))).rows
    assert not row.remedies and not row.unreadable


@pytest.mark.parametrize("heading, value, said", [("违法面积", "约3.5亩", "违法面积: “约3.5亩” is not a number"),
                                                  ("图斑建设时间", "2026年", "图斑建设时间: “2026年” is not a day"),
                                                  ("违法耕地面积", "#N/A", "违法耕地面积: “#N/A” is not a number"),
                                                  ("违法面积", "1,6000", "违法面积: “1,6000” is not a number")])
def test_a_cell_that_cannot_be_read_is_named_with_its_column(tmp_path, heading, value, said):
    path = xlsx(tmp_path / "a.xlsx", {"a": [[*HEADS, heading], ["T001", "2", "201", value]]})
    (entry,) = read_verdicts(str(path), "N").entries
    assert said in str(entry.unreadable)


def test_a_sheet_that_is_not_there_and_a_table_without_headings_name_what_is_there(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", {"甲": [["说明"], ["x"]], "乙": [["目录"]]})
    with pytest.raises(InputError, match="it has 甲, 乙"):
        read_verdicts(f"{path}|layername=丙", "N")
    with pytest.raises(InputError, match="甲: 说明; 乙: 目录"):
        read_ledger(str(path))
    (tmp_path / "leer").mkdir()
    (tmp_path / "leer" / "a.docx").write_bytes(b"x")
    with pytest.raises(InputError, match="it holds a.docx"):
        read_ledger(str(tmp_path / "leer"))


def test_a_row_up_to_the_last_column_fills_no_memory(tmp_path):
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 4001))
    path = rewritten(xlsx(tmp_path / "a.xlsx", {"a": ROWS}),
                     lambda name, text: text.replace("<sheetData>", f"<sheetData>{cells}") if "sheet1" in name else text)
    (sheet,) = read_tables(path)
    assert max(len(row) for row in sheet.rows) < 10 and "4000 cells beyond column 1000" in str(sheet.remarks[0])


@pytest.mark.parametrize("declaration", ['<!DOCTYPE x [<!ENTITY a "aaaa">]>', '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'])
def test_a_workbook_that_declares_a_document_type_is_refused(tmp_path, declaration):
    path = rewritten(xlsx(tmp_path / "a.xlsx", {"a": ROWS}),
                     lambda name, text: declaration + text if "sheet1" in name else text)
    with pytest.raises(InputError, match="damaged or not what its name says"):
        read_tables(path)


def test_workbooks_of_excel_97_are_read_with_their_rows(tmp_path):
    import shutil
    from pathlib import Path

    for name in ("判定.xls", "判定.et"):
        shutil.copyfile(Path(__file__).resolve().parents[1] / "data" / "verdicts_97.xls", tmp_path / name)
        entries = read_verdicts(str(tmp_path / name), "N").entries
        assert [(one.label, one.row, one.verdict["PDJL1"]) for one in entries] == [("T001", 2, "2")]
