"""Papers of cases: what each must say, numbers, templates of others, what is said before they go out, the public version."""
from __future__ import annotations

import io
import re
import shutil
import threading
import zipfile
from datetime import date

import pytest

from land_inspector.errors import DamagedError, InputError, RefusedError
from land_inspector.exchange.case_folder import pieces_of, write_case_folder
from land_inspector.exchange.formats.docx import Template, gap, parse_xml
from land_inspector.exchange.formats.docx_layout import Paragraph, new_document
from land_inspector.exchange.papers import (
    OFFICE_FILE, Templates, all_problems, drafted, fonts_of, give_out_templates, read_office, read_particulars, write_papers,
)
from land_inspector.law.papers import wording
from land_inspector.law.papers.catalogue import numbered_paper, paper_named, papers
from land_inspector.law.papers.checks import CHECKS
from land_inspector.law.papers.fields import FIELDS, is_known
from land_inspector.law.papers.wording import Scheme
from land_inspector.register import papers as register_papers
from land_inspector.register import parties, pursuing
from land_inspector.register.field_work import SiteVisit, record_visit
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.matters import do_matter_act, kind_named, open_matter
from land_inspector.register.register import Register
from land_inspector.register.undoing import DependentsError, undo
from land_inspector.register.verifying import verify
from land_inspector.register.views.papers import due_papers, facts_of, rows_named
from tests.factories import info, new_register, squares
from tests.unit.law_cases import SAID
from tools import paper_templates

DAY = date(2026, 11, 30)
VERDICT = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 1600.0, "WFGD": 1200.0, "WFJBNT": 0.0, "JSSJ": "2023-03-01", "WFLX": "01",
           "WFXZ": "WBJY",
           "XMMC": "厂房", "FLSM": "《中华人民共和国土地管理法》第四十四条第一款"}
REMEDIES = [
    {"item": "1", "kind": "return", "amount": {"land_m2": 1600.0}},
    {"item": "2", "kind": "demolition", "amount": {"building_m2": 300.0, "land_m2": 1600.0, "cultivated_m2": 1200.0},
     "perform_days": 15},
    {"item": "3", "kind": "fine", "amount": {"fen": 16000000}, "article": "77", "violated_on": "2023-03-01",
     "base": {"land_m2": 1600.0}}]
OFFICE = {"机关全称": "演示县自然资源局", "机关代字": "演自然资", "机关地址": "演示县北街1号", "机关联系人": "王五", "机关电话": "0576-85111111",
          "代收机构": "演示县农商银行", "代收机构地址": "演示县南街2号", "复议机关": "演示县人民政府", "法院名称": "演示县人民法院"}
PARTY = {"name": "李四光", "kind": "1", "id_number": "330101197001011234", "sex": "男", "born": "1970-01-01",
         "address": "演示县古城街道西门村12号", "phone": "13800001111"}
