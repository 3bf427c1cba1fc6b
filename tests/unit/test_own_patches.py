"""What verdicts add to own patches: the order of the queue, the memory, the quality page; from a file to a batch and back."""
from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from land_inspector.changes.features import NUMBERS
from land_inspector.changes.ranking import Memory, learnt, logistic, order
from land_inspector.exchange.own_patches import export_chips, image_file, quality_page, queue_rows, with_source
from land_inspector.register import issuing, own_patches as remembering, undoing
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.own_patches import RANKING, keep_ranking, own_patches, queue_places, ranker_of, similar_to
from land_inspector.register.splitting import split_parcels
from land_inspector.register.views.parcels import living_list
from tests import changed_scenes as scenes, factories
from tests.unit.test_register_history import halves

COUNT = 60
REAL = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 100.0, "WFGD": 0.0, "WFJBNT": 0.0}
CROPS = {"PDJL1": "3", "PDJL2": "301"}


def _numbers(seed=1, count=COUNT):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(count, len(NUMBERS)))
    return numbers, numbers[:, 3] + 0.3 * rng.normal(size=count) > 0  # the fourth number tells, the score does not


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    """A batch of 60 own patches, every tenth drawn at random; their scores fall with the rank."""
    numbers, _truth = _numbers()
    patches = []
    for n in range(COUNT):
        patch = factories.patch(f"ZC20250505{n + 1:04d}", factories.square(n), row=n + 1, TZ="sketch", BZ="它变亮了")
        patch.other.update(numbers=json.dumps(numbers[n].round(4).tolist()), score=str(30 - n / 10), rank=str(n + 1),
                           random=str(int(n % 10 == 9)))
        patches.append(patch)
    with factories.new_register(tmp_path_factory.mktemp("own")) as made:
        said = factories.intake(patches)
        issuing.issue_batch(made, with_source(factories.info(), said), said)
        yield made


def test_a_file_of_sketches_becomes_a_batch_of_source_07_in_the_order_of_its_ranks(register):
    assert register.batch("B1").LY == "07"
    places = queue_places(register, "B1")
    assert [one.label for one in sorted(own_patches(register), key=lambda one: places[one.parcel_id])][:3] == [
        "ZC202505050001", "ZC202505050002", "ZC202505050003"]
    frame = living_list(register, "B1")
    assert sorted(frame["queue_place"]) == list(range(COUNT)) and ranker_of(own_patches(register)) is None
    assert with_source(factories.info(), factories.squares(2)).source == "01"


def test_after_twenty_verdicts_the_queue_follows_what_they_teach(register):
    _values, truth = _numbers()
    labels = [one.label for one in own_patches(register)]
    give_verdicts(register, "B1", [Entry(labels[n], REAL if truth[n] else CROPS) for n in range(19)])
    assert ranker_of(own_patches(register)) is None
    give_verdicts(register, "B1", [Entry(labels[n], REAL if truth[n] else CROPS) for n in range(19, 30)])
    assert keep_ranking(register).verdicts == 30
    kept = json.loads(register.storage.meta()[RANKING])
    assert len(kept["coefficients"]) == 32 and kept["names"] == list(NUMBERS)
    places = queue_places(register, "B1")
    waiting = sorted((one for one in own_patches(register) if one.confirmed is None and not one.is_random),
                     key=lambda one: places[one.parcel_id])
    first = [truth[labels.index(one.label)] for one in waiting[:8]]
    found = [truth[labels.index(one.label)] for one in sorted(waiting, key=lambda one: one.place)[:8]]
    assert sum(first) >= sum(found) + 1 and sum(first) >= 6
    page = quality_page(own_patches(register), ranker_of(own_patches(register)), "B1")
    judged = sum(truth[:30])
    assert f"{judged} / 30" not in page or "=" in page
    assert "Drawn at random" in page and len(queue_rows(own_patches(register), places)) == COUNT


