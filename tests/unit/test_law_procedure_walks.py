"""Random walks through the procedure: whatever is allowed keeps the case possible, whatever is not says why."""
from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from land_inspector.law.acts import ACTS, CASE_ORDER, ITEM_STATES, SETTLED, STATES
from land_inspector.law.case import advance
from land_inspector.law.case_deadlines import deadlines_of
from land_inspector.law.case_procedure import allowed, apply, next_act, refusal
from tests.examples import examples
from tests.unit.law_cases import DEMOLITION, FINE, PACK, PRACTICE, RETURN, SAID, later, new_case

REMEDIES = ([DEMOLITION, FINE], [DEMOLITION], [FINE, RETURN],
            [{"item": "1", "kind": "confiscation", "amount": {"building_m2": 90.0}}, FINE])
STEPS = st.tuples(st.integers(0, 600), st.integers(0, 40), st.integers(0, 3), st.booleans())


def particulars(case, act, on, pick, one_item):
    said = dict(SAID[act.code])
    if "remedies" in said:
        notice = case.last("notice")
        said["remedies"] = list(notice.particulars["remedies"]) if act.code == "decide" else list(REMEDIES[pick])
    if act.code == "schedule_hearing":
        said["hearing_on"] = later(on, 20).isoformat()
    for field in act.fields:
        if field.name == "result":
            said["result"] = field.options[pick % len(field.options)]
    fit = [item.id for item in case.items if item.stage in act.takes]
    if one_item and fit:
        said["items"] = [fit[pick % len(fit)]]
    return said


def chosen(possible, choice):
    """Mostly the straight procedure, sometimes anything: else nearly every walk would end before its decision."""
    straight = [act for act in possible if act.is_main and act.code != "close"]
    ways_out = ("not_file", "no_penalty", "transfer_case", "close")
    onward = [act for act in possible if act.code not in ways_out]
    pool = possible if choice % 20 == 0 else straight if choice % 3 and straight else onward or possible
    return pool[choice % len(pool)]


def walk(steps):
    """The case after each act that was possible; time never runs backwards."""
    case = new_case("2024-03-01")
    on = case.since
    yield case
    for choice, days, pick, one_item in steps:
        on += timedelta(days=days)
        possible = allowed(case, PRACTICE)
        if not possible:
            return
        act = chosen(possible, choice)
        said = particulars(case, act, on, pick, one_item)
        reason = refusal(case, act.code, PRACTICE, on, said)
        if reason is not None:
            assert str(reason).strip()
            continue
        case = apply(case, act.code, PRACTICE, on, said)
        yield case


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_no_walk_reaches_an_impossible_case(steps):
    for case in walk(steps):
        assert case.state in STATES
        assert [done.act for done in case.acts].count("close") <= 1
        assert bool(case.items) == (case.state in CASE_ORDER[CASE_ORDER.index("S7"):CASE_ORDER.index("S15") + 1])
        assert all(item.stage in ITEM_STATES for item in case.items)
        if case.items and case.is_open and case.served_on:
            unsettled = [ITEM_STATES[item.stage] for item in case.items if item.stage not in SETTLED]
            assert case.state == (max(unsettled, key=CASE_ORDER.index) if unsettled else case.state)
        if case.state == "S15":
            assert case.filed_on <= case.decided_on <= case.served_on <= case.since
            assert not case.unsettled
        if case.decided_on and {item.kind for item in case.items} & {"demolition", "confiscation"}:
            assert case.last_on("notice") <= case.last_on("hearing_notice") < case.decided_on


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_every_refusal_has_text_and_every_act_is_either_allowed_or_refused(steps):
    *_, case = walk(steps)
    possible = {act.code for act in allowed(case, PRACTICE)}
    for code in ACTS:
        reason = refusal(case, code, PRACTICE)
        assert (reason is None) == (code in possible)
        assert reason is None or len(str(reason)) > 10
    following = next_act(case, PRACTICE, later(case.since, 30))
    assert following is None or following.code in possible


@settings(max_examples=examples(100), deadline=None)
@example([(0, 0, 0, False), (153, 0, 0, False), (280, 1, 0, False)], 1)
@given(st.lists(STEPS, max_size=60), st.integers(1, 400))
def test_no_walk_can_put_an_act_before_the_one_that_led_to_its_state(steps, days):
    *_, case = walk(steps)
    beside = {"stop_order", "stop_result", "stop_report", "transfer_police", "transfer_discipline", "order_correction", "deliver",
              "confirm_address"}  # they lead nowhere
    led = max(done.on for done in case.acts if done.act not in beside) if case.state == "S2" else case.since
    before = led - timedelta(days=days)
    for act in allowed(case, PRACTICE):
        if act.moves.get(case.state, case.state) != case.state and act.code not in beside:
            assert refusal(case, act.code, PRACTICE, before, particulars(case, act, before, 0, False)) is not None


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_folding_the_acts_again_gives_the_same_case_and_its_deadlines_are_in_order(steps):
    *_, case = walk(steps)
    again = new_case("2024-03-01")
    for done in case.acts[1:]:
        again = advance(again, done.act, done.on, done.particulars)
    assert again == case
    for made in deadlines_of(case, PACK):
        assert date(2024, 1, 1) < made.started_on < made.warn_on <= made.due_on
