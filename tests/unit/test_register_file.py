"""The file under the register: damage is found, others may write, a copy is whole, names can leave."""
from __future__ import annotations

import sqlite3

import pytest
from osgeo import ogr

from land_inspector.errors import BusyError, Cancelled, InputError
from land_inspector.register.issuing import issue_batch
from land_inspector.register.sealing import OriginBook
from land_inspector.register.register import Register
from land_inspector.register.verifying import backup, verify
from tests.factories import Asked, X0, Y0, info, judge, new_register, squares, township


@pytest.fixture
def path(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(5), by="甲")
        judge(made, {"T001": "1", "T002": "2"}, by="甲")
    return tmp_path / "register.gpkg"


def broken(path):
    with Register.open(path) as register:
        return [str(text) for text in verify(register).broken]


def change(path, sql, *values):
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(sql, values).rowcount > 0
    connection.close()


def test_an_untouched_register_verifies(path):
    assert broken(path) == []


@pytest.mark.parametrize("sql", [
    "UPDATE event SET payload = replace(payload, '\"PDJL1\":\"2\"', '\"PDJL1\":\"1\"') WHERE payload LIKE '%\"PDJL1\":\"2\"%'",
    "UPDATE event SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE kind = 'verdict_given'",
    "UPDATE event SET actor = 'somebody' WHERE kind = 'verdict_given'",
    "UPDATE event SET effective_on = '2026-05-11' WHERE kind = 'verdict_given'",
    "UPDATE event SET payload = '{not json' WHERE kind = 'verdict_given'",
])
def test_an_edited_event_is_found(path, sql):
    change(path, sql)
    assert any("edited after it was recorded" in text for text in broken(path))


def test_a_flipped_byte_in_any_event_is_found(path):
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    rows = connection.execute("SELECT number, payload FROM event").fetchall()
    connection.close()
    for number, payload in rows:
        middle = len(payload) // 2
        flipped = payload[:middle] + bytes([payload[middle] ^ 0x01]) + payload[middle + 1:]
        change(path, "UPDATE event SET payload = CAST(? AS TEXT) WHERE number = ?", flipped, number)
        assert broken(path), f"event {number}"
        change(path, "UPDATE event SET payload = CAST(? AS TEXT) WHERE number = ?", payload, number)
    assert broken(path) == []


def test_a_deleted_event_is_found(path):
    change(path, "DELETE FROM event WHERE number = (SELECT max(number) - 1 FROM event)")
    assert any("missing" in text for text in broken(path))


def test_an_edited_issued_row_is_found_and_named(path):
    change(path, "UPDATE issued SET JCMJ = 9 WHERE JCBH = 'T003'")
    assert broken(path) == ["Issued patch T003 was edited after its import."]


def test_an_edited_state_is_found(path):
    change(path, "UPDATE parcel SET PDJL1 = '3' WHERE DKBH = 'T001'")
    assert any("Stored state differs" in text for text in broken(path))


def test_it_verifies_with_the_names_taken_out_and_shows_ids_instead(path):
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE person")
    connection.commit()
    assert not any("甲" in str(row) for row in connection.execute("SELECT * FROM event"))
    connection.close()
    assert broken(path) == []
    with Register.open(path) as register:
        actor = register.storage.events()[-1].actor
        assert register.name_of(actor) == actor
        judge(register, {"T003": "1"}, by="甲")


def test_names_never_enter_events(path):
    connection = sqlite3.connect(path)
    text = "".join(str(row) for row in connection.execute("SELECT * FROM event"))
    connection.close()
    assert "甲" not in text and "登记员" not in text


