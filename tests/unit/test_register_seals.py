"""Whoever can recompute the chain edits unseen by the chain: an earlier seal, the origin book, and what events say of everything else."""
from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from land_inspector.errors import DamagedError, InputError, message
from land_inspector.register import parties, sealing
from land_inspector.register.events import canonical, digest
from land_inspector.register.issuing import issue_batch
from land_inspector.register.sealing import OriginBook, Seal
from land_inspector.register.records import Finding, Quarantined
from land_inspector.register.register import Register
from land_inspector.register.storage.sql import EVENT_COLUMNS, events_of
from land_inspector.register.storage.layout import MapStyle
from land_inspector.register.upgrading import rebuild_state
from land_inspector.register.verifying import backup, restore, verify
from tests.factories import info, intake, judge, new_register, patch, square


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Two people have judged; a row was set aside, something was found, a party is named."""
    folder = tmp_path_factory.mktemp("sound")
    taken = intake([patch(f"T00{n}", square(n), row=n) for n in range(1, 5)])
    reason = message("It has no outline.")
    taken = replace(taken, quarantined=[Quarantined(9, {"JCBH": "T009"}, None, reason)],
                    findings=[Finding("W", reason, message("Draw it."), "R06", row=9, patch="T009")])
    with new_register(folder) as made:
        issue_batch(made, info(), taken, by="甲")
        judge(made, {"T001": "2", "T002": "1"}, by="甲")
        judge(made, {"T003": "2"}, by="乙")
        parties.kept_apart(made, ["张三"], by="甲")
        with made.storage.writing():
            made.storage.save_styles([MapStyle("parcel_map", "zh", "<qgis/>", True)])
    return folder / "register.gpkg"


@pytest.fixture
def path(sound, tmp_path):
    return Path(shutil.copy(sound, tmp_path / "register.gpkg"))


def seal_code(path):
    with Register.open(path) as register:
        return register.seal().code


def broken(path, seal="", origins=None):
    with Register.open(path, origins=origins) as register:
        return [str(text) for text in verify(register, seal=seal).broken]


def change(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for sql in statements:
            assert connection.execute(sql).rowcount > 0, sql


def resealed(path, edit):
    """An event edited by ``edit(payload, kind)`` and the whole chain computed anew, the state folded to fit: what a clever hand does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        last = {}
        for row in connection.execute(f"SELECT {EVENT_COLUMNS}, number FROM event ORDER BY origin, sequence").fetchall():
            (event,) = events_of([tuple(row)])
            payload = edit(json.loads(json.dumps(event.payload)), event.kind)
            fresh = replace(event, payload=payload, previous=last.get(event.origin, ""), hash="")
            last[event.origin] = digest(fresh)
            connection.execute("UPDATE event SET payload = ?, previous = ?, hash = ? WHERE number = ?",
                               (canonical(payload), fresh.previous, last[event.origin], row["number"]))
    from land_inspector.register.upgrading import rebuild_state

    with Register.open(path) as register:
        rebuild_state(register)


def legal_instead(payload, kind):
    if kind == "verdict_given" and payload["verdict"]["PDJL1"] == "2":
        payload["verdict"].update(PDJL1="1", PDJL2="101")
    return payload


# --- the seal -------------------------------------------------------------------------------------------------------------


def test_a_sound_register_agrees_with_every_seal_it_ever_had(path):
    taken = [seal_code(path)]
    with Register.open(path) as register:
        judge(register, {"T004": "1"}, by="甲")
        taken.append(register.seal().code)
        judge(register, {"T004": "3"}, by="丙")
    assert [broken(path, seal) for seal in taken] == [[], []] and len(set(taken)) == 2
    assert all(re.fullmatch(r"\d+(-[A-HJ-NP-Z2-9]{4}){4}", seal) for seal in taken)


