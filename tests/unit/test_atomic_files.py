"""Files given out: whole, together, or not at all; nothing is left behind and nothing is followed that lies in wait."""
from __future__ import annotations

import errno
import json
import os
import sqlite3
from pathlib import Path

import pytest

from land_inspector.errors import InputError
from land_inspector.exchange import atomic_files
from land_inspector.exchange.atomic_files import given_out, is_register, one_given_out, plain_stem, refuse_target, write_whole
from tests.factories import new_register


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_register_is_known_under_any_name_and_through_links(tmp_path):
    register = new_register(tmp_path)
    path = register.storage.path
    register.close()
    for name in ("x.html", "x.xlsx", "x.shp"):
        (tmp_path / name).write_bytes(path.read_bytes())
    (tmp_path / "soft.csv").symlink_to(path)
    os.link(path, tmp_path / "hard.json")
    for name in ("x.html", "x.xlsx", "soft.csv", "hard.json", "x.shp"):
        assert is_register(tmp_path / name)
        with pytest.raises(InputError, match="is a register"):
            write_whole(tmp_path / name, b"new")
    with pytest.raises(InputError, match="x.shp exists already and is a register"):
        refuse_target(tmp_path / "x.dbf")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows keeps its devices out of folders")
def test_a_device_is_never_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for target in (tmp_path / "pipe.csv", Path(os.devnull)):
        with pytest.raises(InputError, match="a device of the computer"):
            write_whole(target, b"new")
    assert (tmp_path / "pipe.csv").is_fifo() and not Path(os.devnull).is_file()


def test_a_database_that_cannot_be_looked_into_counts_as_a_register(tmp_path):
    (tmp_path / "broken.gpkg").write_bytes(b"SQLite format 3\0" + b"\x01" * 3000)
    assert is_register(tmp_path / "broken.gpkg")
    with sqlite3.connect(tmp_path / "else.gpkg") as connection:
        connection.execute("CREATE TABLE t (x)")
    assert not is_register(tmp_path / "else.gpkg")
    write_whole(tmp_path / "else.gpkg", b"new")
    assert (tmp_path / "else.gpkg").read_bytes() == b"new"


