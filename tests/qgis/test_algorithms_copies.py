"""The algorithms of copies as scripts call them: merging, courier files, the exchange folder, packages, second opinions."""
from __future__ import annotations

import shutil

import pytest

from land_inspector.register.issuing import issue_batch
from land_inspector.register.sealing import OriginBook
from land_inspector.register.register import Register
from tests.algorithms import run
from tests.factories import info, judge, new_register, squares


@pytest.fixture
def offices(tmp_path):
    """Two copies; T001 is judged differently in both."""
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(4), by="甲")
    shutil.copy2(tmp_path / "register.gpkg", tmp_path / "other.gpkg")
    for name, level, by in (("register", "1", "甲"), ("other", "2", "乙")):
        with Register.open(tmp_path / f"{name}.gpkg", origins=OriginBook()) as register:
            judge(register, {"T001": level, "T002": "1"}, by=by)
    return tmp_path


def test_merging_says_what_would_come_then_takes_it_in(offices):
    where = {"REGISTER": str(offices / "register.gpkg"), "OTHER": str(offices / "other.gpkg")}
    shown = run("merge_registers", **{**where, "REPORT": str(offices / "a.html")})
    assert shown["NEW"] == 4 and shown["CONFLICTS"] == 3 and "dry run" in (offices / "a.html").read_text(encoding="utf-8")
    taken = run("merge_registers", **{**where, "DRY_RUN": False})
    assert (taken["NEW"], taken["KNOWN"], taken["HELD"]) == (shown["NEW"], shown["KNOWN"], 0)
    again = run("merge_registers", **{**where, "DRY_RUN": False})
    assert (again["NEW"], again["CONFLICTS"]) == (0, 3)


def test_courier_files_and_the_folder_bring_the_same(offices):
    sent = run("send_courier", **{"REGISTER": str(offices / "other.gpkg"), "OUTPUT": str(offices / "a.lic")})
    assert run("merge_registers", **{"REGISTER": str(offices / "register.gpkg"), "OTHER": sent["OUTPUT"], "DRY_RUN": False})["NEW"] == 4
    (offices / "stick").mkdir()
    done = [run("exchange_couriers", **{"REGISTER": str(offices / f"{name}.gpkg"), "FOLDER": str(offices / "stick")})
            for name in ("register", "other", "register")]
    assert done[0]["SENT"] > 0 and done[1]["RECEIVED"] > 0 and (done[2]["SENT"], done[2]["RECEIVED"]) == (0, 0)


def test_a_package_and_a_second_opinion_go_out_and_come_back(offices):
    register = str(offices / "register.gpkg")
    given = run("give_out_package", **{"REGISTER": register, "TOWNSHIP": "331082100", "WHAT": "review", "TO": "李四",
                                       "OUTPUT": str(offices / "p.zip")})
    assert given["ROWS"] == 4
    back = run("take_back_package", **{"REGISTER": register, "PACKAGE": given["OUTPUT"], "DRY_RUN": False})
    assert (back["TAKEN"], back["KNOWN"], back["LEFT"]) == (0, 0, 0)
    asked = run("second_opinion", **{"REGISTER": register, "BATCH": "B1", "SIZE": 1, "SEED": 5, "OUTPUT": str(offices / "s.zip")})
    assert asked["ROWS"] == 1 and asked["ROUND"]
    told = run("second_opinion_table", **{"REGISTER": register, "BATCH": "B1", "REPORT": str(offices / "s.html")})
    assert (told["PAIRS"], told["KAPPA"]) == (0, None)
