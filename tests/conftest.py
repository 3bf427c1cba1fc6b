from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL server with PostGIS of the tests' own (``tests/postgres_cluster.py``), one for a run of the tests."""
    pytest.importorskip("psycopg2")
    from tests import postgres_cluster

    if not postgres_cluster.has_postgis():
        pytest.skip("PostgreSQL with PostGIS is not installed here (tools/setup.sh installs it)")
    with postgres_cluster.running() as server:
        yield server
        from land_inspector.register.storage.pg_connection import POOL

        POOL.empty()


@pytest.fixture
def current_catalogue(monkeypatch, tmp_path):
    """The Chinese catalogue of this tree as it is now, not as it was when the .qm was last built."""
    from land_inspector import i18n
    from tools import translations

    built = tmp_path / "zh.qm"
    monkeypatch.setattr(translations, "TS", tmp_path / "zh.ts")
    translations.build(built)
    monkeypatch.setattr(i18n, "QM_FILE", built)


@pytest.fixture(scope="module", params=["boundaries", "overlays"])
def both_ways(request):
    """Every test of a module by boundaries alone (green.py, compiled) and by overlays (GEOS), whatever its size."""
    from land_inspector.evidence import accelerator, survey

    problem = accelerator.prepare()
    if request.param == "boundaries" and problem is not None:
        pytest.fail(f"The fast way of measuring is not there: {problem}")
    green = accelerator.green_for(0) if request.param == "boundaries" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "green_for", lambda patches, progress=None: green)
        yield request.param
