"""The demonstration county's cases: every stage is there, the register verifies, and the figures are what a plain count of events gives."""
from __future__ import annotations

import json
import sqlite3
from collections import Counter

import pytest
from qgis.core import QgsVectorLayer

from land_inspector.law.acts import STATES
from land_inspector.register import figures, pursuing
from land_inspector.register.register import Register
from tools import main_job
from tools.demo.making import make_county
from tools.demo.plan import CountyPlan
from tools.headless_plugin import provide


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    provide()
    county = tmp_path_factory.mktemp("county")
    make_county(county, CountyPlan(), images=False)
    return main_job.demo_county(tmp_path_factory.mktemp("run"), county, say=lambda text: None)


@pytest.fixture(scope="module")
def events(job):
    """Payloads by kind, read from the file without the plugin."""
    with sqlite3.connect(job.register) as connection:
        rows = connection.execute("SELECT kind, effective_on, payload FROM event ORDER BY number").fetchall()
    return [(kind, day, json.loads(payload)) for kind, day, payload in rows]


def acts(events, name):
    return {said["case"] for kind, _day, said in events if kind == "case_act" and said["act"] == name}


def decided(events):
    """Cases whose decision stands: what was revoked and is being made anew is not dealt with."""
    last = {said["case"]: said["act"] for kind, _day, said in events if kind == "case_act" and said["act"] in ("decide", "redo")}
    revoked = {case for case, act in last.items() if act == "redo"}
    assert revoked < acts(events, "decide"), "the county has some of both"
    return acts(events, "decide") - revoked


def indicators(job):
    layer = QgsVectorLayer(str(job.folder / main_job.INDICATORS), "t", "ogr")
    return [{field.name(): feature[field.name()] for field in layer.fields()} for feature in layer.getFeatures()]


def test_cases_stand_in_every_state_that_a_county_has(job):
    with Register.open(job.register) as register:
        states = Counter(case.state for case in pursuing.cases(register))
        illegal = (register.parcels(main_job.FIRST)["PDJL1"] == "2").sum()
    assert set(STATES) - set(states) <= {"S2", "S9", "S13", "N2"} and states["S15"] > 10
    assert sum(states.values()) < illegal


def test_filing_handling_and_closing_are_counted_from_the_events(job, events):
    *_towns, county = indicators(job)
    opened = {said["case"] for kind, _day, said in events if kind == "case_opened"}
    assert county["LA_FZ"] == len(acts(events, "file")) and county["JA_FZ"] == len(acts(events, "close"))
    ends = ("settle_unfiled", "transfer_case", "end_investigation")
    assert county["CC_FZ"] == len(decided(events).union(*(acts(events, name) for name in ends)))
    assert county["JA_FM"] == county["LA_FZ"] and county["CC_FM"] > len(opened)


def test_the_townships_add_up_to_the_county(job):
    *towns, county = indicators(job)
    for name in ("WF_S", "WF_M2", "ZG_S", "LA_FZ", "LA_FM", "CC_FZ", "JA_FZ", "FK_FZ_Y", "FK_FM_Y", "MSJZ_M2", "CCJZ_M2", "YSGA", "CF_FZ"):
        assert sum(row[name] for row in towns) == pytest.approx(county[name]), name
    assert county["ZG_S"] > 10 and county["R4_PC"] < county["R2_PC"]


def test_what_was_accepted_too_late_is_rectified_and_never_deducted(job):
    with Register.open(job.register) as register:
        found = figures.frames(register, figures.Scope(batch=main_job.LAST_YEAR)).remedies
    late = found[found["rectified"] & (found["r3_m2"] == 0)]
    assert (len(found), len(late), found["rectified"].sum()) == (6, 2, 6)


def test_the_year_is_told_in_the_end(job, events):
    text = next(answer["TEXT"] for answer in job.counts if answer["algorithm"] == "county_paragraph")
    found = {said["case"] for kind, day, said in events if kind == "case_opened" and day.startswith("2026")}
    assert text.startswith(f"{len(found & acts(events, 'file'))} cases were filed")
    assert f"{len(found & acts(events, 'close'))} cases are closed" in text
