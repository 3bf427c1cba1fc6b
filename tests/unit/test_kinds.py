"""The catalogue of kinds, walked: each has words in both languages, and its example is written, read and folded."""
from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from land_inspector import i18n
from land_inspector.errors import Message, RefusedError
from land_inspector.register import (
    attachments, events, judging, kinds, matters, packages, parties, proposing, pursuing, rule_reports, sealing, second_opinion, settling,
)
from land_inspector.register.event_log import happened_between, happened_to
from land_inspector.register.events import Event, canonical
from land_inspector.register.figures import Scope
from land_inspector.register.fold import fold
from land_inspector.register.folding import parcels
from land_inspector.register.issuing import issue_batch
from land_inspector.register.kinds import CATALOGUE, FAMILIES, noun, sentence, writes
from land_inspector.register.state import IssuedRow
from land_inspector.register.undoing import undo
from land_inspector.register.upgrading import rebuild_state
from land_inspector.register.verifying import backup, verify
from land_inspector.register.views.matters import ledgers
from tests.factories import info, judge, new_register, squares
from tools import translations
from tools.labels import labels_in

ROWS = {"issue-1": [IssuedRow("row-1", "patch-1", "T001", 1600.0, "basis-1")]}
REGISTER = Path(kinds.__file__).parent


def event_of(kind, sequence=1, **more):
    said = dict(uuid=f"event-{sequence}", kind=kind.name, version=kind.version, subjects=kind.subjects, actor="person-1", origin="o",
                sequence=sequence, previous="", seen={}, group=f"group-{sequence}", recorded_at=f"2026-06-01T00:00:{sequence:02d}.000000Z",
                effective_on="2026-06-01", payload=kind.example)
    return Event(**{**said, **more}).sealed()


def way_to(kind):
    """The kinds whose examples must come before, each after its own."""
    found = {}
    for name in kind.after:
        found.update(dict.fromkeys([*way_to(CATALOGUE[name]), name]))
    return list(found)


def history_of(kind):
    return [event_of(CATALOGUE[name], n) for n, name in enumerate([*way_to(kind), kind.name], 1)]


@pytest.fixture(scope="module")
def chinese():
    plugin = Path(i18n.__file__).parent
    return {pair.source for pair in [*translations.read_catalogue(), *labels_in(plugin)]}


@pytest.fixture(params=list(CATALOGUE.values()), ids=list(CATALOGUE))
def kind(request):
    return request.param


def messages_in(text: Message):
    yield text.template
    for value in text.params.values():
        if isinstance(value, Message):
            yield from messages_in(value)


def test_each_kind_is_a_name_of_the_module_and_of_a_known_family(kind):
    names = {value for name, value in vars(kinds).items() if name.isupper() and isinstance(value, str)} | {events.UNDONE}
    assert kind.name in names and (kind.family in FAMILIES or kind.family == kinds.OTHER)


def test_each_kind_has_a_sentence_and_a_noun_in_both_languages(kind, chinese):
    event = event_of(kind)
    for text in (sentence(event, "T001"), noun(event), kind.noun):
        assert str(text).strip() and "{" not in str(text)
        assert not [template for template in messages_in(text) if template not in chinese]
    if not kind.names_a_batch and "{where}" in sentence(event, "T001").template:
        assert "T001" in str(sentence(event, "T001"))


def test_each_example_is_written_and_read_as_it_was(kind, tmp_path):
    event = event_of(kind)
    with new_register(tmp_path) as register:
        with register.storage.writing():
            register.storage.append([event])
        read, = register.storage.events(groups=[event.group])
    assert read == event and events.digest(read) == event.hash


def test_each_example_folds_and_changes_the_state_if_its_kind_holds_any(kind):
    *before, last = history_of(kind)
    assert not {e.kind for e in before} & {events.UNDONE}
    one, two = fold(before, ROWS.__getitem__), fold([*before, last], ROWS.__getitem__)
    assert (two.orphans, two.unknown) == ([], [])
    changes = bool(two.changed_from(one) or one.changed_from(two))
    only_stand = (kinds.NOTE_WRITTEN, kinds.CASE_DESCRIBED, kinds.PAPER_WRITTEN, kinds.PAPER_RETURNED)  # they hold no state of their own
    assert changes == (kind.handler is not None and kind.name not in only_stand)


def test_each_example_without_its_ground_is_an_orphan_or_needs_none(kind):
    alone = fold([event_of(kind)], ROWS.__getitem__)
    assert alone.orphans == (["event-1"] if kind.handler is not None and kind.after else [])


