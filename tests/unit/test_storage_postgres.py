"""The PostgreSQL storage keeps the contract of every storage, on a real server; and what only a server can do to a register."""
from __future__ import annotations

import itertools
import sys
import uuid
import zlib
from dataclasses import replace

import psycopg2
import pytest

from land_inspector.errors import BusyError, Cancelled, DamagedError, InputError, MissingLibraryError, RefusedError
from land_inspector.register import judging
from land_inspector.register.addresses import address_of
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import notes
from land_inspector.register.pursuing import open_case
from land_inspector.register.register import OlderFormatError, Register
from land_inspector.register.server_setup import Login, script, set_up
from land_inspector.register.storage.pg_connection import POOL, not_connected
from land_inspector.register.storage.pg_layout import LAYOUT
from land_inspector.register.storage.postgres import _LOCK
from land_inspector.register.tables import FORMAT
from land_inspector.register.upgrading import format_of, upgrade
from land_inspector.register.verifying import verify
from tests.factories import CRS, Asked, info, judge, squares, township
from tests.unit.law_cases import SAID
from tests.unit.storage_contract import StorageContract

_NUMBERS = itertools.count(1)


@pytest.fixture
def schema():
    """The name of a schema that nobody has used yet."""
    return f"county_{next(_NUMBERS)}"


class TestPostgres(StorageContract):
    @pytest.fixture
    def address(self, cluster, schema):
        return address_of(cluster.address(schema))


# --- roles, logins, forged rows -----------------------------------------------------------------------------------------------------


@pytest.fixture
def office(cluster, schema):
    """A register on the server with roles, and a login for each: its schema."""
    Register.create(cluster.address(schema), county_code="331082", county_name="演示县", crs=CRS, townships=[township()], by="登记员").close()
    with Register.open(cluster.address(schema)) as made:
        issue_batch(made, info(), squares(4), by="甲")
    logins = [(f"{schema}_{short}", role, person) for short, role, person in (
        ("r", "reader", ""), ("w", "reviewer", "甲"), ("s", "second_reviewer", ""), ("c", "case_officer", ""), ("a", "administrator", ""))]
    for login, _role, _person in logins:
        cluster.sql(f'CREATE ROLE "{login}" LOGIN')
    set_up(cluster.address(schema), [Login(*row) for row in logins], by="科长")
    yield schema
    POOL.empty()


