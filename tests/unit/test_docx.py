"""Templates as Word and WPS leave them: fields over several runs, rows, parts, and what a template may not bring."""
from __future__ import annotations

import io
import zipfile

import pytest

from land_inspector.errors import InputError
from land_inspector.exchange.formats.docx import Template, field_names, gap, parse_xml
from land_inspector.exchange.formats.docx_layout import (
    CELL, HEADING, Paragraph, Table, new_document, not_on_every_page, pages_at_most,
)

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:w14="urn:w14" mc:Ignorable="w14" xmlns:mc="urn:mc"'


def document(body, **others):
    """A .docx around a body, with more members by name."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", others.pop("types", "<Types/>"))
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        for name, content in others.items():
            archive.writestr(name, content)
    return target.getvalue()


def p(*runs):
    return "<w:p>" + "".join(f"<w:r><w:rPr><w:b/></w:rPr><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def row(*cells):
    return "<w:tr>" + "".join(f"<w:tc>{p(cell)}</w:tc>" for cell in cells) + "</w:tr>"


def fill(body, **values):
    return Template.of(document(body), "t.docx").filled(values)


def lines(filled):
    """The paragraphs' texts, breaks as line ends."""
    with zipfile.ZipFile(io.BytesIO(filled.content)) as archive:
        root = parse_xml(archive.read("word/document.xml"))
    return ["".join("\n" if e.local == "br" else e.text() for run in paragraph.find("r") for e in run.elements() if e.local in ("t", "br"))
            for paragraph in root.find("p")]


def test_a_field_cut_into_runs_is_filled_in_the_look_of_the_first():
    made = fill(p("当事人：{", "{当事", "人}", "}，住") + p("{{ 案号 }}"), 当事人="某<公司>&\"", 案号="〔2026〕1号")
    assert lines(made) == ["当事人：某<公司>&\"，住", "〔2026〕1号"] and made.missing == ()
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        text = archive.read("word/document.xml").decode()
    assert "某&lt;公司&gt;&amp;" in text and 'mc:Ignorable="w14"' in text and "xmlns:w14" in text and "<w:b/>" in text


def test_what_is_missing_is_marked_and_listed_never_invented():
    made = fill(p("罚款{{金额}}元，{{金额}}，{{日期}}"), 日期="")
    assert lines(made) == [f"罚款{gap('金额')}元，{gap('金额')}，{gap('日期')}"] and made.missing == ("金额", "日期")


def test_rows_are_repeated_with_the_fields_of_each_and_of_the_paper():
    body = "<w:tbl>" + row("项目", "面积") + row("{{#项}}{{名称}}", "{{面积}} {{单位}}{{/项}}") + "</w:tbl>"
    items = [{"名称": "拆除", "面积": "3.00"}, {"名称": "没收", "面积": "5.00"}]
    assert lines(fill(body, 项=items, 单位="平方米")) == ["项目", "面积", "拆除", "3.00 平方米", "没收", "5.00 平方米"]
    assert lines(fill(body, 项=[], 单位="")) == ["项目", "面积"]


def test_paragraphs_between_tags_are_repeated_or_kept_and_the_tags_go():
    body = "".join(map(p, ("{{#证据}}", "{{序}}. {{名}}", "{{?附件}}", "附件", "{{/附件}}", "{{/证据}}", "{{!听证}}", "未要求听证", "{{/听证}}")))
    evidence = [{"序": 1, "名": "笔录", "附件": True}, {"序": 2, "名": "照片", "附件": False}]
    assert lines(fill(body, 证据=evidence, 听证=False)) == ["1. 笔录", "附件", "2. 照片", "未要求听证"]
    assert lines(fill(body, 证据=evidence[:1], 听证=True)) == ["1. 笔录", "附件"]