def test_another_writer_is_waited_for_and_then_reported(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Register.open(path, patience_s=0.05) as register:
        with pytest.raises(BusyError, match="Another program is writing"):
            judge(register, {"T003": "1"})
        assert len(register.parcels("B1")) == 5
        other.execute("COMMIT")
        judge(register, {"T003": "1"})
    other.close()


def test_two_open_registers_write_in_turn_without_losing_anything(path):
    with Register.open(path) as one, Register.open(path) as two:
        judge(one, {"T003": "1"}, by="甲")
        judge(two, {"T004": "2"}, by="乙")
        judge(one, {"T005": "3"}, by="甲")
        given = two.parcels("B1").set_index("DKBH")["PDJL1"].to_dict()
    assert given == {"T001": "1", "T002": "2", "T003": "1", "T004": "2", "T005": "3"}
    assert broken(path) == []


def test_one_installation_is_one_origin_and_an_older_copy_is_another(path, tmp_path):
    book = tmp_path / "profile" / "origins.json"
    with Register.open(path, origins=OriginBook(book)) as register:
        judge(register, {"T003": "1"})
        first = register.origin()
        backup(register, tmp_path / "older.gpkg")
        judge(register, {"T004": "1"})
    with Register.open(path, origins=OriginBook(book)) as register:
        assert register.origin() == first
    with Register.open(tmp_path / "older.gpkg", origins=OriginBook(book)) as register:
        judge(register, {"T005": "1"})
        assert register.origin() != first
    assert broken(tmp_path / "older.gpkg") == []


def test_a_copy_made_while_somebody_works_is_whole(path, tmp_path):
    with Register.open(path) as register, Register.open(path) as other:
        judge(other, {"T003": "1"})
        backup(register, tmp_path / "copy.gpkg")
        judge(other, {"T004": "1"})
    with Register.open(tmp_path / "copy.gpkg") as copy:
        assert copy.parcels("B1").set_index("DKBH").loc["T003", "PDJL1"] == "1"
    assert not (tmp_path / "copy.gpkg-wal").exists()
    with Register.open(path) as register, pytest.raises(InputError, match="exists already"):
        backup(register, tmp_path / "copy.gpkg")


@pytest.mark.parametrize("answers", range(0, 11, 2))
def test_a_copy_that_is_cancelled_leaves_no_file_and_the_register_as_it_was(path, tmp_path, answers):
    before = sorted(tmp_path.iterdir())
    with Register.open(path) as register:
        with pytest.raises(Cancelled):
            backup(register, tmp_path / "copy.gpkg", Asked(answers))
        judge(register, {"T003": "1"})
    assert sorted(tmp_path.iterdir()) == before and broken(path) == []


def test_a_copy_into_a_folder_that_is_not_there_is_refused(path, tmp_path):
    with Register.open(path) as register, pytest.raises(InputError, match="folder .* does not exist"):
        backup(register, tmp_path / "none" / "copy.gpkg")


def test_a_long_reading_stops_in_the_middle_of_a_statement(path):
    with Register.open(path) as register:
        endless = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n) SELECT max(k) FROM n"
        with pytest.raises(Cancelled), register.storage.stoppable(Asked(3)):
            register.storage._db.execute(endless).fetchone()
        assert len(register.storage.events()) > 0


def test_the_map_view_shows_living_parcels_through_the_spatial_index(path):
    source = ogr.Open(str(path))
    layer = source.GetLayer("parcel_map")
    assert layer.TestCapability("FastSpatialFilter")
    layer.SetSpatialFilterRect(X0 + 100, Y0, X0 + 250, Y0 + 50)
    assert [f["DKBH"] for f in layer] == ["T001", "T002"]
    assert [f["PDJL1"] for f in layer] == ["1", "2"]


def test_files_that_are_no_register_are_named_with_a_remedy(tmp_path):
    (tmp_path / "text.gpkg").write_text("not a database, not at all, really nothing of the kind")
    with pytest.raises(InputError, match="text.gpkg"):
        Register.open(tmp_path / "text.gpkg")
    with pytest.raises(InputError, match="no register at"):
        Register.open(tmp_path / "absent.gpkg")


def test_a_register_is_never_overwritten(path):
    with pytest.raises(InputError, match="exists already"):
        new_register(path.parent)


def test_two_townships_with_one_code_are_refused(tmp_path):
    with pytest.raises(InputError, match="331082100"):
        new_register(tmp_path, [township(), township(name="另一个")])
    assert not (tmp_path / "register.gpkg").exists()
