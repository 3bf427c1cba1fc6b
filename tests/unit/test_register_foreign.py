"""A register that comes from outside: what was put into it besides what its format says is refused before anything is read."""
from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from land_inspector.errors import DamagedError, InputError, LandInspectorError
from land_inspector.register import stored_forms, tables
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import SCHEMA_VERSION, Register
from land_inspector.register.storage import format_check
from land_inspector.register.upgrading import format_of, upgrade
from land_inspector.register.verifying import verify
from tests.data.formats.corrections import laid_out, registers
from tests.factories import info, judge, new_register, squares

FORMATS = Path(__file__).resolve().parents[1] / "data" / "formats"
ENDLESS = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n) SELECT"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    with new_register(folder) as made:
        issue_batch(made, info(), squares(2), by="甲")
        judge(made, {"T001": "1"}, by="甲")
    return folder / "register.gpkg"


@pytest.fixture
def path(sound, tmp_path):
    return Path(shutil.copy(sound, tmp_path / "register.gpkg"))


def changed(path, script):
    with closing(sqlite3.connect(path)) as connection:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _geometry: 0)
        connection.executescript(script)


def replaced(name, view):
    return f"ALTER TABLE {name} RENAME TO old_{name}; CREATE VIEW {name} AS {view};"


@pytest.mark.parametrize("script", [
    "CREATE TRIGGER evil AFTER INSERT ON evidence_summary BEGIN UPDATE evidence_summary SET GDMJ = 0; END",
    "CREATE TABLE zz (name); CREATE TRIGGER leak AFTER DELETE ON person BEGIN INSERT INTO zz VALUES (OLD.name); END",
    "CREATE TRIGGER rtree_shape_geom_update9 AFTER INSERT ON shape BEGIN DELETE FROM event; END",
    'CREATE TRIGGER "a" AFTER INSERT ON "event" BEGIN SELECT RAISE(ABORT, \'no\'); END',
    "CREATE TABLE zz (k); CREATE TRIGGER t AFTER INSERT ON zz BEGIN UPDATE parcel SET PDJL1 = '1'; END",
    "CREATE TRIGGER t AFTER UPDATE ON gpkg_contents BEGIN UPDATE parcel SET PDJL1 = '1'; END",
    f"CREATE TRIGGER t AFTER INSERT ON shape BEGIN INSERT INTO gpkg_ogr_contents {ENDLESS} k, k FROM n; END",
    replaced("li_meta", f"{ENDLESS} k AS key, k AS value FROM n"),
    replaced("event", "SELECT * FROM old_event WHERE number < 3"),
    replaced("person", "SELECT id, 'x' AS name, salt FROM old_person"),
    "DROP VIEW parcel_map; CREATE VIEW parcel_map AS SELECT fid AS OGC_FID, geom FROM shape",
    "DROP VIEW parcel_map; CREATE TABLE parcel_map (OGC_FID INTEGER PRIMARY KEY, geom BLOB)",
    "ALTER TABLE parcel ADD COLUMN sum REAL AS (DKMJ * 2)",
    "CREATE UNIQUE INDEX zz ON parcel (PDJL2) WHERE PDJL2 = '101'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, '\"kind\" TEXT', "
    "'\"kind\" TEXT CHECK (kind <> ''verdict_given'')') WHERE name = 'event'",
    "DROP TABLE photo", "ALTER TABLE remedy DROP COLUMN doc",
    "DROP TABLE evidence_layer; CREATE VIRTUAL TABLE evidence_layer USING fts5(run_id, key)",
    "UPDATE li_meta SET value = 'http://127.0.0.1:9/crs' WHERE key = 'crs'",
    "UPDATE li_meta SET value = '/vsicurl/http://127.0.0.1:9/x.wkt' WHERE key = 'crs'",
    "UPDATE li_meta SET value = '+proj=utm +zone=50 +geoidgrids=http://127.0.0.1:9/x' WHERE key = 'crs'",
    "UPDATE li_meta SET value = '../../x' WHERE key = 'register_id'",
    "UPDATE li_meta SET value = '县' || char(27) || '[2J' WHERE key = 'county_name'",
])
def test_what_a_stranger_put_into_a_register_is_refused_with_the_reason_and_at_once(path, script):
    changed(path, script)
    began = time.process_time()
    with pytest.raises(DamagedError, match="is not as a register is made") as refused:
        Register.open(path)
    assert refused.value.remedy and time.process_time() - began < 2


@pytest.mark.parametrize("said", ["03", "３", "0", "-3", "3.0", " 3", "9" * 5000, "drei"])
def test_a_format_written_otherwise_is_no_way_past_the_comparison(path, said):
    changed(path, f"CREATE TRIGGER evil AFTER INSERT ON event BEGIN DELETE FROM event; END; "
                  f"UPDATE li_meta SET value = '{said}' WHERE key = 'schema_version'")
    for attempt in (Register.open, upgrade, format_of):
        with pytest.raises(InputError, match="does not say which format"):
            attempt(path)