def test_what_a_kind_writes_is_plain_and_names_what_it_concerns(kind):
    said = writes(event_of(kind))
    canonical([[list(key), value] for key, value in said.items()])
    owned = set(kind.subjects) | {kind.example.get("id")}
    assert {subject for subject, _field in said} <= owned


def test_every_handler_of_the_folding_room_belongs_to_a_kind():
    used = {kind.handler.__name__ for kind in CATALOGUE.values() if kind.handler is not None}
    public = set()
    for path in sorted(Path(parcels.__file__).parent.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and [a.arg for a in node.args.args][:2] == ["state", "event"] and node.name[0] != "_":
                public.add(node.name)
    assert public == used


def test_no_other_module_lists_kinds_by_name():
    """A list of three names or more elsewhere is a second catalogue."""
    names = {name for name, value in vars(kinds).items() if name.isupper() and isinstance(value, str) and value in CATALOGUE}
    found = []
    for path in sorted(REGISTER.parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict)) and path.name != "kinds.py":
                inside = node.keys if isinstance(node, ast.Dict) else node.elts
                if sum(isinstance(one, ast.Attribute) and one.attr in names for one in inside) > 2:
                    found.append(f"{path.name}:{node.lineno}")
    assert found == []


# --- what a later version wrote -----------------------------------------------------------------------------------------------


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(2), by="甲")
        judge(made, {"T001": "2"}, by="甲")
        yield made


def from_later(register, **changed):
    """The last verdict, as a later version of the program would have recorded it after this one."""
    last = register.storage.latest(register.origin())
    given = register.storage.events_of_kind(kinds.VERDICT_GIVEN)[-1]
    event = replace(given, uuid="later", sequence=last.sequence + 1, previous=last.hash, group="later", **changed,
                    recorded_at=last.recorded_at[:-3] + "9Z").sealed()
    with register.storage.writing():
        register.storage.append([event])
    return event


@pytest.mark.parametrize("changed", [{"kind": "ground_sampled", "payload": {"depth_m": 3}}, {"version": 2}],
                         ids=["kind", "version"])
def test_what_a_later_version_wrote_is_kept_shown_as_unknown_and_never_guessed_at(register, changed):
    event = from_later(register, **changed)
    assert event in register.storage.events()
    assert register.state().unknown == ["later"] and register.state().parcels
    parcel, = event.payload.get("parcel") and [event.payload["parcel"]] or [event.subjects[0]]
    for told in (happened_to(register, [parcel]), happened_between(register, *[happened_to(register, [parcel])[0].recorded.date()] * 2)):
        assert any("does not know" in str(one.text) and event.kind in str(one.text) and one.family == "" for one in told)
    assert [str(text) for text in verify(register).broken] == []


def test_what_a_later_version_wrote_is_not_undone_here(register):
    from_later(register, kind="ground_sampled", payload={})
    with pytest.raises(RefusedError, match="later version"):
        undo(register, "later", by="甲", reason="x")
    assert undo(register, by="甲").events[0].payload["groups"] != ["later"]


def test_no_reader_guesses_at_a_later_version_of_any_kind(register, tmp_path):
    """An event of each kind as a later version may write it: whoever reads events of one kind passes it over; it goes along in copies."""
    last = register.storage.latest(register.origin())
    for number, kind in enumerate(CATALOGUE.values(), 1):
        moment = sealing.iso(sealing.moment_of(last.recorded_at) + timedelta(microseconds=1))
        last = replace(last, uuid=f"later-{number}", kind=kind.name, version=kind.version + 1, subjects=kind.subjects, seen={},
                       sequence=last.sequence + 1, previous=last.hash, group=f"later-{number}", recorded_at=moment,
                       payload={"said": "otherwise"}).sealed()
        with register.storage.writing():
            register.storage.append([last])
    parcel = register.parcels("B1")["parcel_id"].iloc[0]
    for read in (matters.kinds_of, proposing.packs, packages.book, second_opinion.rounds, pursuing.supervisions, parties.known_persons,
                 attachments.named, lambda one: ledgers(one, date.today()), lambda one: judging.notes(one, parcel),
                 lambda one: rule_reports.rule_report(one, Scope()), lambda one: happened_to(one, [parcel]), settling.open_conflicts):
        read(register)
    found = verify(register)
    assert found.broken == () and sum("later version" in str(text) for text in found.remarks) == len(CATALOGUE)
    undo(register, judge(register, {"T002": "1"}, by="甲").group, by="甲")
    rebuild_state(register)
    assert backup(register, tmp_path / "copy.gpkg").broken == ()
    parties.remove_names(register)
    assert verify(register).broken == () and len(register.storage.events_of_kind(kinds.NAMES_REMOVED)) == 1
