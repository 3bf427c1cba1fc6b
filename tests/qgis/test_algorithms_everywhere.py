"""The algorithms wherever they run: their words, qgis_process, background threads, models."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import shapely
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildDependency,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
)

from land_inspector.processing.provider import ALGORITHMS
from land_inspector.register.register import Register
from tests.algorithms import a_register, patch_file, run, township_file, write_layer
from tests.factories import X0, Y0
from tools.headless_plugin import provide

ROOT = Path(__file__).resolve().parents[2]
QGIS_PROCESS = next((found for name in ("qgis_process.bin", "qgis_process") if (found := shutil.which(name))), None)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.NAME)
def test_every_algorithm_is_registered_and_says_what_it_does(algorithm):
    provide()
    known = QgsApplication.processingRegistry().algorithmById(f"land_inspector:{algorithm.NAME}")
    assert known is not None and len(known.shortHelpString()) > 60 and known.group()
    assert all(parameter.description() for parameter in known.parameterDefinitions())


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.NAME)
def test_every_algorithm_can_run_in_the_background_and_be_cancelled(algorithm):
    flags = algorithm().flags()
    assert not flags & QgsProcessingAlgorithm.Flag.FlagNoThreading
    assert flags & QgsProcessingAlgorithm.Flag.FlagCanCancel


@pytest.mark.parametrize("name", ["a\0b.gpkg", "很长的名称" * 60 + ".gpkg"], ids=["no text of a path", "too long"])
def test_a_name_that_no_file_can_have_is_refused_by_every_parameter_that_names_one(name):
    provide()
    for algorithm in ALGORITHMS:
        known = QgsApplication.processingRegistry().createAlgorithmById(f"land_inspector:{algorithm.NAME}")
        for parameter in known.parameterDefinitions():
            if parameter.type() in ("file", "fileDestination", "folderDestination", "vectorDestination"):
                given = {one.name(): one.defaultValue() for one in known.parameterDefinitions()}
                feedback = QgsProcessingFeedback(False)
                assert not known.prepare({**given, parameter.name(): name}, QgsProcessingContext(), feedback)
                assert f"{parameter.description()}: " in feedback.textLog() and "such name" in feedback.textLog()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan"])
def test_what_is_no_number_is_refused_by_every_parameter_that_wants_one(value):
    provide()
    for algorithm in ALGORITHMS:
        known = QgsApplication.processingRegistry().createAlgorithmById(f"land_inspector:{algorithm.NAME}")
        for parameter in known.parameterDefinitions():
            if parameter.type() in ("number", "distance", "area", "duration"):
                feedback = QgsProcessingFeedback(False)
                assert not known.prepare({parameter.name(): value}, QgsProcessingContext(), feedback)
                assert f"{parameter.description()}: " in feedback.textLog()


def test_a_task_in_another_thread_imports_and_tells_its_result(tmp_path, qtbot):
    register, patches = a_register(tmp_path), patch_file(tmp_path)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("land_inspector:import_patches")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    given = {"REGISTER": str(register), "INPUT": str(patches), "BATCH": "B1", "ISSUED": "2026-05-10"}
    task = QgsProcessingAlgRunnerTask(algorithm, given, context, feedback)
    with qtbot.waitSignal(task.executed, timeout=200_000) as executed:
        QgsApplication.taskManager().addTask(task)
    ok, results = executed.args
    assert ok and results["IMPORTED"] == 6
    with Register.open(register) as opened:
        assert len(opened.patches("B1")) == 6


def test_an_error_in_another_thread_is_told_and_nothing_falls_over(tmp_path, qtbot):
    provide()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("land_inspector:verify_register")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    task = QgsProcessingAlgRunnerTask(algorithm, {"REGISTER": str(tmp_path / "none.gpkg")}, context, feedback)
    with qtbot.waitSignal(task.executed, timeout=200_000) as executed:
        QgsApplication.taskManager().addTask(task)
    assert not executed.args[0] and "no register at" in feedback.textLog()


def test_a_model_chains_algorithms_by_their_results(tmp_path):
    register = a_register(tmp_path)
    model = QgsProcessingModelAlgorithm("chain", "test")
    model.addModelParameter(QgsProcessingParameterFile("R"), QgsProcessingModelParameter("R"))
    source, static = QgsProcessingModelChildParameterSource.fromModelParameter, QgsProcessingModelChildParameterSource.fromStaticValue
    first = QgsProcessingModelChildAlgorithm("land_inspector:import_patches")
    first.setChildId("import")
    for name, value in {"INPUT": str(patch_file(tmp_path)), "BATCH": "B1", "ISSUED": "2026-05-10", "REGIME": "old"}.items():
        first.addParameterSources(name, [static(value)])
    first.addParameterSources("REGISTER", [source("R")])
    model.addChildAlgorithm(first)
    last = QgsProcessingModelChildAlgorithm("land_inspector:verify_register")
    last.setChildId("verify")
    last.addParameterSources("REGISTER", [source("R")])
    last.setDependencies([QgsProcessingModelChildDependency("import")])
    model.addChildAlgorithm(last)
    results, ok = model.run({"R": str(register)}, QgsProcessingContext(), QgsProcessingFeedback())
    assert ok and results["CHILD_RESULTS"]["verify"]["BROKEN"] == 0
    with Register.open(register) as opened:
        assert opened.batch("B1").ZD == "O"


@pytest.fixture(scope="module")
def command_line(tmp_path_factory):
    """qgis_process with the plugin of this tree in a profile of its own."""
    if QGIS_PROCESS is None:
        pytest.skip("this QGIS has no qgis_process")
    home = tmp_path_factory.mktemp("profile")
    plugin = home / "profiles" / "default" / "python" / "plugins" / "land_inspector"
    subprocess.run([sys.executable, "-m", "tools.package", "--links", str(plugin)], cwd=ROOT, check=True, timeout=600)
    (plugin.parents[2] / "QGIS").mkdir()
    (plugin.parents[2] / "QGIS" / "QGIS3.ini").write_text("[PythonPlugins]\nland_inspector=true\n", encoding="utf-8")
    environment = {**os.environ, "QGIS_CUSTOM_CONFIG_PATH": str(home), "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8",
                   "PYTHONPATH": sysconfig.get_path("purelib")}

    def call(name, **parameters):
        """Its results; what its log says is kept in ``call.log``."""
        options = [f"--{key}={value}" for key, value in parameters.items()]
        done = subprocess.run([QGIS_PROCESS, "--json", "run", f"land_inspector:{name}", *options], env=environment, capture_output=True,
                              text=True, timeout=1000)
        assert done.returncode == 0, done.stdout + done.stderr
        call.log = done.stdout + done.stderr
        return json.loads(done.stdout[done.stdout.index("{"):])["results"]

    return call


def _profile(folder):
    """A survey in strips of 30 m, and an approval over half of T002."""
    strips = [(shapely.box(X0 + 30 * at, Y0 - 100, X0 + 30 * at + 30, Y0 + 100), ("0101" if at % 2 else "0301",)) for at in range(30)]
    survey = write_layer(folder / "dltb.gpkg", strips, {"DLBM": str})
    (folder / "profile.json").write_text(json.dumps({"version": 1, "layers": [
        {"key": "dltb", "role": "land_use", "source": survey.name, "fields": {"class": "DLBM"}},
        {"key": "approval", "role": "approval", "source": _half(folder).name}]}), encoding="utf-8")
    return folder / "profile.json"


def _half(folder):
    return write_layer(folder / "half.gpkg", [(shapely.box(X0 + 200, Y0, X0 + 220, Y0 + 40), ("x",))], {"PZWH": str})


def test_the_job_runs_from_the_command_line(tmp_path, command_line):
    register = tmp_path / "register.gpkg"
    made = command_line("create_register", OUTPUT=register, COUNTY_CODE="331082", COUNTY_NAME="演示县", TOWNSHIPS=township_file(tmp_path),
                        CODE_FIELD="XZDM", NAME_FIELD="XZMC", STATION_FIELD="ZSDM")
    assert made["TOWNSHIP_COUNT"] == 2
    imported = command_line("import_patches", REGISTER=register, INPUT=patch_file(tmp_path), BATCH="B1", BATCH_NAME="五月一批", YEAR=2026,
                            MONTH=5, ISSUED="2026-05-10", REGIME="old", AREA_METHOD="1", REPORT=tmp_path / "report.html")
    assert (imported["ROWS"], imported["IMPORTED"]) == (6, 6)
    measured = command_line("measure_evidence", REGISTER=register, BATCH="B1", PROFILE=_profile(tmp_path))
    assert (measured["PARCELS"], measured["GAPS"]) == (6, 0)
    assert command_line("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T002", PROFILE=tmp_path / "profile.json",
                        ALONG="approval")["PIECES"] == 2
    (tmp_path / "v.csv").write_text("JCBH,PDJL1,PDJL2\nT001,2,201\n", encoding="utf-8")
    assert command_line("give_verdicts", REGISTER=register, BATCH="B1", TABLE=tmp_path / "v.csv", BY="甲")["GIVEN"] == 1
    given = command_line("export_townships", REGISTER=register, FOLDER=tmp_path / "out", EFFECTIVE_ON="2027-01-01")
    assert Path(given["GPKG"]).is_file() and Path(given["WORKBOOK"]).is_file()
    assert run("verify_register", REGISTER=register)["BROKEN"] == 0
    with Register.open(register) as opened:
        assert (opened.batch("B1").ZD, opened.batch("B1").MJFF) == ("O", "P")


def test_much_work_goes_the_compiled_way_in_qgis_own_process(tmp_path, command_line, compiled):
    assert compiled is None
    squares = write_layer(tmp_path / "squares.gpkg", [(shapely.box(X0 + x, Y0 + y, X0 + x + 8, Y0 + y + 8), (f"{x}-{y}",))
                                                      for x in range(0, 800, 10) for y in range(0, 400, 10)], {"JCBH": str})
    strips = write_layer(tmp_path / "strips.gpkg", [(shapely.box(X0 + x, Y0 - 9, X0 + x + 25, Y0 + 300), (f"0{x % 2}",))
                                                    for x in range(0, 800, 25)], {"DLBM": str})
    found = command_line("measure_classes", INPUT=squares, OVERLAY=strips, CLASS_FIELD="DLBM", AREA_METHOD=2, OUTPUT=tmp_path / "out.gpkg")
    assert found["UNCOVERED_M2"] == pytest.approx(80 * 10 * 64, abs=1e-6)
    assert found["OVERLAP_M2"] == 0
    assert "overlays" not in command_line.log