TYPED = {"四至": "东至河，南至路，西至山，北至田", "土地所有权人": "西门村股份经济合作社", "建筑情况": "钢结构厂房一层，占地300平方米"}
#: Acts as far as the decision's service, with their days.
WAY = (("site_check", "2026-06-02", {"findings": "现场为在建厂房一座"}), ("stop_order", "2026-06-02", {"number": "演自然资停〔2026〕3号"}),
       ("deliver", "2026-06-02", {"paper": "stop_order"}), ("file", "2026-06-04", {"number": "演自然资立〔2026〕8号"}),
       ("investigate", "2026-06-20", {"number": "演自然资调〔2026〕8号"}), ("legal_review", "2026-07-01", {}),
       ("notice", "2026-07-02", {"number": "演自然资告〔2026〕5号", "remedies": REMEDIES, "party": "1"}),
       ("deliver", "2026-07-03", {"paper": "notice"}), ("hearing_notice", "2026-07-03", {"number": "演自然资听告〔2026〕5号"}),
       ("deliver", "2026-07-03", {"paper": "hearing_notice"}), ("discuss", "2026-07-20", {}),
       ("decide", "2026-08-03", {"number": "演自然资罚〔2026〕5号", "organ": "演示县自然资源局", "remedies": REMEDIES}),
       ("serve", "2026-08-05", {}))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A register with one case that was decided and served, and three that were only opened."""
    folder = tmp_path_factory.mktemp("papers")
    with new_register(folder) as register:
        issue_batch(register, info(), squares(5), by="甲")
        give_verdicts(register, "B1", [Entry(f"T00{n}", {**VERDICT, "YDDW": "李四光", "ZTFL": "7"}) for n in range(1, 6)], by="甲",
                      effective_on="2026-05-20")
        record_visit(register, "B1", ["T001", "T002", "T003", "T004"], SiteVisit("built", officers=["王五", "赵六"]), on="2026-06-02",
                     by="甲")
        officers = parties.officers(register, ["王五", "赵六"], by="甲")
        for number in ("T001", "T002", "T003", "T004", "T005"):
            case = pursuing.open_case(register, "B1", [number], on="2026-06-01", particulars=SAID["clue"], by="甲")
            for act, on, more in WAY if number == "T001" else WAY[:1]:
                said = {**SAID[act], **more}
                said.update({"officers": officers} if "officers" in said else {})
                pursuing.do_act(register, case, act, on=on, particulars=said, by="甲", with_remedies=True)
        register_papers.describe_office(register, OFFICE, {"王五": "33100101", "赵六": "33100102"}, by="甲")
        register_papers.describe_case(register, rows_named(register, "T001")[0], [PARTY], TYPED, by="甲")
    return folder / "register.gpkg"


@pytest.fixture
def register(made, tmp_path):
    shutil.copy(made, tmp_path / "register.gpkg")
    with Register.open(tmp_path / "register.gpkg") as opened:
        yield opened


def case_on(register, number="T001"):
    return rows_named(register, number)[0]


def write(register, folder, *kinds, number="T001", templates=None, **more):
    case = case_on(register, number)
    chosen = [papers()[kind] for kind in kinds] or due_papers(facts_of(register, case, DAY))
    return write_papers(register, drafted(register, [(case, paper) for paper in chosen], templates or Templates(), DAY), folder,
                        by="甲", **more)


def text_of(path):
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"word/(document|footer\d)\.xml", name)]
        return "\n".join(paragraph.text() for name in names for paragraph in parse_xml(archive.read(name)).find("p"))


# --- the catalogue and its templates --------------------------------------------------------------------------------------


def test_every_paper_has_its_template_its_ground_its_checks_and_only_known_fields():
    for paper in papers().values():
        template = Template.read(paper_templates.FOLDER / f"{paper.code}.docx")
        assert [str(one) for one in template.problems(is_known)] == []
        assert [name for name in paper.must if name not in FIELDS] == [] and set(paper.checks) <= set(CHECKS)
        assert "{{页脚说明}}" in "".join(root.text() for part, root in template.parts.items() if "footer" in part)
        if paper.acts:
            said = {tag.name for tag in template.tags()}
            assert [name for name in paper.must if name not in said and name not in ("受送达人", "当事人名称")] == [], paper.code
            assert "《" in paper.ground


def test_the_templates_are_what_their_text_makes():
    made = paper_templates.templates()
    assert set(made) == set(papers())
    assert [code for code, content in made.items() if (paper_templates.FOLDER / f"{code}.docx").read_bytes() != content] == []


@pytest.mark.parametrize("name, code", [
    ("行政处罚决定书", "decision"), ("《行政处罚决定书》", "decision"), ("decision", "decision"), ("22", "decision"), ("Penalty decision", "decision"),
    ("stop_order", "stop_order"), ("demand", "demand"), ("27", "demand")])
def test_a_paper_is_found_by_any_of_its_names(name, code):
    assert paper_named(name).code == code


def test_an_unknown_paper_names_those_there_are():
    with pytest.raises(InputError, match="行政处罚决定书"):
        paper_named("判决书")


# --- a whole case against what the law requires ---------------------------------------------------------------------------


def test_a_decision_says_what_the_law_requires_of_it(register, tmp_path):
    """行政处罚法 Art. 59; 12号令 Art. 35, 37; 罚缴分离办法 Art. 7."""
    outcome = write(register, tmp_path / "out", "decision")
    text = text_of(outcome.written[0].path)
    for wanted in (
            "李四光", "演示县古城街道西门村12号", "330101197001011234",                                            # party
            "2023年3月1日起", "1600.00平方米（2.40亩）", "耕地1200.00平方米（1.80亩）", "现场勘验笔录（2026年6月2日）",             # facts, evidence
            "《中华人民共和国土地管理法》第四十四条第一款", "《中华人民共和国土地管理法》第七十七条", "《中华人民共和国土地管理法实施条例》第五十七条",
            "限期拆除", "160000元（大写：人民币壹拾陆万元整）", "1600.00平方米×100元/平方米＝160000元",                            # kinds, sum
            "演示县农商银行", "演示县南街2号", "百分之三",                                                              # how to pay
            "2026年7月3日送达", "未提出陈述申辩", "听证告知书》（演自然资听告〔2026〕5号）",                                     # told
            "六十日内向演示县人民政府申请行政复议", "六个月内直接向演示县人民法院", "十五日内向演示县人民法院起诉",
            "演示县自然资源局", "2026年8月3日", "印章", "演自然资罚〔2026〕5号", "封印码", "已知时点"):
        assert wanted in text, wanted
    assert "待填" not in text and outcome.written[0].missing == ()
    penalties = text[text.index("以下行政处罚"):text.index("同时责令")]
    assert "责令退还" not in penalties and "责令退还" in text  # no kind of penalty (案卷评查)


def test_every_paper_of_a_case_is_written_and_what_is_missing_is_marked_and_listed_never_invented(register, tmp_path):
    outcome = write(register, tmp_path / "out")
    assert len(outcome.written) == 20 and not outcome.refused
    for one in outcome.written:
        text = text_of(one.path)
        assert set(re.findall("【待填：(.*?)】", text)) == set(one.missing), one.paper.code
        assert "{{" not in text and one.paper.zh in text
    report = next(one for one in outcome.written if one.paper.code == "investigation_report")
    assert "套合依据" in report.missing and gap("套合依据") in text_of(report.path)
    listed = (tmp_path / "out" / "缺项与检查.csv").read_text("utf-8-sig")
    assert "套合依据" in listed and "C09" in listed
    receipts = [text_of(one.path) for one in outcome.written if one.paper.code == "service_receipt"]
    assert len(receipts) == 4 and sum("行政处罚听证告知书" in text or "听证告知书" in text for text in receipts) == 1  # one a paper
    assert verify(register).broken == ()


def test_nothing_is_written_on_a_patch_that_nobody_checked(register, tmp_path):
    outcome = write(register, tmp_path / "out", "stop_order", "clue_form", number="T005")
    assert [one.paper.code for one in outcome.written] == ["clue_form"]
    assert [one.paper.code for one in outcome.refused] == ["stop_order"] and "R53" in str(outcome.refused[0].reason)
    assert not register.storage.events_of_kind("paper_written")[0].payload["number"]


def test_a_case_without_a_party_and_its_particulars_is_told_by_name_with_the_remedy(register, tmp_path):
    case = case_on(register, "T002")
    draft, = drafted(register, [(case, papers()["stop_order"])], Templates(), DAY)
    said = {one.check: one for one in draft.findings}
    assert "T002-AJ" in str(said["C05"].text) and "particulars of the case" in str(said["C05"].remedy)
    assert "住址" in str(said["C05"].text)


def test_a_party_of_which_only_the_name_is_known_is_asked_for_no_more_than_its_kind_has(register, tmp_path):
    give_verdicts(register, "B1", [Entry("T002", {**VERDICT, "YDDW": "演示县某某机械有限公司", "ZTFL": ""})], by="甲")
    one, = write(register, tmp_path / "out", "stop_order", number="T002").written
    assert "当事人法定代表人" in one.missing and not {"当事人性别", "当事人出生日期"} & set(one.missing)


@pytest.mark.parametrize("left_out, kind, check", [
    (("deliver",), "decision", "C11"), (("discuss",), "decision", "C16"), (("hearing_notice", "decide", "serve"), "decision", "C12"),
    (("legal_review",), "decision", "C15"), (("serve",), "decision", "C21")])
def test_what_case_file_reviews_deduct_for_is_said_before(register, left_out, kind, check):
    from dataclasses import replace

    from land_inspector.law.papers.checks import Asked, look_at
    from land_inspector.law.papers.fields import values_of

    facts = facts_of(register, case_on(register), DAY)
    whole = {one.check for one in look_at(Asked(papers()[kind], facts, values_of(papers()[kind], facts, "x〔2026〕1号")))}
    assert check not in whole
    case = replace(facts.case, acts=tuple(done for done in facts.case.acts if done.act not in left_out))
    lacking = replace(facts, case=case)
    found = {one.check for one in look_at(Asked(papers()[kind], lacking, values_of(papers()[kind], lacking, "x〔2026〕1号")))}
    assert check in found


def _looked_at(facts, kind, done=None):
    from land_inspector.law.papers.checks import Asked, look_at
    from land_inspector.law.papers.fields import values_of

    values = values_of(papers()[kind], facts, "x〔2026〕1号", done)
    return {(one.check, one.severity) for one in look_at(Asked(papers()[kind], facts, values, done=done))}


def _changed(facts, act, change, which=0):
    """The facts with the particulars of one act changed; None takes it away."""
    from dataclasses import replace

    acts, met = [], -1
    for done in facts.case.acts:
        met += done.act == act
        if done.act != act or met != which:
            acts.append(done)
        elif change is not None:
            acts.append(replace(done, particulars={**done.particulars, **change}))
    return replace(facts, case=replace(facts.case, acts=tuple(acts)))


@pytest.mark.parametrize("act, change, which, kind, check", [
    ("decide", {"remedies": [*REMEDIES, {"item": "4", "kind": "confiscation", "amount": {"building_m2": 5.0}}]}, 0,
     "decision", ("C14", "E")),
    ("decide", {"remedies": [{**REMEDIES[0], "amount": {"land_m2": 1700.0}}, *REMEDIES[1:]]}, 0, "decision", ("C14", "E")),
    ("deliver", None, 0, "decision", ("C21", "E")), ("deliver", None, 0, "close_approval", ("C21", "E")),
    ("deliver", {"manner": "2"}, 0, "service_receipt", ("C22", "W"))])
def test_more_that_reviews_deduct_for(register, act, change, which, kind, check):
    facts = facts_of(register, case_on(register), DAY)
    lacking = _changed(facts, act, change, which)
    done = next((one for one in lacking.case.acts if one.act == "deliver"), None) if kind == "service_receipt" else None
    before = next((one for one in facts.case.acts if one.act == "deliver"), None) if kind == "service_receipt" else None
    assert check not in _looked_at(facts, kind, before) and check in _looked_at(lacking, kind, done)


def test_every_m2_has_a_finding_of_the_plan_and_none_is_ordered_away_twice(register):
    from dataclasses import replace

    facts = facts_of(register, case_on(register), DAY)

    def with_plan(conforming, contrary, **land):
        return replace(facts, lands=tuple(replace(one, conforming_m2=conforming, contrary_m2=contrary, **land) for one in facts.lands))

    whole = facts.lands[0].area_m2
    assert ("C09", "E") not in _looked_at(with_plan(0.0, whole), "decision")
    assert ("C09", "E") in _looked_at(with_plan(0.0, whole - 100), "decision")
    assert ("C09", "E") in _looked_at(with_plan(0.0, whole, illegal_m2=1500.0), "decision")  # 1600 m² are to be demolished


def test_a_decision_that_was_not_published_in_seven_days_and_a_case_without_a_record_of_questioning(register, tmp_path):
    facts = facts_of(register, case_on(register), DAY)
    assert {("C31", "W"), ("C32", "W")} <= _looked_at(facts, "decision")
    assert ("C32", "W") not in _looked_at(facts_of(register, case_on(register), date(2026, 8, 10)), "decision")


def test_a_number_that_was_typed_twice_is_told(register):
    case = case_on(register, "T002")
    pursuing.do_act(register, case, "stop_order", on="2026-06-03", particulars={"number": "演自然资停〔2026〕3号"}, by="甲")
    draft, = drafted(register, [(case, papers()["stop_order"])], Templates(), DAY)
    assert any(one.check == "C27" and "演自然资立〔2026〕8号" in str(one.text) for one in draft.findings)


def test_a_template_without_the_foot_that_says_of_what_it_is_is_told_and_used(register, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "行政处罚决定书.docx").write_bytes(new_document([Paragraph("{{文号}}")]))
    outcome = write(register, tmp_path / "out", "decision", "site_record", templates=Templates(own))
    told = {one.paper.code: [found for found in one.findings if found.check == "T01"] for one in outcome.written}
    assert [found.severity for found in told["decision"]] == ["W"] and "行政处罚决定书.docx" in str(told["decision"][0].text)
    assert "{{页脚说明}}" in str(told["decision"][0].remedy) and told["site_record"] == []
    assert "页脚说明" in (tmp_path / "out" / "缺项与检查.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("land, fen, said", [
    (21926.0, 32889000, "21926.00平方米×15元/平方米＝328890元"), (22908.7, 275820748, "22908.70平方米×120.40元/平方米＝2758207.48元"),
    (333.33, 349997, "333.33平方米×10.50元/平方米＝3499.97元"), (333.33, 350100, None), (0.0, 100, None)])
def test_a_fine_is_shown_as_its_sum_where_it_is_one_to_the_fen(land, fen, said):
    from land_inspector.law.papers.fields import fine_sum

    assert fine_sum({"base": {"land_m2": land}, "amount": {"fen": fen}}) == said


# --- numbers --------------------------------------------------------------------------------------------------------------


def test_numbers_follow_each_other_and_one_that_was_taken_back_stays_void(register, tmp_path):
    given = [write(register, tmp_path / "out", "stop_order", number=number).written[0].number for number in ("T002", "T003")]
    assert given == ["演自然资停〔2026〕4号", "演自然资停〔2026〕5号"]  # 3 was typed with an act
    undo(register, by="甲")
    assert write(register, tmp_path / "out", "stop_order", number="T004").written[0].number == "演自然资停〔2026〕6号"
    assert register_papers.voided(register) == [("stop_order", "演自然资停〔2026〕5号")]
    assert write(register, tmp_path / "out", "stop_order", number="T002").written[0].number == "演自然资停〔2026〕4号"  # written again


def test_two_officers_at_once_get_neither_gaps_nor_doubles(register, tmp_path):
    path, given, errors = register.address.path, [], []
    cases = [case_on(register, number) for number in ("T002", "T003", "T004")]

    def work(name, chosen):
        try:
            with Register.open(path) as own:
                for n, case in enumerate(chosen):
                    for kind in ("interview_notice", "stop_order"):
                        drafts = drafted(own, [(case, papers()[kind])], Templates(), DAY)
                        given.extend(one.number for one in write_papers(own, drafts, tmp_path / f"{name}{n}{kind}", by=name).written)
        except Exception as error:  # noqa: BLE001 - told in the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=arguments) for arguments in (("甲", cases[:2]), ("乙", cases[2:]))]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert not errors
    for word, first in (("停", 4), ("询", 1)):
        assert sorted(number for number in given if word in number) == [f"演自然资{word}〔2026〕{first + n}号" for n in range(3)]


def test_a_paper_that_fails_takes_no_number(register, tmp_path, monkeypatch):
    from land_inspector.exchange import papers as writing

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "filled", fails)
    with pytest.raises(InputError, match="full"):
        write(register, tmp_path / "out", "stop_order", number="T002")
    monkeypatch.undo()
    assert list((tmp_path / "out").iterdir()) == [] and not register.storage.events_of_kind("paper_written")
    assert write(register, tmp_path / "out", "stop_order", number="T002").written[0].number == "演自然资停〔2026〕4号"


@pytest.mark.parametrize("pattern, number", [
    ("", "演自然资罚〔2026〕7号"), ("{代字}{字}字〔{年}〕第{号}号", "演自然资罚字〔2026〕第7号"), ("{organ}（{word}）〔{year}〕{n}号", "演自然资（罚）〔2026〕7号")])
def test_the_scheme_is_the_offices(pattern, number):
    scheme = Scheme("演自然资", (("decision", pattern),) if pattern else ())
    series = scheme.series("decision", "罚", 2026)
    assert series.number(7) == number
    for written in (number, number.replace("〔", "[").replace("〕", "]"), number.replace("〔", "(").replace("〕", ")"),
                    number.replace("7", "007")):
        assert series.place_of(written) == 7
    assert series.place_of(number.replace("2026", "2025")) is None and series.next_after([3, 9]) == 10


# --- templates of others --------------------------------------------------------------------------------------------------


def test_the_offices_template_goes_before_ours_and_a_field_cut_into_runs_is_found(register, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    body = new_document([Paragraph("本局自己的格式：{{文号}}，{{当事人名称}}")])
    cut = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as before, zipfile.ZipFile(cut, "w") as after:
        for name in before.namelist():
            data = before.read(name).decode()
            data = data.replace("{{文号}}", '{{</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:b/></w:rPr><w:t>文</w:t></w:r>'
                                '<w:r><w:t>号}</w:t></w:r><w:r><w:t>}')
            after.writestr(name, data)
    (own / "行政处罚决定书.docx").write_bytes(cut.getvalue())
    one, = write(register, tmp_path / "out", "decision", templates=Templates(own)).written
    assert "本局自己的格式：演自然资罚〔2026〕5号，李四光" in text_of(one.path)


def test_a_template_with_an_unknown_field_is_told_with_file_and_place_before_anything_is_written(register, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "行政处罚决定书.docx").write_bytes(new_document([Paragraph("好"), Paragraph("{{当事人生肖}}"), Paragraph("{{#证据}}")]))
    (own / "判决书.docx").write_bytes(new_document([Paragraph("好")]))
    with pytest.raises(InputError, match="行政处罚决定书.docx.*Paragraph 2.*当事人生肖"):
        write(register, tmp_path / "out", "stop_order", "decision", templates=Templates(own))
    assert not (tmp_path / "out").exists() and not register.storage.events_of_kind("paper_written")
    assert {file for file, _problem in all_problems(own)} == {"行政处罚决定书.docx", "判决书.docx"}


def test_a_file_that_was_edited_is_never_written_over(register, tmp_path):
    first, = write(register, tmp_path / "out", "decision").written
    second, = write(register, tmp_path / "out", "decision").written
    assert second.path == first.path  # nobody touched it
    first.path.write_bytes(first.path.read_bytes() + b" ")
    third, = write(register, tmp_path / "out", "decision").written
    assert third.path != first.path and first.path.exists() and third.number == first.number


def test_templates_are_given_out_for_an_office_to_change_and_come_back_as_they_are(register, tmp_path):
    made = give_out_templates(tmp_path / "own")
    assert len(made) == len(papers()) + 2 and give_out_templates(tmp_path / "own") == []
    assert all_problems(tmp_path / "own") == []
    assert fonts_of(Template.read(tmp_path / "own" / "行政处罚决定书.docx")) == ["Times New Roman", "宋体", "黑体", "仿宋"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_the_offices_particulars_are_read_and_a_wrong_line_is_named(tmp_path, encoding):
    path = tmp_path / OFFICE_FILE
    path.write_bytes("项目,内容\n机关全称,演示县局\n执法证号：王五,33001\n文号格式:行政处罚决定书,{代字}罚〔{年}〕{号}号\n起始号:行政处罚决定书,40\n".encode(encoding))
    values, certificates, scheme = read_office(path)
    assert values == {"机关全称": "演示县局"} and certificates == {"王五": "33001"} and scheme["starts"] == {"decision": 40}
    path.write_text("机关全称,演示县局\n机关颜色,红\n", "utf-8")
    with pytest.raises(InputError, match="line 2.*机关颜色"):
        read_office(path)


# --- persons --------------------------------------------------------------------------------------------------------------


def test_parties_stand_apart_from_the_events_and_leave_with_the_names(register, tmp_path):
    said = register.storage.events_of_kind("case_described")[0].payload
    assert not any(secret in str(said) for secret in ("李四光", "330101197001011234", "西门村12号", "13800001111"))
    assert "王五" not in str(register.storage.events_of_kind("office_described")[0].payload)
    register_papers.describe_case(register, case_on(register), [PARTY], {**TYPED, "违法事实": "李四光擅自占地建房"}, by="甲")
    assert "李四光" not in str([event.payload for event in register.storage.events_of_kind("case_described")])
    assert register_papers.particulars_of(register, case_on(register))[1]["违法事实"] == "李四光擅自占地建房"
    parties.remove_names(register, by="甲")
    one, = write(register, tmp_path / "out", "decision").written
    text = text_of(one.path)
    assert "李四光" not in text and gap("当事人名称") in text


def test_the_public_version_masks_persons_and_keeps_the_rest(register, tmp_path):
    write(register, tmp_path / "out", "decision")
    before = len(register.storage.events())
    one, = write(register, tmp_path / "out", "decision", is_public=True).written
    text = text_of(one.path)
    assert not any(secret in text for secret in ("李四光", "330101197001011234", "12号", "13800001111", "1970", "33100101"))
    assert "李某某" in text and "古城街道西门村" in text and "160000元" in text and "演自然资罚〔2026〕5号" in text
    assert len(register.storage.events()) == before  # nothing is recorded of it


def test_what_people_typed_is_masked_for_the_public_too(register, tmp_path):
    typed = {**TYPED, "违法事实": "李四光（身份证33010119700101123X，电话13912345678）在西门村12号旁占地。", "受送达人": "李四光之妻"}
    register_papers.describe_case(register, case_on(register), [{**PARTY, "agent": "钱律师"}], typed, by="甲")
    kinds = [paper.code for paper in papers().values() if paper.acts and not paper.matter]
    for one in write(register, tmp_path / "out", *kinds, is_public=True).written:
        text = text_of(one.path)
        assert not any(secret in text for secret in ("李四光", "33010119700101123X", "13912345678", "钱律师", "西门村12号")), one.paper.code


@pytest.mark.parametrize("address, doors", [
    ("某县古城街道西门村12号", {"某县古城街道西门村12号": "某县古城街道西门村＊＊", "西门村12号": "西门村＊＊"}), ("", {}), ("某县", {})])
def test_doors_are_known_by_their_whole_address_and_by_their_village(address, doors):
    assert wording.doors_of(address) == doors


@pytest.mark.parametrize("act, code", [
    ("demand", "demand"), ("close_applied", "close_approval"), ("notice", "penalty_notice"), ("serve", None),
    ("investigate", "investigation_report")])
def test_the_number_of_an_act_is_its_own_papers(act, code):
    found = numbered_paper(act)
    assert (found.code if found else None) == code


def test_a_fine_is_called_in_only_where_it_is_late_and_on_the_day_of_writing(register, tmp_path):
    facts = facts_of(register, case_on(register), date(2026, 8, 10))
    assert "payment_reminder" not in [paper.code for paper in due_papers(facts)]
    assert "payment_reminder" in [paper.code for paper in due_papers(facts_of(register, case_on(register), DAY))]
    one, = write(register, tmp_path / "out", "payment_reminder").written
    assert "截至2026年11月30日尚欠160000元" in text_of(one.path) and "2026年11月30日" in text_of(one.path).split("（印章）")[1]
    assert one.number == "演自然资缴〔2026〕1号"


# --- what came back -------------------------------------------------------------------------------------------------------


def test_the_finished_paper_is_kept_and_the_act_knows_it_and_undoing_the_case_names_it_first(register, tmp_path):
    one, = write(register, tmp_path / "out", "decision").written
    scan = tmp_path / "决定书签章.pdf"
    scan.write_bytes(b"%PDF-1.4 signed")
    register_papers.keep_finished(register, one.paper_id, [scan], by="甲")
    paper, = [known for known in register_papers.written_of(register, case_on(register)) if known.paper == "decision"]
    assert paper.on == "2026-08-03" and paper.number == "演自然资罚〔2026〕5号" and len(paper.files) == 1
    assert register.attachments.is_whole(paper.files[0]) and verify(register).broken == ()
    opened = register.storage.events(subjects=[case_on(register)], kind="case_opened")[0]
    with pytest.raises(DependentsError) as refusal:
        undo(register, opened.group, by="甲")
    assert {"paper_written", "paper_returned", "case_described"} <= {event.kind for event in refusal.value.events}


def test_a_paper_of_an_act_to_come_keeps_its_number_when_the_act_is_recorded(register, tmp_path):
    before = write(register, tmp_path / "out", "stop_order", number="T002").written[0]
    pursuing.do_act(register, case_on(register, "T002"), "stop_order", on="2026-06-03", particulars={"number": before.number}, by="甲")
    after = write(register, tmp_path / "out", "stop_order", number="T002").written[0]
    assert (after.number, after.paper_id) == (before.number, before.paper_id)
    paper, = register_papers.written_of(register, case_on(register, "T002"))
    assert paper.on == "2026-06-03"


def test_a_paper_of_idle_land_is_no_paper_of_a_case(register, tmp_path):
    with pytest.raises(RefusedError, match="Idle land"):
        write(register, tmp_path / "out", "idle_fee")


# --- words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said, wanted", [
    (wording.area_text(3000.0), "3000.00平方米（4.50亩）"), (wording.area_text(21926.0), "21926.00平方米（32.89亩）"), (wording.area_text(None),
                                                                                                            None),
    (wording.money_text(32889000), "328890元（大写：人民币叁拾贰万捌仟捌佰玖拾元整）"), (wording.money_text(140950), "1409.50元（大写：人民币壹仟肆佰零玖元伍角）"),
    (wording.day_text(date(2026, 9, 1)), "2026年9月1日"), (wording.day_text(date(2026, 10, 21), True), "二〇二六年十月二十一日"),
    (wording.stored_day_text("2026-09"), "2026年9月"), (wording.stored_day_text("2026"), "2026年"),
    (wording.article_text("77.1"), "第七十七条第一款"),
    (wording.penalty_ground("77", date(2019, 12, 31)),
     "《中华人民共和国土地管理法》（2004年修正）第七十六条、《中华人民共和国土地管理法实施条例》（2014年修订）第四十二条"),
    (wording.masked_name("李四光"), "李某某"), (wording.masked_name("王五"), "王某"), (wording.masked_place("某县古城街道西门村12号"), "某县古城街道西门村＊＊")])
def test_words_of_papers(said, wanted):
    assert said == wanted


# --- the file of a case -----------------------------------------------------------------------------------------------------


def test_the_file_of_a_case_lies_in_the_order_of_case_files_with_cover_and_contents(register, tmp_path):
    written = {one.paper.code: one for one in write(register, tmp_path / "out", "decision", "site_record", "investigation_report").written}
    scan = tmp_path / "签章.pdf"
    scan.write_bytes(b"%PDF-1.4 signed")
    register_papers.keep_finished(register, written["decision"].paper_id, [scan], by="甲")
    made = write_case_folder(register, case_on(register), tmp_path / "卷", Templates(), DAY)
    names = [path.name for path in made.files]
    assert names == sorted(names) and names[0] == "0-00封面.docx" and names[-1] == "9-99备考表.docx"
    assert any(re.fullmatch(r"1-\d\d行政处罚决定书-签章.pdf", name) for name in names)           # what came back
    assert any("现场勘验笔录（草稿）" in name and name.startswith("1-") for name in names)
    assert any("违法案件调查报告（草稿）" in name and name.startswith("2-") for name in names)      # 副卷
    assert next(path for path in made.files if path.suffix == ".pdf").read_bytes() == scan.read_bytes()
    contents = text_of(made.files[1])
    assert "行政处罚决定书" in contents and "演自然资罚〔2026〕5号" in contents and "送达回证" in contents and "缺" in contents
    assert "李四光" in text_of(made.files[0]) and made.drafts == 2 and made.missing > 5
    again = write_case_folder(register, case_on(register), tmp_path / "卷", Templates(), DAY)
    assert again.folder != made.folder  # an older file is never mixed with a newer one


def test_a_kept_file_that_was_changed_stops_the_file_of_the_case_and_nothing_is_left(register, tmp_path):
    one, = write(register, tmp_path / "out", "decision").written
    scan = tmp_path / "签章.pdf"
    scan.write_bytes(b"%PDF-1.4 signed")
    register_papers.keep_finished(register, one.paper_id, [scan], by="甲")
    register.attachments.find(*register.attachments.names()).write_bytes(b"other")
    with pytest.raises(DamagedError, match="签章.pdf"):
        write_case_folder(register, case_on(register), tmp_path / "卷", Templates(), DAY)
    assert not [path for path in (tmp_path / "卷").rglob("*") if path.is_file()]


# --- idle land --------------------------------------------------------------------------------------------------------------


def test_the_four_papers_of_idle_land_say_what_their_rules_require(register, tmp_path):
    """闲置土地处置办法 Art. 5, 6, 9–11, 14–17."""
    kind = kind_named(register, "idle_land")
    matter = open_matter(register, kind, {
        "TZBH": "X1", "XZDM": "331082100", "MJ": 10000.0, "CJJK": 1_200_000_000, "YDDG": "2025-03-01", "HTH": "3310822024A21",
        "SYQR": "某置业公司", "XMMC": "某小区", "WZ": "北街以东"}, on="2026-03-05", by="甲")
    for act, on, said in (("investigate", "2026-03-20", {"number": "演闲调〔2026〕1号"}), ("reply", "2026-04-01", {"statement": "资金困难"}),
                          ("establish", "2026-04-02", {"XZYY": "Q1", "number": "演闲认〔2026〕1号"}),
                          ("propose_fee", "2026-04-03", {"number": "演政批〔2026〕9号"}),
                          ("decide_fee", "2026-04-20", {"YJXZF": 240_000_000, "number": "演闲费〔2026〕1号"})):
        do_matter_act(register, matter, act, on=on, particulars=said, by="甲")
    register_papers.describe_case(register, matter, [{"name": "某置业公司", "kind": "2", "address": "北街9号", "representative": "钱六",
                                                      "id_number": "91331082"}], {}, by="甲")
    wanted = [(matter, papers()[code]) for code in ("idle_investigation", "idle_finding", "idle_fee", "idle_recovery")]
    outcome = write_papers(register, drafted(register, wanted, Templates(), DAY), tmp_path / "out", by="甲")
    done = {one.paper.code: one for one in outcome.written}
    texts = {code: text_of(one.path) for code, one in done.items()}
    assert all("某置业公司" in text and "北街9号" in text and "3310822024A21" in text and "10000.00平方米（15.00亩）" in text
               for text in texts.values())
    assert "2400000元（大写：人民币贰佰肆拾万元整）" in texts["idle_fee"] and "12000000元×20%＝2400000元" in texts["idle_fee"]
    assert "演政批〔2026〕9号" in texts["idle_fee"] and "演闲认〔2026〕1号" in texts["idle_fee"] and "三十日内" in texts["idle_investigation"]
    assert "企业资金原因" in texts["idle_finding"] and "至2026年4月2日未动工" in texts["idle_finding"]
    assert [one.number for one in done.values()] == ["演闲调〔2026〕1号", "演闲认〔2026〕1号", "演闲费〔2026〕1号", "演自然资闲收〔2026〕1号"]
    assert "政府批准文号" in done["idle_recovery"].missing and verify(register).broken == ()


# --- parties of many cases ----------------------------------------------------------------------------------------------------


def test_parties_come_from_a_table_and_a_wrong_line_is_named(tmp_path):
    table = tmp_path / "当事人.csv"
    table.write_text("案件编号,名称,类型,证照号码,地址,四至\nT001-AJ,李四光,个人,330101197001011234,西门村12号,东至河\nT001-AJ,某公司,单位,91331082,北街9号,\n", "utf-8")
    assert read_particulars(table) == {"T001-AJ": (
        [{"name": "李四光", "kind": "1", "id_number": "330101197001011234", "address": "西门村12号"},
         {"name": "某公司", "kind": "2", "id_number": "91331082", "address": "北街9号"}], {"四至": "东至河"})}
    table.write_text("案件编号,名称,类型\nT001-AJ,李四光,邻居\n", "utf-8")
    with pytest.raises(InputError, match="line 2.*邻居"):
        read_particulars(table)


# --- several parties, several rounds, what came later ------------------------------------------------------------------


def _go(register, case, *way):
    for act, on, more in way:
        said = {**SAID.get(act, {}), **more}
        said.update({"officers": parties.officers(register, ["王五", "赵六"], by="甲")} if "officers" in said else {})
        pursuing.do_act(register, case, act, on=on, particulars=said, by="甲", with_remedies=True)
    return facts_of(register, case, DAY)


CHANGED = [*REMEDIES[:2], {**REMEDIES[2], "amount": {"fen": 9600000}, "base": {"land_m2": 960.0}}]


def test_what_a_reconsideration_changed_stands_in_the_papers_after_it_and_not_in_the_decision(register, tmp_path):
    case = case_on(register)
    _go(register, case, ("open_review", "2026-08-20", {"way": "1", "number": "演政复〔2026〕2号"}),
        ("conclude_review", "2026-09-10", {"result": "2", "number": "演政复决〔2026〕2号", "remedies": CHANGED}),
        ("instalments", "2026-09-12", {"number": "演自然资分〔2026〕1号", "schedule": "2026-09-30 50000; 2026-10-15 46000"}),
        ("demand", "2026-10-20", {"number": "演自然资催〔2026〕1号"}), ("deliver", "2026-10-26", {"paper": "demand"}))
    outcome = write(register, tmp_path / "out", "decision", "instalment_notice", "demand", "court_application", "investigation_report")
    said = {one.paper.code: text_of(one.path) for one in outcome.written}
    found = {one.paper.code: [str(finding.text) for finding in one.findings] for one in outcome.written}
    assert "160000元" in said["decision"] and "经演政复决" not in said["decision"]
    assert "罚款96000元（大写：人民币玖万陆仟元整）" in said["instalment_notice"] and "160000" not in said["instalment_notice"]
    assert "罚款96000元" in said["demand"] and "160000" not in said["court_application"]
    assert "（经演政复决〔2026〕2号变更）" in said["court_application"]
    assert "2026年8月20日申请行政复议（演政复〔2026〕2号），2026年9月10日结果为变更（演政复决〔2026〕2号）" in said["court_application"]
    assert "未申请行政复议" not in said["court_application"]
    assert len(found["court_application"]) == len(set(found["court_application"]))  # said once, not once a remedy
    report = said["investigation_report"]  # of 20 June: nothing of what came later, and it is no proof of itself
    assert "行政处罚决定" not in report and "2026年7月" not in report and "违法案件调查报告（" not in report


def test_a_decision_that_was_revoked_lends_nothing_to_the_one_that_comes_after_it(register, tmp_path):
    case = case_on(register)
    facts = _go(register, case, ("open_review", "2026-08-20", {"way": "1"}), ("conclude_review", "2026-09-10", {"result": "3"}),
                ("redo", "2026-09-11", {}), ("legal_review", "2026-09-15", {}))
    assert {("C11", "E"), ("C28", "E")} <= _looked_at(facts, "decision") and ("C27", "E") not in _looked_at(facts, "decision")
    facts = _go(register, case, ("notice", "2026-09-16", {"number": "告9", "remedies": CHANGED, "party": "1"}),
                ("deliver", "2026-09-17", {"paper": "notice"}))
    assert ("C08", "E") not in _looked_at(facts, "penalty_notice")  # less than the decision that was revoked
    assert {("C12", "E"), ("C16", "E")} <= _looked_at(facts, "decision")
    facts = _go(register, case, ("hearing_notice", "2026-09-17", {"number": "听9"}), ("deliver", "2026-09-17", {"paper": "hearing_notice"}),
                ("discuss", "2026-09-26", {"number": "集9"}), ("decide", "2026-09-28", {"number": "罚9", "remedies": CHANGED}))
    assert facts.case.served_on is None
    text = text_of(write(register, tmp_path / "out", "decision").written[0].path)
    assert "96000元" in text and "160000" not in text and "2026年9月17日送达" in text and "2026年7月" not in text
    pieces = pieces_of(facts)["main"]
    told = [(one.title, one.number) for one in pieces if one.title in ("行政处罚决定书", "行政处罚告知书", "现场勘验笔录")]
    assert told == [("行政处罚决定书", "演自然资罚〔2026〕5号"), ("行政处罚决定书", "罚9"), ("现场勘验笔录", ""),
                    ("行政处罚告知书", "演自然资告〔2026〕5号"), ("行政处罚告知书", "告9")]  # the file keeps what was revoked
    missing = write(register, tmp_path / "next", "court_application").written[0].missing
    assert {"决定送达日期", "救济情况", "催告书文号"} <= set(missing)


def test_a_term_of_a_decision_is_named_by_the_paper_that_it_stands_in_and_a_fine_is_due_in_fifteen_days(register, tmp_path):
    said = {one.paper.code: text_of(one.path) for one in write(register, tmp_path / "out", "decision", "penalty_notice").written}
    assert "自收到本决定书之日起十五日内履行" in said["decision"] and "自收到行政处罚决定书之日起" in said["penalty_notice"]
    assert "本决定书" not in said["penalty_notice"]


def test_with_two_parties_nobodys_particulars_stand_for_anothers(register, tmp_path):
    unit = {"name": "演示县恒昌机械有限公司", "kind": "2", "id_number": "9133X", "representative": "诸葛亮", "address": "演示县南街9号"}
    register_papers.describe_case(register, case_on(register), [PARTY, unit], TYPED, by="甲")
    outcome = write(register, tmp_path / "out", "decision", "file_approval", "service_receipt")
    said = {one.paper.code: text_of(one.path) for one in outcome.written}
    assert "李四光：330101197001011234；演示县恒昌机械有限公司：9133X" in said["file_approval"]
    assert "演示县恒昌机械有限公司：演示县南街9号" in said["service_receipt"]
    assert ("C18", "W") in {(found.check, found.severity) for one in outcome.written for found in one.findings}


def test_a_party_that_stands_otherwise_in_a_paper_that_went_out_is_told(register, tmp_path):
    case = case_on(register)
    write(register, tmp_path / "out", "stop_order")
    assert ("C05", "E") not in _looked_at(facts_of(register, case, DAY), "decision")
    register_papers.describe_case(register, case, [{**PARTY, "address": "演示县古城街道东门村3号"}], TYPED, by="甲")
    facts = facts_of(register, case, DAY)
    assert ("C05", "E") in _looked_at(facts, "decision")
    assert [one.paper for one in facts.otherwise_named()] == ["stop_order"]
    write(register, tmp_path / "out", "stop_order")  # written anew
    assert ("C05", "E") not in _looked_at(facts_of(register, case, DAY), "decision")


def test_a_list_that_the_law_asks_for_and_that_is_empty_is_marked(register, tmp_path):
    page, record = write(register, tmp_path / "out", "photo_page", "site_record").written
    assert gap("照片文件") in text_of(page.path) and "照片时间" in page.missing
    assert gap("照片数") in text_of(record.path)  # never "0 photos"


def _land(facts, **change):
    from dataclasses import replace

    return replace(facts, lands=tuple(replace(one, **change) for one in facts.lands))


def _office(facts, **values):
    from dataclasses import replace

    return replace(facts, office=replace(facts.office, values={**facts.office.values, **values}))


def _typed(facts, name):
    from dataclasses import replace

    return replace(facts, typed={**facts.typed, name: ""})


def _dated(facts, act, on):
    from dataclasses import replace

    return replace(facts, case=replace(facts.case, acts=tuple(replace(done, on=date.fromisoformat(on)) if done.act == act else done
                                                              for done in facts.case.acts)))


def _decided(*remedies):
    return lambda facts: _changed(facts, "decide", {"remedies": [*remedies]})


@pytest.mark.parametrize("check, kind, change", [
    ("C01", "decision", lambda facts: _land(facts, review_state="0")),
    ("C02", "site_record", lambda facts: _changed(facts, "site_check", {"officers": ["p1"]})),
    ("C03", "file_approval", lambda facts: _office(facts, 机关全称="")),
    ("C04", "file_approval", lambda facts: _changed(facts, "file", {"ended_on": "2024-05-31"})),
    ("C07", "decision", lambda facts: _land(facts, classes={"耕地": 1500.0})),
    ("C07", "decision", lambda facts: _land(facts, cultivated_m2=1600.5)),
    ("C07", "decision", _decided(*REMEDIES[:2], {**REMEDIES[2], "base": {"land_m2": 1700.0}})),
    ("C08", "decision", _decided(*REMEDIES[:2], {**REMEDIES[2], "amount": {"fen": 16000001}})),
    ("C08", "decision", lambda facts: _changed(facts, "notice", {"remedies": [*REMEDIES[:2], {**REMEDIES[2], "amount": {"fen": 1}}]})),
    ("C09", "decision", lambda facts: _land(facts, contrary_m2=None)),
    ("C09", "decision", lambda facts: _land(facts, conforming_m2=1600.0, contrary_m2=0.0)),
    ("C10", "decision", lambda facts: _typed(facts, "四至")), ("C10", "decision", lambda facts: _typed(facts, "建筑情况")),
    ("C10", "decision", lambda facts: _typed(facts, "土地所有权人")),
    ("C13", "decision", lambda facts: _dated(facts, "decide", "2026-07-10")),
    ("C17", "decision", lambda facts: _dated(facts, "decide", "2026-10-10")),
    ("C18", "decision", lambda facts: _office(facts, 代收机构地址="")),
    ("C19", "decision", lambda facts: _office(facts, 复议机关="演示市自然资源局")),
    ("C19", "decision", lambda facts: _office(facts, 法院名称="演示法院")),
    ("C20", "decision", lambda facts: _land(facts, article="土地管理法77")),
    ("C21", "decision", lambda facts: _dated(facts, "serve", "2026-08-20")),
    ("C25", "decision", lambda facts: _land(facts, area_m2=7000.0, illegal_m2=7000.0, cultivated_m2=7000.0)),
    ("C27", "decision", lambda facts: _dated(facts, "notice", "2026-08-04")),
    ("C28", "decision", lambda facts: _office(facts, 复议机关="")),
    ("C33", "decision", lambda facts: _office(facts, 机关全称="演示县综合行政执法局"))])
def test_each_check_passes_a_case_that_is_in_order_and_tells_of_one_that_is_not(register, check, kind, change):
    facts = _land(facts_of(register, case_on(register), DAY), conforming_m2=0.0, contrary_m2=1600.0)
    done = next(one for one in facts.case.acts if one.act in papers()[kind].acts)
    assert check not in {code for code, _severity in _looked_at(facts, kind, done)}
    changed = change(facts)
    done = next(one for one in changed.case.acts if one.act in papers()[kind].acts)
    assert check in {code for code, _severity in _looked_at(changed, kind, done)}


@pytest.mark.parametrize("number, is_told", [("演自然资罚〔2026〕5号", False), ("演自然资罚〔2026〕10号", False), ("演自然资罚〔2026〕第05号", True),
                                             ("演自然资罚〔2026〕05号", True), ("演自然资罚[2026]5号", True), ("演自然资罚〔2025〕5号", True)])
def test_a_number_that_is_written_otherwise_than_the_standard_asks_is_told(register, number, is_told):
    from land_inspector.law.papers.checks import Asked, look_at
    from land_inspector.law.papers.fields import values_of

    facts = facts_of(register, case_on(register), DAY)
    found = look_at(Asked(papers()["decision"], facts, values_of(papers()["decision"], facts, number), number))
    assert ("C27" in {one.check for one in found}) is is_told


def test_the_public_version_masks_whom_the_register_knows_and_says_what_must_be_read(register, tmp_path):
    give_verdicts(register, "B1", [Entry("T003", {**VERDICT, "YDDW": "令狐冲", "ZTFL": "7"})], by="甲")  # a party of another case
    typed = {**TYPED, "违法事实": "李四光与令狐冲合伙，在西门村占地1600平方米，由赵六勘验。", "建筑情况": "厂房一层"}
    register_papers.describe_case(register, case_on(register), [PARTY], typed, by="甲")
    outcome = write(register, tmp_path / "out", "decision", "court_application", is_public=True)
    listed = (tmp_path / "out" / "缺项与检查.csv").read_text("utf-8-sig")
    for one in outcome.written:
        assert not any(name in text_of(one.path) for name in ("李四光", "令狐冲")), one.paper.code
        told = [found for found in one.findings if found.check == "T02"]
        assert len(told) == 1 and "违法事实" in str(told[0].text) and told[0].severity == "W"
    assert "T02" in listed and "令狐冲" not in listed and "李四光" not in listed
    assert "赵六" in text_of(outcome.written[0].path)  # an officer acts by name
    assert not any(found.check == "T02" for one in write(register, tmp_path / "own", "decision").written for found in one.findings)


@pytest.mark.parametrize("kind, said, ordered", [
    ("01", "未经依法批准，擅自占用演示县古城街道土地1600.00平方米（2.40亩）", "责令退还非法占用的土地"),
    ("02", "未经依法批准，非法转让演示县古城街道土地1600.00平方米（2.40亩）", "责令退还非法转让的土地"),
    ("03", "擅自破坏演示县古城街道耕地的种植条件，面积1600.00平方米（2.40亩）", "责令退还非法占用的土地"), ("04", "", "责令退还非法占用的土地")])
def test_the_facts_are_told_as_the_violation_was_and_never_as_another(register, kind, said, ordered):
    from land_inspector.law.papers.fields import values_of

    facts = _land(facts_of(register, case_on(register), DAY), violation=kind)
    values = values_of(papers()["decision"], facts, "x〔2026〕1号")
    assert said in str(values["违法事实"] or "") and bool(said) is bool(values["违法事实"])
    assert str(values["责令内容"]).count(ordered) == 1


def test_a_person_beside_a_unit_brings_the_lower_line_of_a_hearing(register):
    from dataclasses import replace

    from land_inspector.law.papers.facts import Party

    facts = facts_of(register, case_on(register), DAY)
    lines = facts.pack.parameters
    fine = [{"kind": "fine", "amount": {"fen": 100 * lines.hearing_fine_person_yuan}}]
    unit, person = Party(name="某公司", kind="2"), Party(name="李四光", kind="1")
    assert lines.hearing_fine_person_yuan < lines.hearing_fine_yuan
    said = [replace(facts, parties=parties).needs_hearing(fine) for parties in ((unit,), (unit, person), (person,), ())]
    assert said == [False, True, True, False] and not facts.needs_hearing([])