def test_each_role_may_do_its_own_work_and_no_more(cluster, office):
    def as_(short):
        return Register.open(cluster.address(office, f"{office}_{short}"))

    with as_("r") as reader:
        assert len(reader.parcels("B1")) == 4 and reader.storage.is_read_only
        for refused in (lambda: judge(reader, {"T001": "1"}, by="读"), lambda: reader.storage.people()):
            with pytest.raises(RefusedError, match="may not"):
                refused()
    with as_("w") as reviewer:
        assert judge(reviewer, {"T001": "2"}, by="甲")
        with pytest.raises(RefusedError, match="case_officer"):
            open_case(reviewer, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"], by="甲")
        with pytest.raises(RefusedError, match="administrator"):
            judging.freeze(reviewer, "B1", by="甲")
    with as_("c") as officer:
        assert open_case(officer, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"], by="办案员")
        with pytest.raises(RefusedError, match="second_reviewer"):
            judging.return_parcels(officer, "B1", ["T001"], level="city", reason="补照片", by="办案员")
    with as_("s") as second:
        assert judging.return_parcels(second, "B1", ["T001"], level="city", reason="补照片", by="市局")
    with as_("a") as administrator:
        judging.freeze(administrator, "B1", by="科长")
        assert verify(administrator).broken == ()


def test_with_roles_a_review_comes_from_somebody_else(cluster, office):
    def as_(short):
        return Register.open(cluster.address(office, f"{office}_{short}"))

    with as_("w") as reviewer:
        judge(reviewer, {"T001": "1", "T003": "1"}, by="甲")
    with as_("s") as second:
        judge(second, {"T002": "1"}, by="复核员")
        keys = {label: second.find("B1", [label])[0][0] for label in ("T001", "T002", "T003", "T004")}
        for level in ("county", "city"):
            with pytest.raises(RefusedError, match=r"judged 1 of these parcels yourself: T002\."):
                judging.pass_review(second, "B1", ["T001", "T002"], level=level, by="复核员")
        assert judging.own_work_of(second, list(keys.values()), by="复核员") == {keys["T002"]}
        assert judging.own_work_of(second, list(keys.values()), by="从未登记者") == set()
        assert judging.pass_review(second, "B1", ["T001"], level="county", by="复核员")
        judge(second, {"T003": "3"}, by="复核员")  # the verdict in force counts, not an earlier one
        with pytest.raises(RefusedError, match="T003"):
            judging.pass_review(second, "B1", ["T003"], level="county", by="复核员")
        assert judging.pass_review(second, "B1", ["T003", "T002"], level="county", by="市局")
        assert verify(second).broken == ()


def test_without_roles_one_person_may_pass_his_own(cluster, schema):
    with Register.create(cluster.address(schema), county_code="331082", county_name="演示县", crs=CRS, townships=[township()],
                         by="登记员") as register:
        issue_batch(register, info(), squares(2), by="甲")
        judge(register, {"T001": "1"}, by="甲")
        assert judging.own_work_of(register, [register.find("B1", ["T001"])[0][0]], by="甲") == set()
        assert judging.pass_review(register, "B1", ["T001"], level="county", by="甲")


def test_a_login_that_is_bound_acts_as_that_person_alone(cluster, office):
    with Register.open(cluster.address(office, f"{office}_w")) as bound:
        with pytest.raises(RefusedError, match="acts as 甲"):
            judge(bound, {"T001": "1"}, by="乙")
        recorded = judge(bound, {"T001": "1"}, by="甲")
        other = bound.enrolled("丙", by="甲")
        forged = replace(recorded.events[-1], uuid=str(uuid.uuid4()), actor=other, sequence=recorded.events[-1].sequence + 2,
                         previous=bound.storage.latest(recorded.events[-1].origin).hash).sealed()
        with pytest.raises(RefusedError, match="another person"):
            with bound.storage.writing():
                bound.storage.append([forged])
    with Register.open(cluster.address(office, f"{office}_s")) as unbound:
        with pytest.raises(RefusedError, match=f"the person to whom the login {office}_w is bound"):
            judge(unbound, {"T002": "1"}, by="甲")
        assert judge(unbound, {"T002": "1"}, by="丙")
    with Register.open(cluster.address(office)) as owners:
        assert judge(owners, {"T003": "1"}, by="甲") and verify(owners).broken == ()


@pytest.mark.parametrize("statement, said", [
    ("UPDATE {s}.event SET payload = '{{}}'", "permission denied"), ("DELETE FROM {s}.event", "permission denied"),
    ("TRUNCATE {s}.event CASCADE", "permission denied"), ("UPDATE {s}.issued SET \"JCBH\" = 'x'", "permission denied"),
    ("ALTER TABLE {s}.event DISABLE TRIGGER ALL", "must be owner"), ("DROP TABLE {s}.event CASCADE", "must be owner"),
    ("INSERT INTO {s}.li_login VALUES ('x', 'y')", "permission denied"), ("UPDATE {s}.li_meta SET value = 'x'", "permission denied"),
    ("INSERT INTO {s}.event SELECT number + 7, uuid || 'x', kind, version, subjects, actor, origin, sequence + 1, hash, seen, group_id, "
     "recorded_at, effective_on, payload, 'forged', NULL FROM {s}.event ORDER BY number DESC LIMIT 1", "does not follow the last one"),
    ("INSERT INTO {s}.event SELECT number + 1, uuid || 'x', kind, version, subjects, actor, origin, sequence + 1, 'forged', seen, "
     "group_id, recorded_at, effective_on, payload, 'forged', NULL FROM {s}.event ORDER BY number DESC LIMIT 1", "last one of its chain"),
    ("INSERT INTO {s}.event SELECT number + 1, uuid || 'x', kind, version, subjects, 'somebody', origin, sequence + 1, hash, seen, "  # as
     "group_id, recorded_at, effective_on, payload, 'forged', recorded_at FROM {s}.event ORDER BY number DESC LIMIT 1",  # if merged
     "may not take in what was recorded elsewhere"),
    ("UPDATE {s}.person SET name = '乙' WHERE name = '甲'", "permission denied"), ("DELETE FROM {s}.person", "permission denied"),
    ("UPDATE {s}.li_right SET role = 'reviewer'", "permission denied"), ("DELETE FROM {s}.li_login", "permission denied"),
    ("ALTER TABLE {s}.event DISABLE TRIGGER ALL", "must be owner"), ("SET session_replication_role = replica", "permission denied")])
def test_whoever_writes_sql_by_hand_can_change_nothing_that_was_recorded(cluster, office, statement, said):
    with pytest.raises(psycopg2.Error, match=said):
        cluster.sql(statement.format(s=office), user=f"{office}_w")


@pytest.mark.parametrize("statement, said", [
    ("UPDATE {s}.event SET payload = '{{}}'", "recorded for good"), ("DELETE FROM {s}.event", "recorded for good"),
    ("TRUNCATE {s}.event CASCADE", "recorded for good")])
def test_the_owner_is_stopped_by_the_trigger_too(cluster, office, statement, said):
    with pytest.raises(psycopg2.Error, match=said):
        cluster.sql(statement.format(s=office))


@pytest.mark.parametrize("statement, said", [
    ("ALTER TABLE {s}.event DISABLE TRIGGER li_keep_event", "was switched off"), ("DROP TRIGGER li_follow ON {s}.event", "is missing"),
    ("CREATE TRIGGER strange BEFORE INSERT ON {s}.parcel FOR EACH ROW EXECUTE FUNCTION {s}.li_keep()", "trigger of its own"),
    ("CREATE RULE strange AS ON INSERT TO {s}.parcel DO INSTEAD NOTHING", "rule of its own"),
    ("ALTER TABLE {s}.parcel DROP COLUMN \"flag_reason\" CASCADE", "other columns"), ("DROP VIEW {s}.parcel_map", "parcel_map is missing"),
    ("UPDATE {s}.li_meta SET value = '../x' WHERE key = 'crs'", "no coordinate reference|is not a coordinate")])
def test_a_schema_that_somebody_changed_is_not_worked_with(cluster, office, statement, said):
    cluster.sql(statement.format(s=office))
    with pytest.raises(DamagedError, match=said):
        Register.open(cluster.address(office))


def test_what_the_owner_forged_behind_the_triggers_is_found(cluster, office):
    cluster.sql(f"SET session_replication_role = replica; UPDATE {office}.event SET payload = '{{}}' WHERE kind = 'batch_issued'; "
                f"UPDATE {office}.parcel SET \"DKMJ\" = 1")
    with Register.open(cluster.address(office)) as register:
        assert "edited" in str(verify(register).broken[0])


def test_the_script_says_what_the_command_does(cluster, office):
    text = script(cluster.address(office), [Login(f"{office}_r", "reviewer")])
    cluster.sql("\n".join(line for line in text.splitlines() if not line.startswith("--")))
    with Register.open(cluster.address(office, f"{office}_r")) as register:
        assert judge(register, {"T002": "1"}, by="丁")
    with pytest.raises(InputError, match="no login nobody_here"):
        set_up(cluster.address(office), [Login("nobody_here", "reader")], by="科长")
    with pytest.raises(InputError, match="no role"):
        set_up(cluster.address(office), [Login(f"{office}_r", "boss")], by="科长")


def test_a_schema_of_the_first_layout_is_brought_up_by_setting_it_up_again(cluster, office):
    """The first layout let whoever may write enter events as if they had come from another copy, and rename people."""
    cluster.sql(f"CREATE OR REPLACE FUNCTION {office}.li_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; "
                f"GRANT UPDATE ON {office}.person TO {office}_reviewer; DELETE FROM {office}.li_right; "
                f"ALTER TABLE {office}.li_version DISABLE TRIGGER ALL; UPDATE {office}.li_version SET layout = 1; "
                f"ALTER TABLE {office}.li_version ENABLE TRIGGER ALL")
    with Register.open(cluster.address(office, f"{office}_w")) as reviewer:
        assert judge(reviewer, {"T001": "2"}, by="甲"), "an older layout is worked with"
        set_up(cluster.address(office), by="科长")
        with pytest.raises(RefusedError, match="administrator"):
            judging.freeze(reviewer, "B1", by="甲")
    with pytest.raises(psycopg2.Error, match="permission denied"):
        cluster.sql(f"UPDATE {office}.person SET name = '乙'", user=f"{office}_w")
    assert cluster.sql(f"SELECT layout FROM {office}.li_version ORDER BY made_at") == [(1,), (LAYOUT,)]


def test_a_dump_of_the_server_is_a_backup(cluster, office, tmp_path):
    with Register.open(cluster.address(office)) as register:
        judge(register, {"T003": "3"}, by="丙")
        seal = register.seal()
    cluster.dump_and_restore(office, tmp_path / "office.dump", "restored")
    with Register.open(cluster.address(office, database="restored")) as restored:
        assert restored.seal() == seal and verify(restored).broken == () and judge(restored, {"T004": "1"}, by="丙")
    POOL.empty()


# --- an older schema -----------------------------------------------------------------------------------------------------------------

#: What an older format did not have: a derived table and its links, a column of one, a lasting table, a column of one, an index, a right.
_OLDER = """DROP VIEW {s}.parcel_map, {s}.photo_map; DROP TABLE {s}.matter, {s}.matter_patch, {s}.quarantine;
ALTER TABLE {s}.parcel DROP COLUMN "flag_reason"; ALTER TABLE {s}.finding DROP COLUMN "area_after_m2"; DROP INDEX {s}.issued_batch;
DELETE FROM {s}.li_right WHERE kind = 'batch_frozen'; UPDATE {s}.li_meta SET value = '2' WHERE key = 'schema_version'"""


@pytest.fixture
def older(cluster, office, tmp_path, monkeypatch):
    """The office's register as an older version had laid it down, with verdicts; its address, and what it told before."""
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)  # where the copy goes
    with Register.open(cluster.address(office)) as register:
        judge(register, {"T001": "2", "T002": "1"}, by="甲")
        before = register.seal().code, register.parcels("B1").drop(columns="last_event").to_csv()
    cluster.sql(_OLDER.format(s=office))
    POOL.empty()
    return office, before


def test_an_older_schema_is_told_and_upgraded_and_everybody_goes_on(cluster, older, tmp_path):
    office, before = older
    with pytest.raises(OlderFormatError, match="format 2") as told:
        Register.open(cluster.address(office, f"{office}_w"))
    assert "Upgrade" in told.value.remedy.template and format_of(cluster.address(office)) == 2
    done = upgrade(cluster.address(office), by="科长")
    assert (done.before, done.after, done.copy) == (2, FORMAT, tmp_path / f"{office}-format2.gpkg")
    with Register.open(done.copy) as copy:
        assert (copy.seal().code, copy.parcels("B1").drop(columns="last_event").to_csv()) == before and verify(copy).broken == ()
    with Register.open(cluster.address(office, f"{office}_w")) as register:
        assert register.parcels("B1").drop(columns="last_event").to_csv() == before[1]
        assert judge(register, {"T003": "3"}, by="甲") and verify(register).broken == ()
        assert register.state().same_as(register.storage.load_state()) == []
        with pytest.raises(RefusedError, match="administrator"):
            judging.freeze(register, "B1", by="甲")
        last = register.storage.events_of_kind("register_upgraded")[-1]
        assert (last.payload["from"], last.payload["to"]) == (2, FORMAT)
    assert [row[0] for row in cluster.sql(f"SELECT format FROM {office}.li_version ORDER BY made_at")] == [FORMAT, FORMAT]
    assert upgrade(cluster.address(office), by="科长").copy is None


@pytest.mark.parametrize("answers", [0, 3, 6, 9])
def test_an_upgrade_of_a_schema_that_is_broken_off_leaves_it_as_it_was(cluster, older, tmp_path, answers):
    office, _before = older
    rows = f"SELECT (SELECT count(*) FROM {office}.event), (SELECT count(*) FROM {office}.li_version), to_regclass('{office}.matter')::text"
    was = cluster.sql(rows)
    with pytest.raises(Cancelled):
        upgrade(cluster.address(office), progress=Asked(answers))
    assert cluster.sql(rows) == was and list(tmp_path.glob("*.gpkg")) == []


def test_who_does_not_own_the_schema_does_not_upgrade_it_and_meanwhile_others_are_told_to_wait(cluster, older):
    office, _before = older
    for short, who in (("r", "读"), ("w", "甲"), ("a", "科长")):
        with pytest.raises(RefusedError, match="may not|no room"):
            upgrade(cluster.address(office, f"{office}_{short}"), by=who)
    assert format_of(cluster.address(office)) == 2
    upgrade(cluster.address(office), by="科长")
    with Register.open(cluster.address(office, f"{office}_w"), patience_s=0.3) as register:
        holder = cluster.connection()
        holder.autocommit = False
        holder.cursor().execute(f"SELECT pg_advisory_xact_lock({_LOCK}, {zlib.crc32(office.encode()) - (1 << 31)})")  # as an upgrade does
        with pytest.raises(BusyError, match="Another program is writing"):
            judge(register, {"T003": "1"}, by="甲")
        holder.close()
        assert judge(register, {"T003": "1"}, by="甲")


# --- what is wrong is said -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change, said", [
    ({"database": "nowhere"}, 'database "nowhere" does not exist'), ({"user": "stranger"}, 'role "stranger" does not exist'),
    ({"schema": "no_such"}, "is no register of Land Inspector"), ({"database": "postgres"}, "has none that your login may see")])
