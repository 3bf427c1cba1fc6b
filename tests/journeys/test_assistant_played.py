"""The first hour in the real desktop, on the layers of a county that is not ours: from an empty QGIS to the first verdict."""
from __future__ import annotations

from pathlib import Path

import pytest

from land_inspector.register.register import Register
from tests.journeys.test_desktop import pytestmark, run_desktop  # noqa: F401 - the mark counts for this module too

RONDONIA = Path(__file__).parents[2] / "sample" / "rondonia"
#: Language, screen, theme of QGIS.
DESKS = [("zh-Hans", (1366, 768), "Night Mapping"), ("en", (1920, 1080), "")]


@pytest.fixture(scope="module", params=DESKS, ids=["zh-small-dark", "en-large-light"])
def seen(request, tmp_path_factory):
    language, size, theme = request.param
    home = tmp_path_factory.mktemp("assistant")
    story = run_desktop(home, language, "drive_assistant.py", size, theme, LI_DATA=str(RONDONIA), LI_SURVEY="s2class:class",
                        LI_SIZE=f"{size[0]}x{size[1]}")
    return {**story, "language": language, "home": home}


def test_the_townships_and_their_fields_are_known_by_what_stands_in_them(seen):
    assert "sample_zones" in seen["townships"] and (seen["code"], seen["name"]) == ("code", "name")


def test_crs_and_unit_are_told_with_the_reason_before_anything_comes_in(seen):
    assert "EPSG:4674" in seen["3-patches says"] and ("m²" in seen["3-patches says"] or "平方米" in seen["3-patches says"])


def test_sixteen_clicks_lead_to_the_first_patch_four_of_them_for_what_no_name_gives_away(seen):
    assert seen["clicks"] <= 16 and seen["first"]


def test_the_register_holds_patches_evidence_and_proposals(seen):
    with Register.open(seen["home"] / "county.gpkg") as register:
        batch = register.batches()["PCBH"].iloc[0]
        assert len(register.parcels(batch)) > 100 and len(register.storage.frame("proposal")) > 100


def test_a_key_records_once_and_the_line_over_the_map_says_what(seen):
    assert "Ctrl+Alt+Z" in seen["told"] and "RO0" in seen["told"]


def test_the_card_has_room_and_every_verdict_key_is_in_sight(seen):
    assert seen["card lines"] >= 8 and all(seen["keys in sight"]) and seen["width"] <= 320


def test_no_key_of_ours_is_one_of_qgis(seen):
    assert seen["shared keys"] == []


def test_python_complains_of_nothing(seen):
    assert "Traceback" not in seen["stderr"]
