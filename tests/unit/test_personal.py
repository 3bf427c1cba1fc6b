"""Names of people are recognised by form, and a register that keeps none lets none in, wherever they come from."""
from __future__ import annotations

import pytest

from land_inspector.register import judging, parties
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry
from land_inspector.register.personal import MASK, is_person, masked, may_be_person, personal_heading, without_persons
from land_inspector.register.records import Quarantined
from land_inspector.register.register import Register
from land_inspector.register.verifying import verify
from land_inspector.errors import message
from tests.factories import info, intake, patch, square, township

PEOPLE = ["张三", "阿卜杜拉", "扎西", "扎西卓玛", "买买提·艾山", "阿卜杜热依木", "巴特尔", "才让", "依力亚斯", "欧阳修", "司马南", "村民李四", "李四（户主）",
          "张三、阿卜杜拉", "赵六等三人", "Abdulla Tursun", "古丽娜尔·买买提",
          "张 三", "张　三", "张三-李四", "张三&李四", "ZHANG SAN", "横桥村张三", "横桥村3组张三", "建房户李四"]
BODIES = ["某公司", "张家村", "王记加工厂", "李庄村委会", "临海市水利局", "不详", "集体", "某某光伏项目", "Land Co", "养殖场", "停车场", "三门县林业局", "国有", "村民"]
ID = "11010519491231002X"


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_recognised(name):
    assert is_person(name) and may_be_person(name)


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_no_person_and_stays_where_no_names_are_kept(name):
    assert not is_person(name) and not may_be_person(name)


def test_what_is_neither_surely_a_body_nor_surely_a_person_goes_where_no_names_are_kept():
    assert may_be_person("某不知何物之名") and not is_person("某不知何物之名")


@pytest.mark.parametrize(("heading", "expected"), [
    ("DSR", True), ("LXDH", True), ("当事人", True), ("联系电话", True), ("身份证号码", True), ("sfzh", True), ("权利人", True), ("XM", True),
    ("Phone", True), ("DLMC", False), ("XMMC", False), ("项目名称", False), ("TBBH", False), ("BSM", False), ("SJDL", False)])
def test_a_heading_announces_people(heading, expected):
    assert personal_heading(heading) is expected


@pytest.mark.parametrize(("text", "expected"), [
    ("电话13812345678，找他", f"电话{MASK}，找他"), (f"身份证{ID}。", f"身份证{MASK}。"), ("标识码330102000000000012", "标识码330102000000000012"),
    ("当事人张三未到场", f"当事人{MASK}未到场"), ("户主：阿卜杜拉，已通知", f"户主：{MASK}，已通知"), ("面积1600平方米", "面积1600平方米"),
    ("负责人已到", "负责人已到"), ("浙江某某有限公司（法定代表人李四）", f"浙江某某有限公司（法定代表人{MASK}）"),
    ("法人代表：赵六到场", f"法人代表：{MASK}到场"), ("经营者 王五", f"经营者 {MASK}"), ("账号6222021207001234567", f"账号{MASK}"),
    ("身份证33010219900101123", f"身份证{MASK}"), ("微信号zhang3_88881", f"微信号{MASK}"), ("车主浙J12345", f"车主{MASK}"),
    ("浙J·A1234号车", f"{MASK}号车"), ("电话未接通", "电话未接通"), ("账号未核实", "账号未核实"), ("主任务已完成", "主任务已完成"),
    ("找赵六：13911112222", f"找{MASK}：{MASK}"), ("李四 13977778888来过", f"{MASK} {MASK}来过"), ("王小二，电话13977778888", f"{MASK}，电话{MASK}"),
    ("a.b@c.cn", MASK), ("130403SJBG26210183", "130403SJBG26210183"), (None, None), ("", "")])
def test_a_free_text_loses_what_names_somebody(text, expected):
    assert masked(text) == expected


def test_names_that_are_known_are_masked_wherever_they_stand():
    assert masked("王五家的棚", ["王五"]) == f"{MASK}家的棚"