def test_an_address_that_leads_nowhere_says_what_to_do(cluster, office, change, said):
    with pytest.raises(InputError, match=said) as raised:
        Register.open(cluster.address(**{"schema": office, **change}))
    assert raised.value.remedy.template


def test_a_login_without_a_role_is_told_whom_to_ask(cluster, office):
    cluster.sql(f"CREATE ROLE {office}_nobody LOGIN")
    with pytest.raises(RefusedError, match="no role") as refused:
        Register.open(cluster.address(office, f"{office}_nobody"))
    assert "administrator" in refused.value.remedy.template
    POOL.empty()


def test_a_lock_that_somebody_holds_is_waited_for_and_said(cluster, office, monkeypatch):
    monkeypatch.setattr("land_inspector.register.storage.pg_address.LOCK_S", 0.5)
    POOL.empty()
    with Register.open(cluster.address(office), patience_s=0.5) as register:
        holder = cluster.connection()
        holder.autocommit = False
        holder.cursor().execute(f"LOCK TABLE {office}.parcel IN ACCESS EXCLUSIVE MODE")
        for act in (lambda: judge(register, {"T001": "1"}, by="甲"), lambda: register.parcels("B1")):
            with pytest.raises(BusyError):
                act()
        holder.close()
        assert judge(register, {"T001": "1"}, by="甲") and verify(register).broken == ()
    POOL.empty()