def test_what_qgis_and_its_users_lay_beside_is_let_be(path):
    changed(path, "INSERT INTO layer_styles (f_table_name) VALUES ('sketch'); "
                  "CREATE TABLE sketch (fid INTEGER PRIMARY KEY, geom BLOB); CREATE TABLE counted (n); "
                  "INSERT INTO counted VALUES (0); CREATE TRIGGER count_sketch AFTER INSERT ON sketch "
                  "BEGIN UPDATE counted SET n = n + 1; END; CREATE VIEW mine AS SELECT * FROM sketch; CREATE INDEX i ON sketch (geom); "
                  "ALTER TABLE township ADD COLUMN remark TEXT; ALTER TABLE township ADD COLUMN \"check\" TEXT; "
                  "CREATE INDEX own ON township (XZMC)")
    with Register.open(path) as register:
        assert len(register.parcels("B1")) == 2 and verify(register).broken == ()


def test_gdals_own_triggers_of_newer_versions_are_known(path):
    changed(path, '''CREATE TRIGGER IF NOT EXISTS "rtree_shape_geom_update6" AFTER UPDATE OF "geom" ON "shape" WHEN OLD."fid" = NEW."fid"
      AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom")) AND (OLD."geom" NOTNULL AND NOT ST_IsEmpty(OLD."geom")) BEGIN
      UPDATE "rtree_shape_geom" SET minx = ST_MinX(NEW."geom"), maxx = ST_MaxX(NEW."geom"), miny = ST_MinY(NEW."geom"),
      maxy = ST_MaxY(NEW."geom") WHERE id = NEW."fid"; END''')
    Register.open(path).close()


def test_a_question_without_end_behind_a_name_that_is_let_be_does_not_hold_up_opening(path, monkeypatch):
    """Should a way past the comparison be found, opening ends all the same."""
    monkeypatch.setattr(format_check, "refuse_strange", lambda db, _path: db.execute(f"{ENDLESS} max(k) FROM n").fetchone())
    monkeypatch.setattr("land_inspector.register.storage.geopackage.OPENING_S", 0.2)
    with pytest.raises(InputError, match="does not answer"):
        Register.open(path)


@pytest.mark.parametrize("made", registers(), ids=lambda made: f"{made.parent.name}-{made.stem}")
def test_registers_of_every_released_format_are_as_their_format_says(made, tmp_path):
    with closing(sqlite3.connect(laid_out(made, tmp_path))) as db:
        db.row_factory = sqlite3.Row
        assert list(format_check.strangenesses(db)) == []


def test_a_released_format_is_kept_for_ever():
    kept = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in format_check.FORMATS.glob("*.json")}
    assert set(kept) == {folder.name for folder in FORMATS.iterdir() if folder.name.isdigit()}
    assert all(format_check.as_record(format_check.from_record(record)) == record for record in kept.values())


def test_a_later_column_of_issued_rows_leaves_the_digests_of_older_rows_as_they_are(monkeypatch):
    """Every column that the newest released format lacks says since when it is there; a row in which it is empty is sealed as before."""
    newest = max(format_check.FORMATS.glob("*.json"), key=lambda one: int(one.stem))
    released = {column for column, _is_key in json.loads(newest.read_text(encoding="utf-8"))["tables"]["issued"]}
    assert [one.name for one in tables.ISSUED if one.name not in released and not one.since] == []
    before = stored_forms.row_digest({"JCBH": "T1", "BZ": None}, b"")
    monkeypatch.setattr(stored_forms, "later_columns", lambda: frozenset({"LDMJ0"}))
    assert stored_forms.row_digest({"JCBH": "T1", "BZ": None, "LDMJ0": None}, b"") == before
    assert stored_forms.row_digest({"JCBH": "T1", "BZ": None, "LDMJ0": 5.0}, b"") != before


def test_what_is_made_today_is_the_format_it_says_it_is():
    """Whoever changes a table or a view of a released format begins a new one."""
    assert format_check.known_format(str(SCHEMA_VERSION)) == format_check.made_today()
    assert format_check.known_format(str(SCHEMA_VERSION + 1)) is None


def test_a_number_that_is_none_ends_in_a_word_of_ours(path):
    changed(path, "UPDATE event SET sequence = 'x' WHERE number = 3")
    with Register.open(path) as register:
        assert verify(register).broken
        with pytest.raises(LandInspectorError):
            judge(register, {"T002": "1"}, by="甲")


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_ends_in_a_word_of_ours_wherever_it_is_damaged(path, tmp_path, seed):
    import random

    chosen, content = random.Random(seed), bytearray(path.read_bytes())
    for _flip in range(chosen.choice((1, 20, 400))):
        content[chosen.randrange(len(content))] = chosen.randrange(256)
    if seed % 5 == 0:
        del content[chosen.randrange(200, len(content)):]
    (tmp_path / "bad.gpkg").write_bytes(bytes(content))
    try:
        with Register.open(tmp_path / "bad.gpkg") as register:
            verify(register)
            register.parcels("B1")
            judge(register, {"T002": "1"}, by="甲")
    except LandInspectorError:
        pass
    except AssertionError as refused:  # a damaged row refused by the verb itself
        assert "refused" in str(refused) or "[" in str(refused)