def test_parts_inside_one_paragraph_lists_in_lists_and_boxes():
    assert lines(fill(p("处罚{{?罚款}}，罚款{{罚款}}元{{/罚款}}。"), 罚款="5")) == ["处罚，罚款5元。"]
    assert lines(fill(p("处罚{{?罚款}}，罚款{{罚款}}元{{/罚款}}。"), 罚款=None)) == ["处罚。"]
    nested = p("{{#甲}}") + p("{{名}}") + p("{{#乙}}") + p("{{名}}{{丙}}") + p("{{/乙}}") + p("{{/甲}}")
    assert lines(fill(nested, 甲=[{"名": "一", "乙": [{"丙": "x"}, {"名": "二", "丙": "y"}]}])) == ["一", "一x", "二y"]
    assert lines(fill(p("{{同意}} {{不同意}}"), 同意=True, 不同意=False)) == ["☑ □"]


def test_parts_inside_of_parts_in_one_line_are_kept_or_left_out_and_keep_their_look():
    said = p("{{#项}}{{名}}{{?限}}，{{限}}内{{/限}}；{{/项}}")
    assert lines(fill(said, 项=[{"名": "拆除", "限": "15日"}, {"名": "退还", "限": None}])) == ["拆除，15日内；退还；"]
    twice = p("{{?甲}}一{{?甲}}二{{/甲}}三{{/甲}}。")
    assert lines(fill(twice, 甲=True)) == ["一二三。"] and lines(fill(twice, 甲=None)) == ["。"]
    looks = '<w:p><w:r><w:t>{{?甲}}</w:t></w:r><w:r><w:rPr><w:u/></w:rPr><w:t>{{乙}}</w:t></w:r><w:r><w:t>{{/甲}}</w:t></w:r></w:p>'
    with zipfile.ZipFile(io.BytesIO(fill(looks, 甲=True, 乙="x").content)) as archive:
        assert '<w:rPr><w:u/></w:rPr><w:t xml:space="preserve">x</w:t>' in archive.read("word/document.xml").decode()


def test_a_row_whose_cells_have_parts_of_their_own_is_no_part_itself():
    body = "<w:tbl>" + row("{{?罚}}罚款{{/罚}}", "{{?罚}}{{罚}}元{{/罚}}") + "</w:tbl>"
    assert lines(fill(body, 罚="5")) == ["罚款", "5元"] and lines(fill(body, 罚=None)) == ["", ""]


def test_text_that_was_moved_or_stands_in_a_control_counts_and_what_was_struck_out_does_not():
    moved = "<w:p><w:moveTo><w:r><w:t>{{甲}}</w:t></w:r></w:moveTo><w:del><w:r><w:delText>{{旧}}</w:delText></w:r></w:del></w:p>"
    control = f"<w:sdt><w:sdtContent>{p('{{甲}}')}</w:sdtContent></w:sdt>"
    template = Template.of(document(moved + control), "t.docx")
    assert field_names(template) == {"甲"} and lines(template.filled({"甲": "x"})) == ["x", "x"]


