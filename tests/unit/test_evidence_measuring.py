"""Measured facts: roles, groups, papers, what is cultivated of what is covered, townships, and what nobody measured."""
from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from land_inspector.errors import Cancelled, InputError
from land_inspector.evidence import measuring
from land_inspector.evidence.crs import Crs
from land_inspector.evidence.measuring import Townships, iso_date, measure
from land_inspector.evidence.classes import LandClasses, adjusted
from land_inspector.evidence.profile import EvidenceLayer, Profile, draft, read_profile
from land_inspector.evidence.sources import MemorySource
from land_inspector.evidence.survey import Survey
from land_inspector.progress import Progress
from tests.evidence_shapes import GK, array, blobs, box, coverage, write_layer

pytestmark = pytest.mark.usefixtures("both_ways")

CLASSES = {"0101": "GD", "0201": "FGNYD", "0701": "JSYD", "1206": "WLYD", "05H1": "JSYD"}


def profile(folder, layers, name="office.json"):
    path = folder / name
    path.write_text(json.dumps({"version": 1, "name": "office", "layers": layers}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def office(tmp_path):
    """A parcel of 1 ha: west half cultivated, east half built; approvals overlap each other, supply reaches further."""
    write_layer(tmp_path / "dltb.gpkg", [box(-100, -100, 50, 200), box(50, -100, 300, 200)], {"DLBM": ["0101K", "0701"]})
    write_layer(tmp_path / "pw.gpkg", [box(0, 0, 30, 100), box(20, 0, 60, 100)],
                {"PZWH": ["甲1", "甲2"], "PZRQ": ["2021/3/5", "20220101"]})
    write_layer(tmp_path / "gd.gpkg", [box(0, 0, 40, 100), box(30, 0, 80, 100)], {"HTH": ["1", "2"]})
    write_layer(tmp_path / "plan.gpkg", [box(-100, -100, 10, 300), box(10, -100, 300, 300)], {"GZQ": ["010", "030"]})
    return profile(tmp_path, [
        {"key": "dltb", "role": "land_use", "source": "dltb.gpkg", "date": "2025-12-31", "fields": {"class": "DLBM"}},
        {"key": "pw", "role": "approval", "source": "pw.gpkg|layername=layer", "fields": {"number": "PZWH", "date": "PZRQ"}},
        {"key": "gd", "role": "supply", "source": "gd.gpkg"},
        {"key": "plan", "role": "plan", "source": "plan.gpkg", "fields": {"zone": "GZQ"}, "inside": ["010"]},
    ])


def run(path, *parcels, method="P", **more):
    ids = [f"p{k}" for k in range(len(parcels))]
    return measure(ids, array(*parcels), GK, read_profile(path), method, CLASSES, **more)


def cover(result, role, frame="covers", parcel="p0"):
    rows = getattr(result, frame)
    row = rows[(rows.role == role) & (rows.parcel_id == parcel)].iloc[0]
    return row.area_m2, row.cultivated_m2


def test_groups_covers_and_plan_of_a_parcel_are_the_areas_drawn(office):
    result = run(office, box(0, 0, 100, 100))
    row = result.summary.iloc[0]
    assert (row.DKMJ, row.GDMJ, row.JSYDMJ, row.FGNYDMJ, row.WLYDMJ) == (10000.0, 5000.0, 5000.0, 0.0, 0.0)
    assert (row.YPMJ, row.YPGD, row.YGMJ, row.FHGHMJ, row.BFHGHMJ) == (6000.0, 5000.0, 8000.0, 1000.0, 9000.0)
    assert row.survey_share == pytest.approx(1.0)
    assert not result.remarks


def test_approvals_that_overlap_count_once_together_and_each_by_itself_as_papers(office):
    result = run(office, box(0, 0, 100, 100))
    assert cover(result, "approval") == (pytest.approx(6000.0), pytest.approx(5000.0))
    papers = result.documents[result.documents.role == "approval"]
    assert sorted(papers[["number", "date", "area_m2"]].itertuples(index=False, name=None)) == [
        ("甲1", "2021-03-05", pytest.approx(3000.0)), ("甲2", "2022-01-01", pytest.approx(4000.0))]
    assert papers.user.tolist() == [None, None]


def test_the_approvals_together_with_a_role_tell_how_much_of_it_lies_outside_them(office):
    result = run(office, box(0, 0, 100, 100))
    assert cover(result, "supply", "combined") == (pytest.approx(8000.0), pytest.approx(5000.0))
    assert cover(result, "plan", "combined") == (pytest.approx(6000.0), pytest.approx(5000.0))


def test_a_role_without_a_layer_is_unknown_and_never_zero(office):
    result = run(office, box(0, 0, 100, 100))
    assert "farmland" not in result.roles_measured
    assert result.summary.iloc[0].JBNTMJ is None and result.summary.iloc[0].STHXMJ is None
    assert "farmland" not in set(result.covers.role)


def test_a_role_that_covers_nothing_is_zero(office):
    result = run(office, box(200, 150, 210, 160))
    assert cover(result, "approval") == (0.0, 0.0)
    assert result.summary.iloc[0].YPMJ == 0.0


def test_a_survey_with_a_gap_is_reported_and_its_groups_are_not_stretched_over_it(office):
    result = run(office, box(290, 190, 310, 210))
    row = result.summary.iloc[0]
    assert (row.DKMJ, row.JSYDMJ, row.GDMJ) == (400.0, 100.0, 0.0)
    assert row.survey_share == pytest.approx(0.25)
    assert [(remark.rule, remark.parcel_id) for remark in result.remarks] == [("R11", "p0")]
    rest = result.areas[(result.areas.layer == "dltb") & result.areas.value.isna()]
    assert rest.area_m2.tolist() == [pytest.approx(300.0)]


def test_an_unknown_class_is_reported_and_counts_in_no_group(tmp_path):
    write_layer(tmp_path / "dltb.gpkg", [box(0, 0, 50, 100), box(50, 0, 100, 100)], {"DLBM": ["0101", "XX"]})
    path = profile(tmp_path, [{"key": "d", "role": "land_use", "source": "dltb.gpkg", "fields": {"class": "DLBM"}}])
    result = run(path, box(0, 0, 100, 100))
    assert [remark.rule for remark in result.remarks] == ["R12"]
    assert "XX" in str(result.remarks[0].message)


@pytest.mark.parametrize("value, code", [("0101", "0101"), ("0101K", "0101"), (101, "0101"), ("101", "0101"), (101.0, "0101"),
                                         ("05H1", "05H1"), (" 0701a ", "0701"), ("9999", None), ("K", None)])
def test_a_class_is_found_with_suffix_and_without_its_leading_zero(value, code):
    assert LandClasses(CLASSES).code(value) == code


def test_groups_are_scaled_to_the_parcel_and_the_last_cent_goes_to_the_largest():
    groups = {"GD": np.array([33.333]), "FGNYD": np.array([33.333]), "JSYD": np.array([33.335]), "WLYD": np.array([0.0])}
    done = adjusted(groups, np.array([100.0]), np.array([True]))
    assert sum(float(done[g][0]) for g in done) == pytest.approx(100.0, abs=1e-9)
    assert float(done["JSYD"][0]) == pytest.approx(33.34)


@pytest.mark.parametrize("method", ["E", "P"])
def test_the_area_identity_holds_for_any_parcel_to_the_cent(tmp_path, method):
    """R09: DKMJ = GDMJ + FGNYDMJ + JSYDMJ + WLYDMJ."""
    cells = coverage(5, 200)
    write_layer(tmp_path / "dltb.gpkg", cells, {"DLBM": [list(CLASSES)[k % 5] for k in range(len(cells))]})
    path = profile(tmp_path, [{"key": "d", "role": "land_use", "source": "dltb.gpkg", "fields": {"class": "DLBM"}}])
    summary = run(path, *blobs(6, 80, side=350), method=method).summary
    parts = summary[["GDMJ", "FGNYDMJ", "JSYDMJ", "WLYDMJ"]].astype(float).sum(axis=1)
    complete = summary.survey_share > 0.99
    assert complete.sum() > 50
    assert (parts - summary.DKMJ)[complete].abs().max() < 1e-6


def test_two_layers_of_one_role_are_measured_together(tmp_path):
    write_layer(tmp_path / "a.gpkg", [box(0, 0, 60, 100)], {})
    write_layer(tmp_path / "b.shp", [box(40, 0, 80, 100)], {"x": ["1"]}, crs="EPSG:4528", driver="ESRI Shapefile")
    path = profile(tmp_path, [{"key": "a", "role": "farmland", "source": "a.gpkg"},
                              {"key": "b", "role": "farmland", "source": "b.shp", "crs": GK}])
    result = run(path, box(0, 0, 100, 100))
    assert result.summary.iloc[0].JBNTMJ == 8000.0
    assert sorted(result.areas.area_m2) == [pytest.approx(4000.0), pytest.approx(6000.0)]


def test_two_survey_layers_complete_each_other(tmp_path):
    write_layer(tmp_path / "a.gpkg", [box(0, 0, 60, 100)], {"DLBM": ["0101"]})
    write_layer(tmp_path / "b.gpkg", [box(40, 0, 100, 100)], {"DL": ["0701"]})
    path = profile(tmp_path, [{"key": "a", "role": "land_use", "source": "a.gpkg", "fields": {"class": "DLBM"}},
                              {"key": "b", "role": "land_use", "source": "b.gpkg", "fields": {"class": "DL"}}])
    row = run(path, box(0, 0, 100, 100)).summary.iloc[0]
    assert (row.GDMJ, row.JSYDMJ, row.survey_share) == (6000.0, 4000.0, pytest.approx(1.0))


def test_a_filter_keeps_the_features_it_names(tmp_path):
    write_layer(tmp_path / "a.gpkg", [box(0, 0, 60, 100), box(0, 0, 90, 100)], {"SXLX": ["01", "09"]})
    path = profile(tmp_path, [{"key": "a", "role": "approval", "source": "a.gpkg",
                               "filter": {"field": "SXLX", "values": ["01", "02"]}}])
    assert run(path, box(0, 0, 100, 100)).summary.iloc[0].YPMJ == 6000.0


zone = st.builds(lambda x, y, width, height: box(x, y, x + width, y + height), *[st.integers(0, 90)] * 2, *[st.integers(1, 60)] * 2)
zones = st.lists(zone, min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=zones, approvals=zones, supplies=zones, parcels=st.lists(zone, min_size=1, max_size=3))
def test_one_pass_over_all_layers_says_what_their_parts_one_by_one_say(fields, approvals, supplies, parcels):
    """Areas of unions on one side; parts of parcels, built and measured again, on the other."""
    sources = {
        "dltb": MemorySource("dltb", Crs.of(GK), array(*fields, box(0, 0, 40, 150)), {"DLBM": [*["0101"] * len(fields), "0701"]}),
        "pw": MemorySource("pw", Crs.of(GK), array(*approvals)), "gd": MemorySource("gd", Crs.of(GK), array(*supplies))}
    layers = tuple(EvidenceLayer(key, role, key, key, fields=names) for key, role, names in (
        ("dltb", "land_use", {"class": "DLBM"}), ("pw", "approval", {}), ("gd", "supply", {})))
    ids = [f"p{k}" for k in range(len(parcels))]
    survey, office = Survey(array(*parcels), GK, "P"), Profile("office", layers)
    once, apart = (measuring._Run(ids, survey, office, sources, LandClasses(CLASSES), 0.99, "P") for _way in range(2))
    once._measure_together(Progress())
    apart._measure_land_use(Progress())
    for role in ("approval", "supply"):
        apart._measure_role(role, Progress())
    apart._combine(["supply"], Progress())
    for one, other in ((once.covers, apart.covers), (once.combined, apart.combined)):
        assert {role: [part.tolist() for part in cover] for role, cover in one.items()} == {
            role: [pytest.approx(part.tolist(), abs=2e-5) for part in cover] for role, cover in other.items()}
    assert {name: area.tolist() for name, area in once.groups.items()} == {
        name: pytest.approx(area.tolist(), abs=1e-6) for name, area in apart.groups.items()}
    assert once.surveyed_m2.tolist() == pytest.approx(apart.surveyed_m2.tolist(), abs=1e-6)


def test_townships_share_a_parcel_between_them(office):
    towns = Townships(["331082100", "331082101"], array(box(-500, -500, 30, 500), box(30, -500, 500, 500)))
    split = run(office, box(0, 0, 100, 100), townships=towns).townships
    assert sorted(split.itertuples(index=False, name=None)) == [
        ("p0", "331082100", pytest.approx(3000.0), pytest.approx(0.3)),
        ("p0", "331082101", pytest.approx(7000.0), pytest.approx(0.7))]


def test_each_layer_is_stamped_with_fingerprint_date_and_counts(office):
    layers = run(office, box(0, 0, 100, 100)).layers.set_index("key")
    assert layers.loc["dltb", "date"] == "2025-12-31" and layers.loc["dltb", "features"] == 2
    assert layers.fingerprint.str.fullmatch(r"[0-9a-f]{64}").all() and layers.fingerprint.is_unique


def test_measuring_can_be_cancelled_on_the_way(office):
    class Impatient(Progress):
        def __init__(self):
            self.calls = 0

        def is_cancelled(self):
            self.calls += 1
            return self.calls > 1

    with pytest.raises(Cancelled):
        run(office, box(0, 0, 100, 100), progress=Impatient())


@pytest.mark.parametrize("value, day", [("2021/3/5", "2021-03-05"), ("20210305", "2021-03-05"), ("2021年3月5日", "2021-03-05"),
                                        ("2021-03-05T00:00:00", "2021-03-05"), ("2021", None), ("2021-13-40", None)])
def test_dates_of_papers_are_read_as_offices_write_them(value, day):
    assert iso_date(value) == day


# ---- the profile ----

WRONG = [
    ("{", "line 1"),
    ('{"version": 2}', "version"),
    ('{"version": 1, "layers": []}', "layers"),
    ('{"version": 1, "layers": [{"key": "a", "role": "approval"}]}', r"layers\[1\].source"),
    ('{"version": 1, "layers": [{"key": "a", "role": "nonsense", "source": "a.gpkg"}]}', r"layers\[1\].role"),
    ('{"version": 1, "layers": [{"key": "a", "role": "land_use", "source": "a.gpkg"}]}', "fields.class"),
    ('{"version": 1, "layers": [{"key": "a", "role": "supply", "source": "a.gpkg", "colour": 1}]}', "colour"),
    ('{"version": 1, "layers": [{"key": "a", "role": "supply", "source": "a", "date": "gestern"}]}', "date"),
    ('{"version": 1, "layers": [{"key": "a", "role": "supply", "source": "a", "fields": {"nr": "x"}}]}', "fields.nr"),
    ('{"version": 1, "layers": [{"key": "a", "role": "plan", "source": "a", "inside": ["1"]}]}', "fields.zone"),
    ('{"version": 1, "layers": [{"key": "a", "role": "supply", "source": "a", "filter": "x=1"}]}', "filter"),
    ('{"version": 1, "layers": [{"key": "a", "role": "supply", "source": "a"}, {"key": "a", "role": "plan", "source": "b"}]}',
     "twice"),
]


@pytest.mark.parametrize("text, at", WRONG)
def test_a_wrong_profile_is_refused_naming_the_file_the_place_and_the_remedy(tmp_path, text, at):
    path = tmp_path / "office.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=at) as refused:
        read_profile(path)
    assert "office.json" in str(refused.value) and refused.value.remedy.template


def test_a_profile_survives_being_written_and_read_again(office, tmp_path):
    first = read_profile(office)
    first.write(tmp_path / "again.json")
    assert read_profile(tmp_path / "again.json").layers == first.layers


def test_a_field_that_the_layer_lacks_is_found_before_anything_is_measured(tmp_path):
    write_layer(tmp_path / "a.gpkg", [box(0, 0, 1, 1)], {"DLBM": ["0101"]})
    path = profile(tmp_path, [{"key": "a", "role": "land_use", "source": "a.gpkg", "fields": {"class": "DL"}}])
    with pytest.raises(InputError, match="DL"):
        run(path, box(0, 0, 1, 1))


@pytest.mark.parametrize("name, fields, role, mapped", [
    ("DLTB_2025", ["BSM", "DLBM", "TBMJ"], "land_use", {"class": "DLBM"}),
    ("永久基本农田", ["YJJBNTTBBH"], "farmland", {}),
    ("农转用批文红线", ["PZWH", "PZRQ", "XMMC"], "approval", {"number": "PZWH", "date": "PZRQ", "project": "XMMC"}),
    ("供地红线", ["合同号", "用地单位"], "supply", {"number": "合同号", "user": "用地单位"}),
    ("设施农用地备案", ["BAH"], "facility", {"number": "BAH"}),
    ("临时用地", ["PZWH", "JZRQ"], "temporary", {"number": "PZWH", "until": "JZRQ"}),
    ("生态保护红线", [], "redline", {}),
    ("土规_建设用地管制区", ["GZQLXDM"], "plan", {"zone": "GZQLXDM"}),
    ("采矿权", ["XKZH"], "mining", {}),
])
def test_a_draft_recognises_layers_by_their_names_and_fields(name, fields, role, mapped):
    [layer] = draft([(name, "x.gpkg", fields)]).layers
    assert (layer.role, dict(layer.fields)) == (role, mapped)


def test_a_draft_leaves_out_what_it_does_not_recognise():
    assert [layer.source for layer in draft([("影像", "a.gpkg", ["x"]), ("DLTB", "b.gpkg", ["DLBM"])]).layers] == ["b.gpkg"]
