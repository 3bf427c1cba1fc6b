"""A frozen batch keeps what was reported and lets its cases go on (R52)."""
from __future__ import annotations

import pytest

from land_inspector.errors import InputError, RefusedError
from land_inspector.register import pursuing, judging
from land_inspector.register.issuing import issue_batch
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, squares
from tests.unit.law_cases import SAID

LAND = {"land_m2": 1600.0, "cultivated_m2": 0.0}


@pytest.fixture
def frozen(tmp_path):
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(4), by="甲")
        judge(register, {"T001": "2", "T002": "2"}, by="甲", effective_on="2026-05-20")
        judging.freeze(register, "B1", by="甲")
        yield register


def test_cases_and_remedies_of_a_frozen_batch_go_on_and_can_be_undone_and_redone(frozen):
    case = pursuing.open_case(frozen, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"], by="甲")
    pursuing.do_act(frozen, case, "site_check", on="2026-06-02", particulars=SAID["site_check"], by="甲")
    remedy = pursuing.order_remedy(frozen, "B1", "T002", "reclamation", LAND, on="2026-06-01", by="甲")
    pursuing.record_progress(frozen, {remedy: LAND}, on="2026-07-01", by="甲")
    pursuing.accept_remedies(frozen, [remedy], on="2026-07-10", level="2", by="甲")
    undone = undo(frozen, by="甲")
    assert not pursuing.tracks(frozen)[0].is_complete
    undo(frozen, undone.group, by="甲")
    assert pursuing.tracks(frozen)[0].is_complete
    assert not verify(frozen).broken


def test_verdicts_returns_and_reissues_of_a_frozen_batch_are_refused(frozen):
    events = len(frozen.storage.events())
    for edit in (lambda: judging.pass_review(frozen, "B1", ["T001"], level="county", by="甲"),
                 lambda: judging.return_parcels(frozen, "B1", ["T001"], level="city", reason="补照片", by="甲"),
                 lambda: judge(frozen, {"T003": "1"}, by="甲"), lambda: issue_batch(frozen, info(), squares(5, digest="d2"), by="甲")):
        with pytest.raises(RefusedError, match="is frozen"):
            edit()
    assert len(frozen.storage.events()) == events


def test_undoing_the_verdict_under_a_case_is_an_edit_of_what_was_reported(frozen):
    verdict = next(e.group for e in frozen.storage.events() if e.kind == "verdict_given")
    with pytest.raises(RefusedError, match="is frozen"):
        undo(frozen, verdict, by="甲", with_dependents=True)


def test_opening_a_frozen_batch_again_needs_a_reason_and_is_an_event_with_a_name(frozen):
    with pytest.raises(InputError, match="needs a reason"):
        judging.unfreeze(frozen, "B1", reason=" ", by="乙")
    opened = judging.unfreeze(frozen, "B1", reason="市局要求更正", by="乙")
    assert frozen.name_of(opened.events[-1].actor) == "乙" and opened.events[-1].payload["reason"] == "市局要求更正"
    judge(frozen, {"T003": "1"}, by="甲")
