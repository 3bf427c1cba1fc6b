"""Routes over roads that can be reckoned by hand."""
from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from qgis.core import QgsProcessingException, QgsVectorLayer

from tests.algorithms import Told, run, write_layer
from tests.factories import X0, Y0


def at(x, y):
    return shapely.Point(X0 + x, Y0 + y)


def road(*places):
    return shapely.LineString([(X0 + x, Y0 + y) for x, y in places])


@pytest.fixture
def targets(tmp_path):
    corners = [(at(0, 0), ("甲",)), (at(1000, 0), ("乙",)), (at(1000, 1000), ("丙",)), (at(0, 1000), ("丁",))]
    return write_layer(tmp_path / "targets.gpkg", corners, {"NAME": str})


def legs(result):
    layer = QgsVectorLayer(result["OUTPUT"], "route", "ogr")
    return [(f["FROM"], f["TO"], f["LENGTH_M"], f["BY_ROAD"], f.geometry().length()) for f in layer.getFeatures()]


def test_without_roads_the_way_is_straight_times_the_detour(tmp_path, targets):
    result = run("plan_route", INPUT=targets, NAME_FIELD="NAME", DETOUR=1.5, OUTPUT=tmp_path / "out.gpkg")
    found = legs(result)
    assert [leg[0] for leg in found][0] == "甲" and len(found) == 4 and result["STOPS"] == 4
    assert result["LENGTH_M"] == pytest.approx(6000, rel=1e-3) and result["BOUND_M"] == result["LENGTH_M"]
    assert sum(leg[2] for leg in found) == pytest.approx(result["LENGTH_M"]) and not any(leg[3] for leg in found)


def test_roads_join_where_they_share_a_vertex_and_the_tour_follows_them(tmp_path, targets):
    roads = write_layer(tmp_path / "roads.gpkg", [(road((0, 0), (1000, 0)), (1,)), (road((1000, 0), (1000, 1000)), (1,)),
                                                  (road((1000, 1000), (0, 1000)), (1,))], {"K": int})
    result = run("plan_route", INPUT=targets, ROADS=roads, NAME_FIELD="NAME", RETURN=False, OUTPUT=tmp_path / "out.gpkg")
    found = legs(result)
    assert [leg[:2] for leg in found] == [("甲", "乙"), ("乙", "丙"), ("丙", "丁")] and result["OFF_ROAD"] == 0
    assert result["LENGTH_M"] == pytest.approx(3000, rel=1e-3) and all(leg[3] for leg in found)
    closed = run("plan_route", INPUT=targets, ROADS=roads, OUTPUT=tmp_path / "closed.gpkg")
    assert closed["LENGTH_M"] == pytest.approx(6000, rel=1e-3)  # there is no other way back than the way there


def test_roads_that_lead_one_way_are_gone_that_way(tmp_path, targets):
    """A square that may be gone round one way only: 甲 乙 丙 丁; with the other value the other way round."""
    ring = [((0, 0), (1000, 0)), ((1000, 0), (1000, 1000)), ((1000, 1000), (0, 1000)), ((0, 1000), (0, 0))]
    roads = write_layer(tmp_path / "roads.gpkg", [(road(*ends), ("F",)) for ends in ring], {"oneway": str})
    given = {"INPUT": targets, "ROADS": roads, "NAME_FIELD": "NAME", "DIRECTION_FIELD": "oneway"}
    for values, order in (({"VALUE_FORWARD": "F"}, "甲乙丙丁"), ({"VALUE_FORWARD": "x", "VALUE_BACKWARD": "F"}, "甲丁丙乙")):
        found = run("plan_route", **given, **values, OUTPUT=tmp_path / f"{order}.gpkg")
        assert "".join(leg[0] for leg in legs(found)) == order and found["LENGTH_M"] == pytest.approx(4000, rel=1e-3)
        assert all(leg[3] and leg[4] == pytest.approx(1000, rel=1e-3) for leg in legs(found)) and found["OFF_ROAD"] == 0
    open_tour = run("plan_route", **given, VALUE_FORWARD="F", START=f"{X0 + 1000},{Y0} [EPSG:4549]", RETURN=False,
                    OUTPUT=tmp_path / "o.gpkg")
    assert [leg[1] for leg in legs(open_tour)] == ["乙", "丙", "丁", "甲"]
    with pytest.raises(QgsProcessingException):
        run("plan_route", **{**given, "DIRECTION_FIELD": "nothing"}, OUTPUT=tmp_path / "x.gpkg")


def test_a_target_that_no_road_reaches_is_named_and_not_left_out(tmp_path, targets):
    roads = write_layer(tmp_path / "roads.gpkg", [(road((0, 0), (1000, 0)), (1,)), (road((1000, 0), (1000, 1000)), (1,)),
                                                  (road((0, 1400), (0, 1500)), (1,))], {"K": int})
    told = Told()
    result = run("plan_route", feedback=told, INPUT=targets, ROADS=roads, NAME_FIELD="NAME", OUTPUT=tmp_path / "out.gpkg")
    assert result["OFF_ROAD"] == 1 and any("丁" in text for text in told.warnings) and len(legs(result)) == 4


def test_the_start_is_where_it_is_said_and_the_tour_is_the_best_of_all(tmp_path):
    places = np.random.default_rng(4).uniform(0, 5000, (6, 2))
    layer = write_layer(tmp_path / "t.gpkg", [(at(x, y), (str(n),)) for n, (x, y) in enumerate(places)], {"NAME": str})
    result = run("plan_route", INPUT=layer, START=f"{X0},{Y0} [EPSG:4549]", DETOUR=1.0, OUTPUT=tmp_path / "out.gpkg")
    stops = np.vstack([[0, 0], places])
    d = np.hypot(*(stops[:, None] - stops[None]).transpose(2, 0, 1))
    best = min(sum(d[a, b] for a, b in zip((0, *way), (*way, 0))) for way in itertools.permutations(range(1, 7)))
    assert result["LENGTH_M"] == pytest.approx(best, rel=1e-3) and result["STOPS"] == 7


def test_too_few_targets_and_targets_without_a_place_are_refused(tmp_path):
    one = write_layer(tmp_path / "one.gpkg", [(at(0, 0), ("a",))], {"NAME": str})
    with pytest.raises(QgsProcessingException, match="2 to"):
        run("plan_route", INPUT=one, OUTPUT=tmp_path / "out.gpkg")
    empty = write_layer(tmp_path / "empty.gpkg", [(at(0, 0), ("a",)), (shapely.Point(), ("b",)), (at(5, 5), ("c",))], {"NAME": str})
    with pytest.raises(QgsProcessingException, match="no place"):
        run("plan_route", INPUT=empty, OUTPUT=tmp_path / "out2.gpkg")