@pytest.fixture
def bare(tmp_path):
    with Register.create(tmp_path / "bare.gpkg", county_code="331082", county_name="演示县", crs="EPSG:4549", townships=[township()],
                         by="甲乙丙", keep_names=False) as made:
        yield made


def in_file(register, name):
    path = register.storage.path
    return any(name.encode("utf-8") in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def named_rows():
    rows = [patch(f"T{at:03d}", square(at), at, BZ=f"电话1381234567{at}") for at in range(1, 5)]
    for at, row in enumerate(rows):
        row.other.update({"DSR": "阿卜杜拉", "LXDH": "13900000000", "某列": ("扎西", "李四", "王五", "不详")[at], "DLMC": "旱地", "说明": "找赵六：13911112222"})
    source = intake(rows)
    source.quarantined.append(Quarantined(5, {"JCBH": None, "当事人": "孙八", "备注": "电话13711112222"}, None, message("x")))
    source.rows += 1
    return source


SECRETS = ("阿卜杜拉", "扎西", "李四", "王五", "孙八", "13900000000", "13911112222", "13711112222", "13812345671")


def test_an_import_brings_no_name_into_a_register_that_keeps_none(bare):
    result = issue_batch(bare, info(), named_rows(), by="甲乙丙")
    assert result.imported == 4 and verify(bare).broken == ()
    assert not [secret for secret in SECRETS if in_file(bare, secret)]
    assert in_file(bare, "旱地")
    again = issue_batch(bare, info(), named_rows(), by="甲乙丙")
    assert again.issue_no == 1 and again.group is None


def test_the_findings_say_which_columns_were_left_out():
    cleaned = without_persons(named_rows())
    (left_out, texts) = cleaned.findings[-2:]
    assert all(name in str(left_out.message) for name in ("DSR", "LXDH", "某列", "当事人")) and "DLMC" not in str(left_out.message)
    assert left_out.rule == texts.rule == "R54"


def test_a_register_that_keeps_names_keeps_what_was_issued(tmp_path):
    with Register.create(tmp_path / "kept.gpkg", county_code="331082", county_name="演示县", crs="EPSG:4549", townships=[township()]) as made:
        issue_batch(made, info(), named_rows(), by="甲")
        assert in_file(made, "13900000000") and in_file(made, "阿卜杜拉")


def test_verdicts_and_notes_bring_none_in_either(bare):
    issue_batch(bare, info(), named_rows(), by="甲乙丙")
    said = {"PDJL1": "2", "PDJL2": "201", "YDDW": "某不知何物之名", "PDSM": "当事人扎西自建，电话13955556666", "XMMC": "某不知何物之名的房"}
    body = dict(said, YDDW="某公司（法人代表赵六）", XMMC="厂房")
    assert not judging.give_verdicts(bare, "B1", [Entry("T001", said), Entry("T002", body)], by="甲乙丙").refused
    judging.write_note(bare, "B1", ["T001"], text="户主李四 13977778888", by="甲乙丙")
    assert not [secret for secret in ("扎西", "13955556666", "13977778888", "李四", "赵六", "某不知何物之名的房") if in_file(bare, secret)]
    assert in_file(bare, "某公司") and verify(bare).broken == ()
    assert parties.keeps_names(bare) is False


@pytest.mark.parametrize("text", ["当事人申请听证", "当事人陈述申辩", "当事人向本机关提出", "当事人应当自行拆除", "填写了T001的当事人和文书资料。", "负责人安排施工",
                                  "业主任意占用", "村民连续上访", "当事人单独处罚", "法定代表人陈述如下"])
def test_words_after_a_word_that_announces_a_name_are_no_names(text):
    assert masked(text) == text


@pytest.mark.parametrize("text, shown", [("当事人向秀丽在现场", "当事人＊＊在现场"), ("负责人应采儿", "负责人＊＊"), ("当事人张三丰占地", "当事人＊＊占地")])
def test_names_that_begin_like_words_are_masked(text, shown):
    assert masked(text) == shown