def test_a_chain_computed_anew_passes_the_chain_but_not_the_seal(path):
    seal = seal_code(path)
    resealed(path, legal_instead)
    assert broken(path) == []
    assert ["are not those that seal" in text for text in broken(path, seal)] == [True]


def test_a_tail_that_was_cut_off_shows_against_the_seal(path):
    seal = seal_code(path)
    change(path, "DELETE FROM event WHERE number > (SELECT max(number) - 2 FROM event)",
           "DELETE FROM event_subject WHERE number NOT IN (SELECT number FROM event)", "DELETE FROM party")
    with Register.open(path) as register:
        from land_inspector.register.upgrading import rebuild_state

        rebuild_state(register)
    assert broken(path) == []
    assert ["its end was cut off" in text for text in broken(path, seal)] == [True]


def test_another_register_has_another_seal(path, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    with new_register(other) as register:
        assert len(broken(path, register.seal().code)) == 1


@pytest.mark.parametrize("wrong", ["x", "12", "ABCD-EFGH", "http://127.0.0.1:9/", "-1-AAAA-AAAA-AAAA-AAAA"[:12]])
def test_a_text_that_is_no_seal_is_refused(path, wrong):
    with pytest.raises(InputError, match="is no seal"):
        broken(path, wrong)


def test_a_seal_may_be_typed_small_with_blanks_and_among_other_words(path):
    seal = seal_code(path)
    for typed in (seal.lower(), seal.replace("-", " – "), f"Seal: {seal} (2026)", f"  {seal}\n"):
        assert broken(path, typed) == []


def test_each_head_counts_for_the_code():
    heads = {"a": (3, "h1"), "b": (2, "h2")}
    codes = {Seal("r", heads).code, Seal("s", heads).code, Seal("r", {**heads, "b": (2, "h3")}).code, Seal("r", {"a": (5, "h1")}).code,
             Seal("r", {"a": (2, "h1"), "b": (3, "h2")}).code}
    assert len(codes) == 5 and all(code.startswith("5-") for code in codes)
    assert sealing.read_code("") is None


# --- what is no event -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said, statements", [
    ("The name behind", ["UPDATE person SET name = CASE name WHEN '甲' THEN '乙' WHEN '乙' THEN '甲' ELSE name END"]),
    ("The name behind", ["UPDATE party SET name = '李四'"]),
    ("was taken out without a word", ["DELETE FROM person WHERE name = '乙'"]),
    ("was entered by no event", ["INSERT INTO person VALUES ('x', '丁', 'salt')"]),
    ("set aside", ["DELETE FROM quarantine"]),
    ("set aside", ["UPDATE quarantine SET attributes = '{}'"]),
    ("set aside", ["DELETE FROM finding WHERE rule = 'R06'"]),
    ("set aside", ["UPDATE finding SET message = replace(message, 'no', 'an')"]),
    ("belong to no issue", ["INSERT INTO quarantine VALUES ('other', 1, '{}', NULL, '{}')"]),
    ("county_name in the register's description", ["UPDATE li_meta SET value = '别县' WHERE key = 'county_name'"]),
    ("crs in the register's description", ["UPDATE li_meta SET value = 'EPSG:4528' WHERE key = 'crs'"]),
    ("Whether names are kept", ["INSERT INTO li_meta VALUES ('personal_data', 'none')"]),
    ("are not found by what they speak of", ["DELETE FROM event_subject WHERE number = (SELECT max(number) FROM event)"]),
    ("are not found by what they speak of", ["INSERT INTO event_subject SELECT 'stranger', max(number) FROM event"]),
    ("runs or fetches", ["UPDATE layer_styles SET styleQML = '<qgis><editforminitcode>import os</editforminitcode></qgis>'"]),
    ("runs or fetches", ["UPDATE layer_styles SET styleQML = '<mapTip>&lt;img src=\"http://127.0.0.1:9/\"&gt;</mapTip>'"]),
])
def test_what_stands_beside_the_events_is_held_against_them(path, said, statements):
    assert broken(path) == []
    change(path, *statements)
    assert any(said in text for text in broken(path)), broken(path)