def test_a_database_without_postgis_is_refused_where_it_cannot_be_added(cluster, schema):
    cluster.sql(f"CREATE DATABASE plain_{schema}")
    cluster.sql(f"CREATE ROLE plain_{schema} LOGIN; GRANT CREATE ON DATABASE plain_{schema} TO plain_{schema}")
    with pytest.raises(InputError, match="no PostGIS"):
        Register.create(cluster.address(schema, f"plain_{schema}", f"plain_{schema}"), county_code="331082", county_name="演示县", crs=CRS,
                        townships=[township()], by="登记员")
    POOL.empty()


def test_without_psycopg2_it_is_said_what_to_install(cluster, schema, monkeypatch):
    POOL.empty()
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(MissingLibraryError, match="psycopg2-binary"):
        Register.open(cluster.address(schema))


@pytest.mark.parametrize("name", ["public", "pg_mine", "1st", "a~part", "x" * 60, 'a"; DROP SCHEMA public'])
def test_a_schema_of_a_strange_name_is_never_made(cluster, name):
    with pytest.raises(InputError, match="cannot be the name"):
        address_of(cluster.address("x")).__class__(address_of(cluster.address("x")).parameters, name)._refuse_what_is_there()


def test_what_chinese_windows_says_in_gbk_is_read():
    said = "致命错误: 密码认证失败".encode("gbk")
    error = not_connected(UnicodeDecodeError("utf-8", said, 0, 1, "invalid"), "postgresql://h/d")
    assert "密码认证失败" in str(error) and "does not let you in" in str(error)