def test_the_memory_shows_five_decided_ones_and_never_itself(register):
    patches = own_patches(register)
    decided = [one for one in patches if one.confirmed is not None]
    assert len(decided) == 30
    for own in (patches[0], patches[45]):
        found = similar_to(register, own.parcel_id)
        others = sorted((one for one in decided if one.parcel_id != own.parcel_id), key=lambda one: _away(decided, own, one))
        assert [one.label for one in found] in ([], [one.label for one in others[:5]])
        assert all(one.distance <= one.limit for one in found)
        assert all(one.outline and (one.image_before, one.image_after) == ("20260301", "20260501") for one in found)
    assert any(similar_to(register, one.parcel_id) for one in patches)


def test_the_memory_follows_every_act_and_is_what_reading_anew_makes(tmp_path):
    numbers, _truth = _numbers(seed=8, count=30)
    patches = [factories.patch(f"P{n:02d}", factories.square(n), row=n + 1, TZ="sketch") for n in range(30)]
    for n, patch in enumerate(patches):
        patch.other.update(numbers=json.dumps(numbers[n].round(4).tolist()), score="9", rank=str(n + 1), random="0")
    with factories.new_register(tmp_path) as made:
        said = factories.intake(patches)
        issuing.issue_batch(made, with_source(factories.info(), said), said)
        kept = remembering._Kept()
        kept.of(made)

        def judged(first, last, verdict):
            return give_verdicts(made, "B1", [Entry(f"P{n:02d}", verdict) for n in range(first, last)]).recorded

        cut = None
        for act in (lambda: judged(0, 12, REAL), lambda: judged(3, 5, CROPS), lambda: undoing.undo(made, judged(12, 14, REAL).group),
                    lambda: split_parcels(made, "B1", {"P02": halves(2)}), lambda: undoing.undo(made), lambda: judged(14, 30, CROPS),
                    lambda: issuing.issue_batch(made, factories.info(code="B2"), factories.squares(2)),
                    lambda: judged(20, 21, {"PDJL1": "0"})):
            cut = act() or cut
            known, anew = kept.of(made), remembering._read_anew(made, 0)
            assert {one.parcel_id: one.numbers for one in known.decided} == {one.parcel_id: one.numbers for one in anew.decided}
            assert known.own.keys() == anew.own.keys() and len(known.memory) == len(anew.memory)
            assert known.memory.limit == pytest.approx(anew.memory.limit, rel=1e-5)
            assert (known.memory.middle == anew.memory.middle).all() and known.memory.spread == pytest.approx(anew.memory.spread)
            for asked in (numbers[0], numbers[17] + 0.2):
                near, right = ([(one.decided[each.place].parcel_id, round(each.distance, 4)) for each in one.memory.nearest(asked)]
                               for one in (known, anew))
                assert near == right


def _away(decided, one, two):
    values = np.array([each.numbers for each in decided])
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0)
    return float((((np.array(one.numbers) - two.numbers) / spread) ** 2).sum())


# --- the arithmetic -----------------------------------------------------------------------------------------------------

def test_the_regression_is_at_its_optimum_and_separable_data_end():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 6))
    truth = x[:, 0] + rng.normal(size=80) > 0.6
    w, b = logistic(x, truth)
    balance = np.where(truth, 80 / (2 * truth.sum()), 80 / (2 * (~truth).sum()))

    def loss(values):
        margin = np.where(truth, 1, -1) * (x @ values[:-1] + values[-1])
        return 0.5 * (values[:-1] ** 2).sum() + 0.05 * (balance * np.log1p(np.exp(-margin))).sum()

    best = np.append(w, b)
    for n in range(7):
        step = np.zeros(7)
        step[n] = 1e-4
        assert loss(best) <= loss(best + step) and loss(best) <= loss(best - step)
    w, b = logistic(x * 50, x[:, 0] > 0)
    assert np.isfinite(w).all() and np.isfinite(b)