def test_an_input_is_refused_also_as_another_part_of_its_shapefile(tmp_path):
    for name in ("a.shp", "a.dbf", "a.shx"):
        (tmp_path / name).write_bytes(b"x")
    for target in ("a.shp", "a.dbf"):
        with pytest.raises(InputError, match="is read in this run"):
            refuse_target(tmp_path / target, [tmp_path / "a.shp"])
    refuse_target(tmp_path / "b.shp", [tmp_path / "a.shp"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_device_keeps_its_place(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="is a device"):
        write_whole(tmp_path / "pipe.csv", b"new")
    assert not (tmp_path / "pipe.csv").is_file() and names(tmp_path) == ["pipe.csv"]


def test_several_files_change_together(tmp_path):
    for name in ("t.gpkg", "t.xlsx"):
        (tmp_path / name).write_text("old")
    with given_out(tmp_path / "t.gpkg", tmp_path / "t.xlsx") as drafts:
        (drafts / "t.gpkg").write_text("new")
        (drafts / "t.xlsx").write_text("new")
        assert (tmp_path / "t.gpkg").read_text() == "old"
    assert {(tmp_path / name).read_text() for name in ("t.gpkg", "t.xlsx")} == {"new"} and names(tmp_path) == ["t.gpkg", "t.xlsx"]


@pytest.mark.parametrize("breaks_at", range(6))
def test_where_one_cannot_be_put_in_place_all_stay_old(tmp_path, monkeypatch, breaks_at):
    for name in ("t.gpkg", "t.xlsx"):
        (tmp_path / name).write_text("old")
    calls, real = [], os.replace

    def replace(one, other):
        calls.append(one)
        if len(calls) == breaks_at + 1:
            raise PermissionError(errno.EACCES, "open elsewhere")
        real(one, other)

    monkeypatch.setattr(os, "replace", replace)
    try:
        with given_out(tmp_path / "t.gpkg", tmp_path / "t.xlsx") as drafts:
            (drafts / "t.gpkg").write_text("new")
            (drafts / "t.xlsx").write_text("new")
    except InputError as error:
        assert "open in another program" in str(error)
        assert {(tmp_path / name).read_text() for name in ("t.gpkg", "t.xlsx")} == {"old"}
    else:
        assert breaks_at >= 4
        assert {(tmp_path / name).read_text() for name in ("t.gpkg", "t.xlsx")} == {"new"}
    assert names(tmp_path) == ["t.gpkg", "t.xlsx"]


def test_what_belongs_to_an_older_database_or_shapefile_goes_with_it(tmp_path):
    for name in ("t.gpkg-wal", "t.gpkg", "s.shp", "s.qix", "s.sbn", "s.dbf"):
        (tmp_path / name).write_text("old")
    write_whole(tmp_path / "t.gpkg", b"new")
    with one_given_out(tmp_path / "s.shp") as draft:
        for suffix in (".shp", ".dbf"):
            draft.with_suffix(suffix).write_text("new")
    assert names(tmp_path) == ["s.dbf", "s.shp", "t.gpkg"]
    assert (tmp_path / "s.dbf").read_text() == "new"


CANNOT = [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "protected"), (errno.EIO, "cannot be written")]


@pytest.mark.parametrize(("number", "words"), CANNOT)
def test_a_disk_that_does_not_take_it_is_told_and_nothing_is_left(tmp_path, number, words):
    (tmp_path / "r.html").write_text("old")
    with pytest.raises(InputError, match=words):
        with one_given_out(tmp_path / "r.html") as draft:
            draft.write_text("half")
            raise OSError(number, os.strerror(number))
    assert names(tmp_path) == ["r.html"] and (tmp_path / "r.html").read_text() == "old"


HALVES = {"a.pdf": b"%PDF-1.4 half", "a.png": b"\x89PNG half", "a.jpg": b"\xff\xd8 half", "b.pdf": b"",
          "a.shp": b"\0\0\x27\x0a" + b"\0" * 20 + (500).to_bytes(4, "big") + b"\0" * 100, "a.shx": b"",
          "a.dbf": b"\3" + b"\1" * 3 + (9).to_bytes(4, "little") + b"\x21\0\x10\0"}


@pytest.mark.parametrize("name", HALVES)
@pytest.mark.parametrize("full", [True, False])
def test_a_file_that_breaks_off_never_takes_its_name_whatever_its_writer_said(tmp_path, monkeypatch, name, full):
    monkeypatch.setattr(atomic_files, "is_full", lambda folder: full)
    (tmp_path / name).write_bytes(b"old")
    with pytest.raises(InputError, match="the disk is full" if full else "cannot be written"):
        write_whole(tmp_path / name, HALVES[name])
    assert names(tmp_path) == [name] and (tmp_path / name).read_bytes() == b"old"


@pytest.mark.parametrize("said", [RuntimeError(".shx file is unreadable, or corrupt."),
                                  InputError("{file} cannot be written.", "Close the program that has it open.", file="a.gpkg")])
def test_whatever_a_library_says_of_a_full_disk_it_is_called_one(tmp_path, monkeypatch, said):
    monkeypatch.setattr(atomic_files, "is_full", lambda folder: True)
    with pytest.raises(InputError, match="the disk is full"), one_given_out(tmp_path / "a.gpkg"):
        raise said
    monkeypatch.setattr(atomic_files, "is_full", lambda folder: False)
    with pytest.raises(type(said), match="corrupt|Close the program|cannot be written"), one_given_out(tmp_path / "a.gpkg"):
        raise said


def test_links_that_lie_in_wait_are_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "r.html.part").symlink_to(victim)
    (tmp_path / "r.html").symlink_to(victim)
    write_whole(tmp_path / "r.html", b"page")
    assert victim.read_text() == "mine" and not (tmp_path / "r.html").is_symlink()


def test_a_writing_that_was_killed_while_it_took_its_place_is_finished_by_the_next(tmp_path):
    left = tmp_path / ".land_inspector_dead"
    left.mkdir()
    (left / "t.gpkg").write_text("new")
    (left / "ready.json").write_text(json.dumps({"names": ["t.xlsx", "t.gpkg"]}))
    (tmp_path / "t.xlsx").write_text("new")
    os.utime(left, (1, 1))
    half = tmp_path / ".land_inspector_half"
    half.mkdir()
    (half / "t.gpkg").write_text("half")
    os.utime(half, (1, 1))
    write_whole(tmp_path / "other.html", b"x")
    assert names(tmp_path) == ["other.html", "t.gpkg", "t.xlsx"] and (tmp_path / "t.gpkg").read_text() == "new"


def test_drafts_have_a_name_that_nobody_can_foresee(tmp_path):
    seen = set()
    for _time in range(3):
        with one_given_out(tmp_path / "r.html") as draft:
            draft.write_text("x")
            seen.add(draft.parent.name)
    assert len(seen) == 3 and all(name.startswith(atomic_files._DRAFTS) for name in seen)


@pytest.mark.parametrize("text, stem", [
    ("0001", "0001"), ("a/b", "a_b"), ("T\u200b1", "T_1"), ("\u202egpj.exe", "_gpj.exe"), ("CON", "_CON"), ("nul.x", "_nul.x"),
    (" . ", "_"), ("县自然资罚〔2026〕1号", "县自然资罚〔2026〕1号")])
def test_a_number_becomes_a_name_that_every_system_takes(text, stem):
    assert plain_stem(text) == stem


def test_long_numbers_become_names_that_fit_and_stay_apart(tmp_path):
    one, two = (plain_stem("长" * 200 + end) for end in "甲乙")
    assert one != two and one.startswith("长长")
    (tmp_path / f"{one}.pdf").write_text("x", encoding="utf-8")
    with one_given_out(tmp_path / f"{two}.docx") as draft:
        draft.write_text("x", encoding="utf-8")
    assert (tmp_path / f"{two}.docx").is_file()