def test_names_taken_out_by_the_verb_are_not_missed(path):
    with Register.open(path) as register:
        parties.remove_names(register, by="甲")
        judge(register, {"T004": "1"}, by="丙")
    assert broken(path) == []


@pytest.mark.parametrize("payload", ["{}", "[]", "null", "7", "{\"verdict\":{}}", "{\"verdict\":null}"])
@pytest.mark.parametrize("kind", ["verdict_given", "batch_issued", "actor_enrolled", "register_created", "party_named"])
def test_verifying_never_stumbles_over_what_it_reads(path, kind, payload):
    change(path, f"UPDATE event SET payload = '{payload}' WHERE number = (SELECT max(number) FROM event WHERE kind = '{kind}')")
    assert any("edited" in text for text in broken(path))
    resealed_chain = [text for text in broken(path)]
    assert resealed_chain


@pytest.mark.parametrize("payload", ["{}", "[]", "{\"verdict\":null}"])
def test_an_entry_that_says_nothing_is_told_in_words_wherever_the_history_is_read(path, payload):
    change(path, f"UPDATE event SET payload = '{payload}' WHERE number = (SELECT max(number) FROM event WHERE kind = 'verdict_given')")
    with Register.open(path) as register:
        for reading in (lambda: register.state(None, "2026-11-30"), lambda: rebuild_state(register)):
            with pytest.raises(DamagedError, match="cannot be read|damaged"):
                reading()


# --- the origin book ------------------------------------------------------------------------------------------------------


def test_an_older_copy_put_back_is_said_and_a_restored_one_is_accepted(path, tmp_path):
    book = tmp_path / "profile" / "origins.json"
    backup_file = tmp_path / "older.gpkg"
    with Register.open(path, origins=OriginBook(book)) as register:
        judge(register, {"T004": "1"}, by="甲")
        backup(register, backup_file)
        judge(register, {"T004": "3"}, by="甲")
    os.replace(backup_file, path)
    assert any("older copy" in text for text in broken(path, origins=OriginBook(book)))
    with Register.open(path, origins=OriginBook(book)) as register:
        assert any("older copy" in str(text) for text in register.notices())
        judge(register, {"T004": "2"}, by="甲")
        assert any("older copy" in str(text) for text in register.notices()), "it stays said after the next act"


def test_a_chain_computed_anew_shows_in_the_origin_book(path, tmp_path):
    book = tmp_path / "origins.json"
    assert broken(path, origins=OriginBook(book)) == []  # notes what it found in order
    resealed(path, legal_instead)
    assert any("computed anew" in text for text in broken(path, origins=OriginBook(book)))


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{\"x\": 1}", "{\"x\": {\"origin\": 1, \"last\": \"\"}}", "\x00\x00\x00"])
def test_a_damaged_book_stops_nobody(path, tmp_path, content):
    book = tmp_path / "origins.json"
    book.write_text(content)
    with Register.open(path, origins=OriginBook(book)) as register:
        judge(register, {"T004": "1"}, by="甲")
        first = register.origin()
    with Register.open(path, origins=OriginBook(book)) as register:
        assert register.origin() == first


