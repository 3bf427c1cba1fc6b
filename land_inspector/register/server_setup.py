"""Setting a register on a server up for an office: its roles, what each may do, which login is whom.

All that is done here stands in one SQL script as well, for an administrator who would rather read it first and run it with psql. What it
protects, and what it cannot, stands in ``docs/postgres.md``.
"""
from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from typing import Dict, Iterable, List, Optional, Sequence

from ..errors import InputError
from .register import Register
from .storage import pg_layout
from .addresses import Addressed, address_of
from .storage.pg_address import DatabaseAddress

ROLES = pg_layout.ROLES
_LOGIN = re.compile(r"[^\x00-\x1f]{1,63}")


@dataclass(frozen=True)
class Login:
    """A login of the server, the role it gets (one of :data:`ROLES`, '' for none) and the name of the person as whom alone it may act
    ('' for anybody)."""

    login: str
    role: str
    person: str = ""


@dataclass(frozen=True)
class SetUp:
    """What was made: names of the group roles, and the logins that have one now or are bound to a person."""

    roles: Sequence[str]
    logins: Sequence[str]


def server_address(address: Addressed) -> DatabaseAddress:
    """The address of a register on a server; InputError for a file."""
    found = address_of(address)
    if not isinstance(found, DatabaseAddress):
        raise InputError("{path} is a file; roles and logins belong to a server.", "Copy it onto a server first (“Copy a register”).",
                         path=str(found))
    return found


def set_up(address: Addressed, logins: Sequence[Login] = (), *, by: Optional[str] = None) -> SetUp:
    """Make the roles of a register and their grants, give logins their roles and bind them to persons; all of it, or nothing.

    Doing it again changes nothing that is there. A person who never acted here is entered. InputError for a role that there is not, a
    login that the server has not, or a file; RefusedError where this login may not do that."""
    place = server_address(address)
    _refuse_unknown(logins)
    with Register.open(place) as register:
        persons = {one.login: register.enrolled(one.person, by=by) for one in logins if one.person}
    with closing(place.database_for(place.schema)) as sql:
        known = {str(row[0]) for row in sql.rows("SELECT rolname FROM pg_catalog.pg_roles")}
        missing = [one.login for one in logins if one.login not in known]
        if missing:
            raise InputError("The server has no login {logins}.", "Make it first: CREATE ROLE … LOGIN PASSWORD …",
                             logins=", ".join(missing))
        sql.begin("SELECT 1")
        try:
            for statement in _statements(place.schema, known, logins):
                sql.run(statement)
            for login, person in persons.items():
                sql.run(f"INSERT INTO {pg_layout.LOGINS} (login, person) VALUES (%s, %s) ON CONFLICT (login) DO UPDATE SET "  # nosec B608
                        "person = excluded.person, bound_at = now(), bound_by = session_user", (login, person))
            sql.commit()
        except BaseException:
            sql.rollback()
            raise
    place.share_styles()
    return SetUp(list(pg_layout.role_names(place.schema).values()), [one.login for one in logins])


def _refuse_unknown(logins: Sequence[Login]) -> None:
    for one in logins:
        if not _LOGIN.fullmatch(one.login):
            raise InputError("{login} is no login.", "Give the name with which the person logs in at the server.", login=one.login[:60])
        if one.role and one.role not in ROLES:
            raise InputError("There is no role {role}.", "Roles: {roles}.", role=one.role[:40], roles=", ".join(ROLES))


def _statements(schema: str, known: Iterable[str], logins: Sequence[Login]) -> List[str]:
    names: Dict[str, str] = pg_layout.role_names(schema)
    made = pg_layout.role_statements(schema, known)
    for one in logins:
        others = ", ".join(pg_layout.quoted(name) for role, name in names.items() if role != one.role)
        made.append(f"REVOKE {others} FROM {pg_layout.quoted(one.login)}")
        if one.role:
            made.append(f"GRANT {pg_layout.quoted(names[one.role])} TO {pg_layout.quoted(one.login)}")
    return made


def script(address: Addressed, logins: Sequence[Login] = ()) -> str:
    """The roles, their grants and who gets which as one SQL script, for an administrator who reads it first and runs it with psql. Roles
    that are there already are left; binding a login to a person needs the register's own ids and is done by :func:`set_up` alone."""
    place = server_address(address)
    _refuse_unknown(logins)
    made = [f"-- Land Inspector: roles of the register in schema {place.schema}. Run with psql -1 -v ON_ERROR_STOP=1 -f …"]
    for statement in _statements(place.schema, (), logins):
        found = re.fullmatch(r'CREATE ROLE ("(?:[^"]|"")+") NOLOGIN', statement)
        if found:
            literal = "'" + found.group(1)[1:-1].replace('""', '"').replace("'", "''") + "'"
            missing = f"NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = {literal})"  # nosec B608
            statement = f"DO $do$ BEGIN IF {missing} THEN {statement}; END IF; END $do$"
        made.append(statement + ";")
    return "\n".join(made) + "\n"
