"""The real desktop in both languages: a parcel split by a drawn line and along a layer, merged, and undone."""
from __future__ import annotations

import json
import shutil

import pytest
import shapely

from land_inspector.evidence.profile import read_profile
from land_inspector.register.measuring import measure_batch
from land_inspector.register.register import Register
from tests.algorithms import write_layer
from tests.factories import X0, Y0
from tests.journeys.test_desktop import make_register, run_desktop

pytestmark = pytest.mark.skipif(not (shutil.which("xvfb-run") and shutil.which("qgis")),
                                reason="needs the desktop and a virtual screen")


def measure(home):
    """Cultivated land in the south of every patch, an approval over the west of T032."""
    fields = [(shapely.box(X0, Y0 + 100 * n - 10, X0 + 7000, Y0 + 100 * n + 15), ("0103",)) for n in range(62)]
    rest = [(shapely.box(X0, Y0 + 100 * n + 15, X0 + 7000, Y0 + 100 * n + 90), ("0301",)) for n in range(62)]
    write_layer(home / "dltb.gpkg", fields + rest, {"DLBM": str})
    west = shapely.box(X0 + 3190, Y0 + 3190, X0 + 3212, Y0 + 3290)
    write_layer(home / "approved.gpkg", [(west, ("某政土〔2025〕1号",))], {"PZWH": str})
    layers = [{"key": "pw", "role": "approval", "source": "approved.gpkg", "name": "农转用批文", "fields": {"number": "PZWH"}},
              {"key": "dltb", "role": "land_use", "source": "dltb.gpkg", "name": "三调", "fields": {"class": "DLBM"}}]
    (home / "profile.json").write_text(json.dumps({"version": 1, "layers": layers}), encoding="utf-8")
    with Register.open(home / "register.gpkg") as register:
        measure_batch(register, "B1", read_profile(home / "profile.json"))


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("cutting")
    make_register(home)
    measure(home)
    return run_desktop(home, request.param, "drive_cutting.py", LI_NUMBER="T042", LI_SECOND="T032")


def test_no_key_of_ours_means_something_else_in_qgis_as_well(seen):
    assert seen["keys that mean two things"] == []


def test_a_line_is_drawn_by_key_and_mouse_and_its_pieces_are_shown_before_anything_is_kept(seen):
    (a, *first), (b, *second), (_, *whole) = seen["shown"]
    assert seen["tool in hand"] and seen["letters"] == [a, b] == ["A", "B"]
    assert [first[0], second[0], whole[0]] == ["T042-01", "T042-02", "T042"]
    assert round(first[1] + second[1], 2) == round(whole[1], 2) and 0.6 < first[1] / whole[1] < 0.7
    assert round(first[2] + second[2], 2) == round(whole[2], 2) and seen["kept before"] == 0


def test_enter_makes_it_so_in_one_act_and_the_first_piece_is_chosen(seen):
    assert (seen["kept after"], seen["chosen"], seen["outlined"], seen["tool away"]) == (1, "T042-01", True, True)


def test_a_line_that_ends_inside_says_so_and_escape_leaves_nothing(seen):
    assert "止于地块内部" in seen["refused"] or "ends inside" in seen["refused"]
    assert seen["given up"]


def test_a_parcel_is_split_along_a_layer_of_its_measuring(seen):
    assert len(seen["layers"]) == 2 and [row[1] for row in seen["along"]] == ["T032-01", "T032-02", "T032"]
    assert seen["along made"] == "T032-01"


def test_the_pieces_are_merged_again(seen):
    assert [row[1] for row in seen["merging"]] == ["T032-01", "T032-02", "T032"] and seen["merged"] == "T032"


def test_each_undo_chooses_what_has_come_back(seen):
    assert seen["undone"] == [["T032-01", 62], ["T032", 61], ["T032", 60]]


def test_leaving_in_the_middle_of_a_line_leaves_neither_bands_nor_the_tool(seen):
    assert seen["stopped"] is True and seen["left on the map"] == 0 and seen["tool left"] != "CutTool"
    assert "Traceback" not in seen["stderr"]
