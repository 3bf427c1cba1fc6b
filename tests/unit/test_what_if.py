"""What would be, against a table made anew; and the least that must go, against trying every amount."""
from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.errors import InputError
from land_inspector.exchange.baskets import read_baskets, write_baskets
from land_inspector.law.indicators import Ratio, ratios, tally
from land_inspector.law.rulepack import GROSS, Label, NET, Threshold, shipped_packs
from land_inspector.law.rectification import IllegalLand
from land_inspector.law.state_frames import remedies_frame
from land_inspector.law.what_if import LEGAL, OTHER, RECTIFIED, WISHES, Basket, WhatIf, common, least_to_shed

from . import law_frames as frames
from .test_law_remedies import accepted, done, track

TOWNS = ("331082101", "331082102", None)


def a_pack(mode):
    return dataclasses.replace(shipped_packs()[0], denominator_mode=mode)


parcel = st.fixed_dictionaries({
    "kind": st.sampled_from(["legal", "illegal", "other", "open"]), "area": st.integers(1, 5000), "part": st.sampled_from([0, 0.3, 1]),
    "town": st.sampled_from(TOWNS), "unsupplied": st.booleans(), "own": st.booleans(), "split": st.booleans()})


def frame_of(rows):
    made = []
    for row in rows:
        cultivated = row["area"] * row["part"]
        said = {"legal": dict(PDJL1="1", PDJL2="101"), "illegal": dict(PDJL1="2", PDJL2="203" if row["unsupplied"] else "201"),
                "other": dict(PDJL1="3", PDJL2="301"), "open": {}}[row["kind"]]
        own = dict(WFMJ=float(row["area"]), WFGD=float(cultivated)) if row["own"] and row["kind"] == "illegal" else {}
        made.append({**said, **own, "DKMJ": float(row["area"]), "GDMJ": float(cultivated), "XZDM": row["town"],
                     "TBZT": "1" if row["split"] else "0"})
    return frames.parcels(*made)


def remedies_of(parcels, pack, rectified=()):
    """The remedies frame with the land of some parcels demolished, reclaimed and accepted."""
    lands = [IllegalLand(row.parcel_id, row.WFMJ if row.WFMJ is not None else row.DKMJ, row.WFGD if row.WFGD is not None else row.GDMJ,
                         row.PDJL2 == "203") for row in parcels.itertuples() if row.PDJL1 == "2"]
    ended = [accepted(done(track("reclamation", land.illegal_m2, land.cultivated_m2, land.parcel))) for land in lands
             if land.parcel in rectified]
    tracks = [dataclasses.replace(one, parcel=one.id) for one in ended]
    return remedies_frame(lands, tracks, pack, {})


@settings(max_examples=30, deadline=None)
@given(st.lists(parcel, min_size=1, max_size=12), st.lists(st.sampled_from(WISHES), min_size=12, max_size=12),
       st.sampled_from([GROSS, NET]), st.sets(st.integers(0, 11)))
def test_ticks_give_what_a_table_made_anew_gives(rows, wishes, mode, chosen):
    pack, parcels = a_pack(mode), frame_of(rows)
    ticks = {f"p{n}": wishes[n] for n in chosen if n < len(rows)}
    asked = WhatIf(parcels, pack, remedies_of(parcels, pack))
    anew = parcels.copy()
    for key, wish in ticks.items():
        if wish != RECTIFIED:
            at = anew.index[(anew["parcel_id"] == key) & (anew["PDJL1"] == "2") & (anew["TBZT"] != "1")]
            anew.loc[at, ["PDJL1", "PDJL2", "WFMJ", "WFGD"]] = ["1" if wish == LEGAL else "3", None, None, None]
    kept = {key for key, wish in ticks.items() if wish == RECTIFIED}
    table = tally(anew, frames.patches(), pack, "XZDM", remedies_of(anew, pack, kept))
    found = asked.outcomes(ticks)
    for key in asked.keys:
        assert found[key].then == ratios(table.loc[key], mode)
    assert found[None].then == ratios(table.sum(), mode)
    assert found[None].now == asked.outcomes({})[None].then