# --- who has what open ---------------------------------------------------------------------------------------------------------------


def test_a_parcel_that_somebody_has_open_is_shown_and_ends_by_itself(cluster, office):
    with Register.open(cluster.address(office)) as one, Register.open(cluster.address(office)) as two:
        judge(one, {"T001": "1"}, by="甲")
        judge(two, {"T002": "1"}, by="乙")
        first, second = (one.find("B1", [label])[0][0] for label in ("T001", "T002"))
        assert judging.open_parcel(one, first, by="甲") is None and judging.open_parcel(one, first, by="甲") is None
        assert judging.open_parcel(two, first, by="乙") == judging.Held("甲", 15)
        assert judging.open_parcel(two, second, by="乙") is None and judging.open_parcel(one, second, by="甲") == judging.Held("乙", 15)
        assert judging.open_parcel(two, first, by="乙") is None, "who goes on lets go of what he had open"
        judging.open_parcel(one, first, by="甲", minutes=15)
        cluster.sql(f"UPDATE {office}.li_claim SET until = now() - interval '1 second'")
        assert judging.open_parcel(one, first, by="甲") is None, "it ends by itself"
        with pytest.raises(InputError, match="reason"):
            judging.break_claim(two, "B1", "T001", reason=" ", by="乙")
        with Register.open(cluster.address(office, f"{office}_r")) as reader, pytest.raises(RefusedError):
            judging.break_claim(reader, "B1", "T001", reason="甲已下班", by="读")
        assert judging.open_parcel(two, first, by="乙") == judging.Held("甲", 15), "who may not, breaks nothing"
        with Register.open(cluster.address(office, f"{office}_s")) as second:
            assert judging.break_claim(second, "B1", "T001", reason="甲已下班", by="乙")
        assert judging.open_parcel(two, first, by="乙") is None and notes(two, first)[-1][0] == "甲已下班"
        judging.leave(two, by="乙")
        assert judging.open_parcel(one, first, by="甲") is None and judging.open_parcel(one, first, by="从未登记者") is None
        assert verify(one).broken == ()