def test_a_book_that_cannot_be_written_is_no_failure_of_the_act(path, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with Register.open(path, origins=OriginBook(tmp_path / "file" / "origins.json")) as register:
        judge(register, {"T004": "1"}, by="甲")
        assert any("cannot be" in str(text) for text in register.notices())
    with Register.open(path) as register:
        assert register.parcels("B1").set_index("DKBH").loc["T004", "PDJL1"] == "1"


def test_windows_that_share_a_book_lose_nothing_of_one_another(tmp_path):
    book, failures = tmp_path / "origins.json", []

    def window(number):
        mine = OriginBook(book)
        for turn in range(15):
            mine.remember(f"register-{number}", f"hash-{turn}", {f"origin-{number}": (turn, "h")})
        if OriginBook(book).missing(f"register-{number}", lambda _origin, _sequence: "h"):
            failures.append(number)

    threads = [threading.Thread(target=window, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = json.loads(book.read_text(encoding="utf-8"))
    assert not failures and {name: entry["last"] for name, entry in known.items()} == {f"register-{n}": "hash-14" for n in range(4)}


def test_two_windows_that_begin_at_once_share_one_origin(path, tmp_path):
    book = tmp_path / "origins.json"
    one, two = OriginBook(book), OriginBook(book)
    assert one.origin("r", lambda _hash: True) == two.origin("r", lambda _hash: True)


# --- putting a copy back --------------------------------------------------------------------------------------------------


def copied(path, target):
    with Register.open(path) as register:
        backup(register, target)
    return target


@pytest.mark.parametrize("harm", ["none", "gone", "cut", "empty", "malformed", "crashed"])
def test_a_copy_is_put_back_whatever_became_of_the_register(path, tmp_path, harm):
    copy = copied(path, tmp_path / "copy.gpkg")
    with Register.open(path) as register:
        judge(register, {"T004": "1"}, by="甲")
        if harm == "crashed":
            kept = {name: Path(f"{path}{name}").read_bytes() for name in ("", "-wal", "-shm")}
    if harm == "crashed":
        for name, content in kept.items():
            Path(f"{path}{name}").write_bytes(content)
    elif harm == "gone":
        path.unlink()
    elif harm != "none":
        content = path.read_bytes()
        path.write_bytes({"cut": content[:5000], "empty": b"", "malformed": content[:4096] + b"\xff" * (len(content) - 4096)}[harm])
    done = restore(copy, path)
    assert broken(path) == [] and not Path(f"{path}-wal").exists()
    with Register.open(path) as register:
        assert register.parcels("B1").set_index("DKBH").loc["T004", "PDJL1"] == "0"
        judge(register, {"T004": "3"}, by="甲")
    assert (done.replaced is None) == (harm == "gone")
    if harm in ("none", "crashed"):
        assert done.lost >= 1
        with Register.open(done.replaced) as before:
            assert before.parcels("B1").set_index("DKBH").loc["T004", "PDJL1"] == "1", "what was replaced is kept, its log too"


def test_only_a_sound_copy_of_the_same_register_is_put_back(path, tmp_path):
    copy = copied(path, tmp_path / "copy.gpkg")
    other = tmp_path / "other"
    other.mkdir()
    new_register(other).close()
    with pytest.raises(InputError, match="Another register"):
        restore(copy, other / "register.gpkg")
    with pytest.raises(InputError, match="the place itself"):
        restore(path, path)
    change(copy, "UPDATE parcel SET PDJL1 = '3' WHERE DKBH = 'T001'")
    with pytest.raises(DamagedError, match="does not verify"):
        restore(copy, path)
    assert broken(path) == [] and sorted(name.name for name in tmp_path.iterdir()) == ["copy.gpkg", "other", "register.gpkg"]


@pytest.mark.parametrize("name", ["county", "nameless", "unnamed"])
def test_a_register_of_an_older_format_is_verified_before_it_is_upgraded(tmp_path, name):
    """Its photos and papers are found in the folders in which that format kept them, and come into a copy's one folder."""
    given = Path(__file__).resolve().parents[1] / "data" / "formats" / "1"
    for lying in given.glob(f"{name}.*"):
        (shutil.copytree if lying.is_dir() else shutil.copy)(lying, tmp_path / lying.name)
    with Register.open(tmp_path / f"{name}.gpkg", of_any_format=True) as register:
        found, kept = verify(register), len(register.attachments.names())
        assert found.broken == () and len(found.remarks) == 1 and (kept > 0) == (name == "county")
        if name == "county":
            next((tmp_path / "county.papers").iterdir()).write_bytes(b"another")
            assert any("paper" in str(text) for text in verify(register).broken)
