from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.examples import NEW

# how long it takes to think of an example says how busy the machine is; the same examples come in each run, so that a change is judged by
# what it changed, unless others are asked for (tests/examples.py)
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow],
                          derandomize=not os.environ.get(NEW))
settings.load_profile("busy machine")


def pytest_collection_finish() -> None:
    """Modules, tests and what QGIS lays out stay until the end: looking through them again and again for refuse is a tenth of the
    time of a run. What tests leave behind is looked through as before, only less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


try:
    import fcntl
except ImportError:  # Windows, where nobody runs workers side by side yet
    fcntl = None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Files go to workers as with ``--dist loadfile``, but a worker that fell does not hold up the others for ever: xdist (3.8) gives
    its finished files out again as well, and whoever gets one has nothing to do and is never heard of again."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def remove_node(self, node):
            units = self.assigned_work.get(node, {})
            for finished in [scope for scope, unit in units.items() if all(unit.values())]:
                del units[finished]
            return super().remove_node(node)

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def nothing_known_from_an_earlier_run():
    """The profile of the tests outlasts a run; what it knows of registers' writers would take the next run's copies for older ones."""
    try:
        from land_inspector.settings import origins_file
        from qgis.core import QgsApplication
    except ImportError:
        return
    if QgsApplication.instance() is not None:
        origins_file().unlink(missing_ok=True)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Of all workers that run side by side one is in here; the lock goes with its process, whatever becomes of it."""
    with path.open("w", encoding="utf-8") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """What stands in the way of the fast way of measuring (green.py), None when it is ready: one worker compiles it for all."""
    from land_inspector.evidence import accelerator

    with one_at_a_time(_of_all_workers(tmp_path_factory) / "compiling.lock"):
        return accelerator.prepare()


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


@pytest.fixture(scope="session")
def catalogue_of_this_tree(tmp_path_factory):
    """A .qm of the Chinese catalogue of this tree as it is now: every source is read for it, by one worker for all."""
    from tools import translations

    folder = _of_all_workers(tmp_path_factory)
    made = folder / "zh.qm"
    with one_at_a_time(folder / "catalogue.lock"), pytest.MonkeyPatch.context() as patch:
        if not made.is_file():
            patch.setattr(translations, "TS", folder / "zh.ts")
            translations.build(made)
    return made


@pytest.fixture
def current_catalogue(monkeypatch, catalogue_of_this_tree):
    """The Chinese catalogue of this tree as it is now, not as it was when the .qm was last built."""
    from land_inspector import i18n

    monkeypatch.setattr(i18n, "QM_FILE", catalogue_of_this_tree)


@pytest.fixture(scope="module", params=["boundaries", "overlays"])
def both_ways(request, compiled):
    """Every test of a module by boundaries alone (green.py, compiled) and by overlays (GEOS), whatever its size."""
    from land_inspector.evidence import accelerator, survey

    if request.param == "boundaries" and compiled is not None:
        pytest.fail(f"The fast way of measuring is not there: {compiled}")
    green = accelerator.green_for(0) if request.param == "boundaries" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "green_for", lambda patches, progress=None: green)
        yield request.param
