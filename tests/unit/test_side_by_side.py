"""The tests themselves, run side by side: a worker that falls costs one test, not the others and not the end of the run."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = 12
SLOW = "import time\n" + "".join(f"def test_{n}():\n    time.sleep(0.01)\n" for n in range(4))
FALLS_ONCE = """
import os
from pathlib import Path
def test_falls():
    mark = Path(__file__).with_name("fallen")
    if not mark.exists():
        mark.touch()
        os._exit(1)
def test_behind_it():
    pass
"""


def test_a_worker_that_falls_neither_holds_up_nor_loses_the_tests_of_others(tmp_path):
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_xdist_make_scheduler\n", encoding="utf-8")
    for n in range(FILES):
        (tmp_path / f"test_{n:02d}.py").write_text(SLOW, encoding="utf-8")
    (tmp_path / "test_07_falls.py").write_text(FALLS_ONCE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:pytest_qgis", "-p", "no:pytest-qt", "-p", "no:cacheprovider", "-n", "2",
               "--dist", "loadfile", "--no-loadscope-reorder", "--rootdir", str(tmp_path), str(tmp_path)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    ran = subprocess.run(command, cwd=tmp_path, env={**kept, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert f"1 failed, {4 * FILES + 2} passed" in ran.stdout
