"""Upgrading, rebuilding and accepting a clock as Processing runs them, and the dock that offers the upgrade."""
from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from qgis.core import QgsProcessingException

from land_inspector.register import sealing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import SCHEMA_VERSION
from land_inspector.settings import origins_file
from tests.algorithms import run
from tests.factories import info, judge, new_register, squares

COUNTY = Path(__file__).parent.parent / "data" / "formats" / "1"


@pytest.fixture
def old(tmp_path):
    """A copy as on a computer that saw none before: this register's writers are known from the copies of other tests."""
    origins_file().unlink(missing_ok=True)
    for beside in COUNTY.glob("county.*"):
        (shutil.copytree if beside.is_dir() else shutil.copy2)(beside, tmp_path / beside.name)
    return tmp_path / "county.gpkg"


def test_an_older_register_is_refused_with_the_way_out_and_opens_once_it_is_upgraded(old):
    with pytest.raises(QgsProcessingException, match="format 1"):
        run("undo", REGISTER=str(old), BY="甲", REASON="x")
    done = run("upgrade_register", REGISTER=str(old), BY="甲")
    assert (done["FORMAT_BEFORE"], done["FORMAT"]) == (1, SCHEMA_VERSION) and Path(done["COPY"]).is_file() and done["EVENTS"] > 80
    assert run("verify_register", REGISTER=str(old))["BROKEN"] == 0
    assert run("upgrade_register", REGISTER=str(old), BY="甲")["COPY"] == ""


def test_a_tampered_state_is_rebuilt(tmp_path):
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(2), by="甲")
    with sqlite3.connect(str(tmp_path / "register.gpkg")) as db:
        db.execute("UPDATE parcel SET PDJL1 = '1'")
    path = str(tmp_path / "register.gpkg")
    assert run("verify_register", REGISTER=path)["BROKEN"] == 2
    assert run("rebuild_state", REGISTER=path)["BROKEN"] == 0


def test_entries_ahead_of_the_clock_are_accepted_with_a_reason(tmp_path, monkeypatch):
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(2), by="甲")
        with monkeypatch.context() as fast:
            fast.setattr(sealing, "utc_now", lambda: "2099-01-01T00:00:00.000000Z")
            judge(register, {"T001": "2"}, by="乙")
    path = str(tmp_path / "register.gpkg")
    with pytest.raises(QgsProcessingException, match="ahead of this computer"):
        run("undo", REGISTER=path, BY="乙", REASON="x")
    assert run("accept_clock", REGISTER=path, REASON="时钟快了", BY="科长")["NEWEST"].startswith("2099")
    assert run("undo", REGISTER=path, BY="乙")["GROUPS"] == 1