def test_one_kind_of_verdict_or_few_of_them_change_no_order():
    numbers, truth = _numbers()
    scores = -np.arange(COUNT, dtype=float)
    assert learnt(numbers, [True] * 30 + [None] * 30) is None and learnt(numbers, truth[:19].tolist() + [None] * 41) is None
    assert order(scores, numbers, [None] * COUNT, [False] * COUNT).tolist() == list(range(COUNT))
    mixed = order(scores, numbers, truth[:30].tolist() + [None] * 30, [n % 10 == 9 for n in range(COUNT)])
    assert sorted(mixed.tolist()) == list(range(COUNT)) and all(mixed[n] % 10 == 9 for n in range(9, COUNT, 10))


def test_the_memory_agrees_with_brute_force_and_asks_a_hundred_thousand_in_a_tenth_of_a_second():
    rng = np.random.default_rng(2)
    numbers = rng.normal(size=(100_000, 32)) * rng.uniform(0.5, 3, 32)
    memory = Memory(numbers)
    middle = np.median(numbers, axis=0)
    spread = 1.4826 * np.median(np.abs(numbers - middle), axis=0)
    asked = numbers[17] + 0.01
    right = np.argsort((((numbers - asked) / spread) ** 2).sum(axis=1))[:5]
    started = time.process_time()
    found = memory.nearest(asked)
    assert time.process_time() - started < 0.05  # measured 0.005
    assert [near.place for near in found] == right.tolist() and 17 not in [near.place for near in memory.nearest(asked, 17)]
    started = time.process_time()
    more = memory.changed([5, 99], numbers[:1] + 0.5)
    assert time.process_time() - started < 0.5  # measured 0.1, whole registers of them: beside the window
    anew = Memory(np.concatenate([np.delete(numbers, [5, 99], axis=0), numbers[:1] + 0.5]))
    assert (more.middle == anew.middle).all() and (more.spread == anew.spread).all() and len(more) == len(anew)
    assert [near.place for near in more.nearest(asked)] == [near.place for near in anew.nearest(asked)]
    assert memory.nearest(numbers[0] + 100) == [] and Memory(numbers[:4]).nearest(numbers[0]) == []
    assert Memory(np.zeros((0, 32))).nearest(numbers[0]) == []


def test_a_patch_that_the_finder_did_not_describe_is_no_own_patch(tmp_path):
    with factories.new_register(tmp_path) as made:
        strange = factories.patch("A1", factories.square(1), TZ="sketch")
        strange.other["numbers"] = "[1, 2]"
        said = factories.intake([strange])
        issuing.issue_batch(made, replace(factories.info(), source="07"), said)
        assert own_patches(made) == [] and queue_places(made, "B1") == {}
        assert similar_to(made, made.parcels("B1")["parcel_id"].iloc[0]) == []


def test_chips_hold_what_was_decided_and_nothing_else(tmp_path):
    before, after = scenes.pair(tmp_path / "images")
    with factories.new_register(tmp_path) as made:
        near = [factories.patch(f"P{n}", factories.square(5 + 5 * n, row=-8), row=n, CMC="某村") for n in range(1, 4)]
        issuing.issue_batch(made, factories.info(), factories.intake([*near, factories.patch("P9", factories.square(500), row=9)]))
        give_verdicts(made, "B1", [Entry("P1", REAL), Entry("P2", CROPS), Entry("P9", REAL)])
        images = tuple(image_file(str(path)) for path in (before, after))
        chips = export_chips(made, None, images, tmp_path / "chips.npz", size=32)
        export_chips(made, None, images, tmp_path / "again.npz", size=32)
    assert (chips.count, chips.confirmed, chips.outside) == (2, 1, 1)
    assert (tmp_path / "chips.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    with np.load(tmp_path / "chips.npz", allow_pickle=False) as held:
        assert held["before"].shape == (2, 4, 32, 32) and set(np.unique(held["mask"])) == {0, 1, 255}
        said = bytes(held["manifest"]).decode("utf-8")
    assert "某村" not in said and json.loads(said)["confirmed"] == 1