def test_a_document_whose_main_part_has_another_name_is_filled():
    """As Word on the web saves it."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document(p("{{甲}}")))) as before, zipfile.ZipFile(target, "w") as after:
        after.writestr("word/document2.xml", before.read("word/document.xml"))
        after.writestr("_rels/.rels", f'<Relationships><Relationship Type="{kind}" Target="word/document2.xml"/></Relationships>')
    made = Template.of(target.getvalue(), "t.docx").filled({"甲": "x"})
    assert "x" in zipfile.ZipFile(io.BytesIO(made.content)).read("word/document2.xml").decode()


@pytest.mark.parametrize("body, said", [
    (p("{{?甲}}罚款") + p("{{/甲}}"), "Paragraph 1: {{?甲}} stands beside other words"),
    (p("{{?甲}}") + p("尾{{/甲}}"), "Paragraph 2: {{/甲}} must"),
    (p("｛｛甲｝｝"), "Paragraph 1: “｛｛甲｝｝”"), (p("{{?甲}}") + "<w:tbl>" + row("{{/甲}}") + "</w:tbl>", "Paragraph 1: {{?甲}} is opened"),
    ("<w:tbl>" + row("{{#甲}}a", "b") + row("c", "{{/甲}}") + "</w:tbl>", "Paragraph 1: {{#甲}} stands beside"),
    (p("{{/甲}}"), "Paragraph 1: {{/甲}} closes"), (p("{% if 甲 %}"), "Paragraph 1: “{% if 甲 %}”"),
    ("<w:tbl>" + row("{{#甲}}{{乙}}", "{{/甲}}") + "</w:tbl>", "Paragraph 1: there is no field 乙")])
def test_what_would_be_filled_otherwise_than_it_reads_is_told(body, said):
    told = [str(problem) for problem in Template.of(document(body), "t.docx").problems({"甲"}.__contains__)]
    assert any(one.startswith(said) for one in told), told


def test_line_ends_become_breaks_and_controls_go_and_a_value_is_never_a_field():
    made = fill(p("{{甲}}") + p("{{乙}}"), 甲="一\n二\x0b三", 乙="{{甲}}")
    assert lines(made) == ["一\n二三", "{ {甲} }"]


def test_headers_and_footers_are_filled_too():
    content = document(p("x"), **{"word/header1.xml": f"<w:hdr {W}>{p('{{案号}}')}</w:hdr>"})
    made = Template.of(content, "t.docx").filled({"案号": "1号"})
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert "1号" in archive.read("word/header1.xml").decode()


def test_unknown_fields_and_broken_braces_are_all_told_before_anything_is_written():
    template = Template.of(document(p("{{当事人}} {{年龄}}") + p("{{#项}}") + p("{{/别的}}") + p("{{ 案号 }")), "t.docx")
    told = [str(problem) for problem in template.problems({"当事人", "项", "案号"}.__contains__)]
    assert len(told) == 4 and "年龄" in told[0] and "Paragraph 1" in told[0] and "{{/别的}}" in told[1] and "Paragraph 4" in told[2]
    assert field_names(template) == {"当事人", "年龄", "项", "别的"}
    with pytest.raises(InputError, match="t.docx"):
        template.filled({"当事人": "x"})


RELS = '<Relationships><Relationship Type="a/{kind}" Target="{target}"{mode}/></Relationships>'


@pytest.mark.parametrize("others", [
    {"word/vbaProject.bin": b"x"}, {"word/embeddings/a.bin": b"x"}, {"types": "<Types><Override ContentType='macroEnabled'/></Types>"},
    {"word/_rels/document.xml.rels": RELS.format(kind="image", target="http://example.test/a.png", mode=' TargetMode="External"')},
    {"word/_rels/settings.xml.rels": RELS.format(kind="attachedTemplate", target="a.dotx", mode="")},
    {"word/_rels/document.xml.rels": RELS.format(kind="oleObject", target="a.bin", mode="")},
    {"word/_rels/document.xml.rels": RELS.format(kind="aFChunk", target="a.html", mode="")},
    {"word/comments.xml": '<w:c xmlns:w="w"><w:fldSimple w:instr=" INCLUDEPICTURE http://example.test/a.png "/></w:c>'},
    {"word/footer1.xml": '<w:f xmlns:w="w"><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> DDE</w:instrText></w:r>'
                         '<w:r><w:instrText>AUTO excel </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:f>'}])
def test_what_could_act_is_refused(others):
    with pytest.raises(InputError, match="may not have"):
        Template.of(document(p("x"), **others), "t.docx")


@pytest.mark.parametrize("others", [{"../../a.xml": "x"}, {"/etc/a": "x"}, {"WORD/document.xml": "x"}, {"word/header1.xml": "<w:a>" * 300},
                                    {"word/header2.xml": "<a>" + "<b/>" * 400_001 + "</a>"}])
def test_archives_that_are_none_of_word_are_refused(others):
    with pytest.raises(InputError, match="t.docx"):
        Template.of(document(p("x"), **others), "t.docx")


def test_a_link_to_click_is_harmless():
    Template.of(document(p("x"), **{"word/_rels/document.xml.rels": RELS.format(
        kind="hyperlink", target="http://example.test", mode=' TargetMode="External"')}), "t.docx")


@pytest.mark.parametrize("content", [
    b"", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", document("<w:p>"), document('<!DOCTYPE a [<!ENTITY b "c">]>')])
def test_what_is_no_document_says_so_with_its_name(content):
    with pytest.raises(InputError, match=r"t\.docx"):
        Template.of(content, "t.docx")


def test_every_document_cut_short_ends_in_a_message():
    whole = document(p("{{#甲}}") + p("{{乙}}") + p("{{/甲}}") + "<w:tbl>" + row("{{#丙}}a", "b{{/丙}}") + "</w:tbl>")
    for at in range(0, len(whole), 7):
        try:
            Template.of(whole[:at], "t.docx").filled({})
        except InputError as wrong:
            assert "t.docx" in str(wrong)


def test_a_new_document_is_a_template_that_can_be_filled():
    made = new_document([Paragraph("{{标题}}", HEADING), Table([["{{#项}}{{名}}", "{{数}}{{/项}}"]], [2, 1]), Paragraph("第一行\n第二行\x0b")])
    template = Template.of(made, "t.docx")
    assert field_names(template) == {"标题", "项", "名", "数"}
    assert lines(template.filled({"标题": "决定", "项": [{"名": "a", "数": "1"}, {"名": "b", "数": "2"}]})) == [
        "决定", "a", "1", "b", "2", "第一行\n第二行"]


# --- pages ------------------------------------------------------------------------------------------------------------------


def test_a_field_stands_on_every_page_only_where_each_kind_of_page_has_it():
    whole = new_document([Paragraph("x")], "{{页脚}}")
    assert not_on_every_page(Template.of(whole, "t.docx"), ["页脚", "县"]) == ["县"]
    assert not_on_every_page(Template.of(new_document([Paragraph("x")]), "t.docx"), ["页脚"]) == ["页脚"]
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b"</w:sectPr>", b"<w:titlePg/></w:sectPr>"))
    assert not_on_every_page(Template.of(target.getvalue(), "t.docx"), ["页脚"]) == ["页脚"]  # the first page has another foot: none


@pytest.mark.parametrize("blocks, sizes, pages", [
    ([Paragraph("一")], {}, 1), ([Paragraph("一"), Paragraph("二", breaks_before=True)], {}, 2), ([Paragraph("字" * 28 * 50)], {}, 3),
    ([Table([["字", "数"]] * 40, (1, 1))], {}, 2), ([Table([["字", "数"]] * 40, (1, 1))], {CELL: 8.0}, 1),
    ([Table([["字" * 40, "数"]] * 40, (1, 1))], {CELL: 8.0}, 2)])
def test_pages_are_counted_from_above(blocks, sizes, pages):
    assert pages_at_most(new_document(blocks, "脚", sizes=sizes)) == pages


@pytest.mark.parametrize("body, kept", [
    ("<w:tbl><w:tblPr/>" + row("{{?甲}}x", "y{{/甲}}") + "</w:tbl>", []),                       # a table without rows is damaged
    ("<w:tbl><w:tr><w:tc>" + p("{{?甲}}") + p("x") + p("{{/甲}}") + "</w:tc><w:tc>" + p("y") + "</w:tc></w:tr></w:tbl>", ["", "y"]),
    ("<w:tbl><w:tr><w:tc>" + p("a") + "<w:tbl>" + row("{{?甲}}x{{/甲}}") + "</w:tbl></w:tc></w:tr></w:tbl>", ["a"]),
    ("<w:tbl><w:tr><w:tc><w:tbl>" + row("{{#乙}}{{丙}}{{/乙}}") + "</w:tbl></w:tc></w:tr></w:tbl>", ["1", "2", ""])])
def test_nothing_is_left_that_word_calls_damaged(body, kept):
    """A table has rows, a cell ends with a paragraph; rows of a table in a cell are its own."""
    made = fill(body, 甲=None, 乙=[{"丙": "1"}, {"丙": "2"}])
    assert lines(made) == kept
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        root = parse_xml(archive.read("word/document.xml"))
    assert all(next(table.find("tr"), None) is not None for table in root.find("tbl"))
    assert all(list(cell.elements())[-1].local == "p" for cell in root.find("tc"))