def test_what_is_not_illegal_here_changes_nothing_and_an_unknown_wish_is_an_error():
    parcels = frames.parcels(frames.legal(100.0, 50.0), frames.illegal(100.0, 50.0))
    asked = WhatIf(parcels, a_pack(GROSS))
    assert not asked.can_be("p0") and asked.can_be("p1") and not asked.can_be("elsewhere")
    found = asked.outcomes({"p0": OTHER, "elsewhere": LEGAL, "p1": LEGAL})
    assert found[None].ticked == 1 and found[None].then["r2"].numerator == 0
    with pytest.raises(KeyError):
        asked.outcomes({"p1": "wished away"})


def a_line(sign, percent):
    return Threshold("x", Label("线", "line"), ("r4",), sign, Fraction(percent))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([">", ">=", "<", "<="]),
       st.sampled_from([0, 8, 15, 50, 100, Fraction(25, 2)]), st.sampled_from([GROSS, NET]))
def test_the_least_to_shed_is_the_first_amount_that_holds(numerator, more, sign, percent, mode):
    ratio, line = Ratio(numerator, numerator + more), a_line(sign, percent)
    if ratio.value is None:
        assert least_to_shed(ratio, line, mode) is None
        return

    def crossed(shed):
        left = Ratio(numerator - shed, ratio.denominator - shed * (mode == NET))
        return left.value is not None and line.is_breached(left.value)

    tried = next((shed for shed in range(numerator + 1) if not crossed(shed)), None)
    assert least_to_shed(ratio, line, mode) == tried


def test_baskets_share_what_they_share():
    assert common([Basket("a", {"x": LEGAL, "y": RECTIFIED}), Basket("b", {"x": LEGAL, "y": OTHER})]) == {"x": LEGAL}
    assert common([]) == {}


def test_many_parcels_agree_with_the_table():
    numbers = np.random.default_rng(1)
    n = 5_000
    parcels = pd.DataFrame({**{name: [value] * n for name, value in frames.PARCEL.items()}, "parcel_id": [f"p{i}" for i in range(n)],
                            "PDJL1": numbers.choice(["1", "2", "3"], n), "DKMJ": numbers.uniform(100, 5000, n),
                            "GDMJ": numbers.uniform(0, 100, n), "XZDM": numbers.choice(["a", "b", "c", "d"], n)})
    table, asked = tally(parcels, frames.patches(), a_pack(GROSS)), WhatIf(parcels, a_pack(GROSS))
    assert all(asked.outcomes({})[key].now[code] == ratios(table.loc[key], GROSS)[code] for key in "abcd" for code in ("r1", "r2"))


def test_baskets_are_kept_beside_the_register_and_those_of_another_are_refused(tmp_path):
    path = tmp_path / "register.baskets.json"
    assert read_baskets(path, "r1") == []
    kept = [Basket("一月前完成", {"b": RECTIFIED, "a": LEGAL}), Basket("全部", {})]
    write_baskets(path, "r1", kept)
    assert read_baskets(path, "r1") == kept
    with pytest.raises(InputError, match="another register"):
        read_baskets(path, "r2")
    with pytest.raises(InputError, match="name of its own"):
        write_baskets(path, "r1", [Basket("a"), Basket("a ")])
    assert read_baskets(path, "r1") == kept


OURS = '{"format": "land_inspector.baskets", "register": "r1", "baskets": '


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": "x"}', OURS + "[1]}", OURS + '[{"name": "a", "ticks": {"p": "x"}}]}'])
def test_a_damaged_file_of_baskets_says_so(tmp_path, content):
    (tmp_path / "b.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="b.json"):
        read_baskets(tmp_path / "b.json", "r1")
