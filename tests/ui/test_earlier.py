"""What was at a place before: earlier batches only, how it ended, and a warning where it comes back."""
from __future__ import annotations

import pytest

from land_inspector.progress import Progress
from land_inspector.register import issuing, judging, pursuing
from land_inspector.register.register import Register
from land_inspector.ui.review.card import read_card
from land_inspector.ui.review.card_page import page
from land_inspector.ui.review.card import earlier_at
from tests import factories
from tests.ui.tables import ILLEGAL, OTHER
from tests.unit.law_cases import SAID

LAND = {"land_m2": 1600.0, "cultivated_m2": 0.0}


@pytest.fixture
def register(tmp_path):
    """B1: T001 illegal, T002 other, T003 open; a year later B2: N001 over half of T001, N002 beside T003 by a hair, N003 apart."""
    with factories.new_register(tmp_path) as made:
        issuing.issue_batch(made, factories.info(), factories.squares(3))
        judging.give_verdicts(made, "B1", [judging.Entry("T001", ILLEGAL), judging.Entry("T002", OTHER)])
        again = [factories.patch("N001", factories.square(1, shift=20.0)), factories.patch("N002", factories.square(3, shift=39.9), row=2),
                 factories.patch("N003", factories.square(9, row=9), row=3)]
        issuing.issue_batch(made, factories.info("B2", "2026-07-10"), factories.intake(again, digest="d2"))
        yield made


def facts(register, batch, number):
    frame = register.storage.frame("parcel", batch_id=register.batch(batch).id)
    return frame[frame["DKBH"] == number].iloc[0].to_dict()


def rectify(register):
    ordered = pursuing.order_remedy(register, "B1", "T001", "reclamation", LAND, on="2026-06-01")
    pursuing.record_progress(register, {ordered: LAND}, on="2026-06-20")
    pursuing.accept_remedies(register, [ordered], on="2026-07-01", level="2")


def test_an_earlier_patch_is_told_with_its_verdict_and_share(register):
    one, = earlier_at(register, facts(register, "B2", "N001"))
    assert "B1 T001" in one.text and "50 %" in one.text and one.share == pytest.approx(0.5) and not one.came_back


def test_neighbours_distant_parcels_and_later_batches_are_not_told(register):
    assert earlier_at(register, facts(register, "B2", "N002")) == []
    assert earlier_at(register, facts(register, "B2", "N003")) == []
    assert earlier_at(register, facts(register, "B1", "T001")) == []


def test_what_was_ordered_and_is_not_done_is_told_and_is_no_return(register):
    pursuing.order_remedy(register, "B1", "T001", "reclamation", LAND, on="2026-06-01")
    one, = earlier_at(register, facts(register, "B2", "N001"))
    assert "not yet rectified" in one.text and not one.came_back


def test_a_place_that_was_rectified_and_comes_back_says_so_loudly_on_the_card(register):
    rectify(register)
    one, = earlier_at(register, facts(register, "B2", "N001"))
    assert one.came_back and "rectified and accepted" in one.text
    card = read_card(register.address, facts(register, "B2", "N001")["parcel_id"], Progress())
    assert "comes back" in page(card) and "B1 T001" in page(card)


def test_the_card_of_a_place_without_a_past_is_silent(register):
    card = read_card(register.address, facts(register, "B2", "N003")["parcel_id"], Progress())
    assert card.earlier == [] and "comes back" not in page(card)


def test_a_closed_case_is_told_by_its_state(register):
    case = pursuing.open_case(register, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"])
    one, = earlier_at(register, facts(register, "B2", "N001"))
    assert "clue registered" in one.text and not one.came_back
    pursuing.do_act(register, case, "site_check", on="2026-06-02", particulars=SAID["site_check"])
    pursuing.do_act(register, case, "not_file", on="2026-06-03", particulars=SAID["not_file"])
    with Register.open(register.storage.path) as read:
        one, = earlier_at(read, facts(read, "B2", "N001"))
    assert "not filed" in one.text and one.came_back
