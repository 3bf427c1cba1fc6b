"""No algorithm writes over a register, over what it reads, or into a register's attachments; a failed report does not undo an act."""
from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterFolderDestination,
    QgsProject,
    QgsVectorLayer,
)

from land_inspector.processing.provider import ALGORITHMS
from land_inspector.register.register import Register
from tests.algorithms import Told, a_batch, patch_file, run

OUTPUTS = [pytest.param(algorithm, definition.name(), id=f"{algorithm.NAME}-{definition.name()}")
           for algorithm in ALGORITHMS for made in [algorithm().create()] for definition in made.destinationParameterDefinitions()]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A register, what is read into it, and other names for both."""
    folder = tmp_path_factory.mktemp("office")
    register = a_batch(folder)
    (folder / "v.csv").write_text("JCBH,PDJL1,PDJL2\nT001,2,201\n", encoding="utf-8")
    os.link(register, folder / "hard.html")
    (folder / "soft.json").symlink_to(register)
    other = folder / "other"
    other.mkdir()
    (other / "named.xlsx").write_bytes(a_batch(other).read_bytes())
    (folder / "register.photos").mkdir()
    return folder


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(("-wal", "-shm"))}


def inputs(folder):
    table = str(folder / "v.csv")
    return {"REGISTER": str(folder / "register.gpkg"), "INPUT": str(folder / "patches.gpkg"), "TABLE": table, "OVERLAY": table,
            "TOWNSHIPS": str(folder / "townships.gpkg"), "LAYERS": [str(folder / "patches.gpkg")], "BATCH": "B1", "PARCELS": "T001"}


def refused(algorithm, output, folder, target):
    made, feedback, context = algorithm().create(), QgsProcessingFeedback(False), QgsProcessingContext()
    context.setProject(QgsProject.instance())
    names = {definition.name() for definition in made.parameterDefinitions()}
    given = {name: value for name, value in inputs(folder).items() if name in names}
    before = digests(folder)
    assert not made.prepare({**given, output: target}, context, feedback)
    assert digests(folder) == before
    return feedback.textLog()


HARM = ["register.gpkg", "register.gpkg|layername=parcel_map", "hard.html", "soft.json", "other/named.xlsx", "register.photos/new.html",
        "register.gpkg-wal", "register"]


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize(("algorithm", "output"), OUTPUTS)
def test_no_output_replaces_a_register_or_lies_among_its_attachments(office, algorithm, output, harm):
    made = algorithm().create()
    is_folder = isinstance(made.parameterDefinition(output), QgsProcessingParameterFolderDestination)
    if is_folder and harm in ("register", "register.gpkg-wal"):
        pytest.skip("a folder of that name harms nobody")
    if is_folder and harm.startswith("register.photos"):
        harm = "register.photos"
    said = refused(algorithm, output, office, str(office / harm))
    assert any(word in said for word in ("is a register", "belongs to the register", "among the attachments", "not a folder")), said


@pytest.mark.parametrize(("algorithm", "output"), [case for case in OUTPUTS if "FOLDER" not in case.values[1]])
def test_no_output_replaces_what_the_run_reads(office, algorithm, output):
    made = algorithm().create()
    names = {definition.name() for definition in made.parameterDefinitions() if not definition.isDestination()}
    for name, value in inputs(office).items():
        source = value[0] if isinstance(value, list) else value
        if name in names and name not in ("REGISTER", "BATCH", "PARCELS"):
            assert "is read in this run" in refused(algorithm, output, office, source), name


def test_a_sink_described_by_an_object_or_by_a_connection_is_looked_through(office):
    algorithm = next(one for one in ALGORITHMS if one.NAME == "work_list")
    target = str(office / "register.gpkg")
    for value in (QgsProcessingOutputLayerDefinition(target), f"ogr:dbname='{target}' table=\"x\" (geom)"):
        assert "is a register" in refused(algorithm, "OUTPUT", office, value)


def test_a_layer_of_the_project_is_an_input_too(office):
    algorithm = next(one for one in ALGORITHMS if one.NAME == "measure_overlap")
    layer = QgsVectorLayer(f"{office / 'patches.gpkg'}|layername=layer", "patches", "ogr")
    QgsProject.instance().addMapLayer(layer)
    made, feedback, context = algorithm().create(), QgsProcessingFeedback(False), QgsProcessingContext()
    context.setProject(QgsProject.instance())
    for given in (layer, layer.id(), "patches"):
        assert not made.prepare({"INPUT": given, "LAYERS": [layer.id()], "OUTPUT": str(office / "patches.gpkg")}, context, feedback)
        assert "is read in this run" in feedback.textLog()
    QgsProject.instance().removeMapLayer(layer.id())


def test_two_outputs_of_one_name_are_refused(office):
    algorithm = next(one for one in ALGORITHMS if one.NAME == "check_figures")
    made, feedback, context = algorithm().create(), QgsProcessingFeedback(False), QgsProcessingContext()
    same = str(office / "both.html")
    given = {"REGISTER": str(office / "register.gpkg"), "BATCH": "B1", "TABLE": str(office / "v.csv")}
    assert not made.prepare({**given, "OUTPUT": same, "REPORT": same}, context, feedback)
    assert "Two outputs" in feedback.textLog()


def test_a_register_that_is_called_like_an_export_stays(tmp_path):
    register = a_batch(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    (out / "townships.gpkg").write_bytes(register.read_bytes())
    (out / "townships.xlsx").write_text("old")
    before = digests(out)
    with pytest.raises(QgsProcessingException, match="townships.gpkg exists already and is a register"):
        run("export_townships", REGISTER=register, FOLDER=out)
    assert digests(out) == before and len(list(out.iterdir())) == 2


@pytest.mark.parametrize("act", ["verdicts", "patches"])
def test_a_report_that_fails_after_an_act_says_what_was_recorded(tmp_path, act):
    register, feedback = a_batch(tmp_path), Errors()
    nowhere = tmp_path / "no folder" / "report.html"
    if act == "verdicts":
        (tmp_path / "v.csv").write_text("JCBH,PDJL1,PDJL2\nT001,2,201\n", encoding="utf-8")
        result = run("give_verdicts", feedback, REGISTER=register, BATCH="B1", TABLE=tmp_path / "v.csv", REPORT=nowhere)
        assert result["GIVEN"] == 1
        wanted = "1 verdicts were recorded"
    else:
        result = run("import_patches", feedback, REGISTER=register, INPUT=patch_file(tmp_path, 3, "second.gpkg"), BATCH="B2",
                     ISSUED="2026-06-10", REPORT=nowhere)
        assert result["IMPORTED"] == 3
        wanted = "3 patches were imported into batch B2"
    assert "REPORT" not in result
    (error,) = feedback.errors
    assert wanted in error and result.get("GROUP", "") in error and "cannot be written" in error
    with Register.open(register) as opened:
        assert opened.storage.latest() is not None


class Errors(Told):
    """Remembers errors too."""

    def __init__(self):
        super().__init__()
        self.errors = []

    def reportError(self, error, fatalError=False):
        self.errors.append(error)


def test_words_of_a_table_never_become_a_formula(tmp_path):
    register = a_batch(tmp_path)
    (tmp_path / "t.csv").write_text("DKBH,DKMJ\n=1+1,x\n@cmd,1\n", encoding="utf-8")
    found = run("check_figures", REGISTER=register, BATCH="B1", TABLE=tmp_path / "t.csv", OUTPUT=tmp_path / "out.csv")
    text = Path(found["OUTPUT"]).read_text(encoding="utf-8")
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert "'=1+1" in cells and "'@cmd" in cells and not [cell for cell in cells if cell.startswith(("=", "@"))]


def test_a_new_register_never_takes_the_place_of_one(tmp_path):
    register = a_batch(tmp_path)
    before = digests(tmp_path)
    with pytest.raises(QgsProcessingException):
        run("create_register", OUTPUT=register, COUNTY_CODE="331082", COUNTY_NAME="x", TOWNSHIPS=tmp_path / "townships.gpkg",
            CODE_FIELD="XZDM", NAME_FIELD="XZMC")
    assert digests(tmp_path) == before


@pytest.mark.parametrize("place", ["a.txt", "a.txt/below", "/dev/null"])
@pytest.mark.parametrize("name", ["paper_templates", "write_dossiers", "evidence_maps", "pack_photos"])
def test_a_folder_that_is_a_file_or_lies_below_one_is_told_in_words(office, tmp_path, name, place):
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="is a file, not a folder"):
        run(name, REGISTER=office / "register.gpkg", BATCH="B1", FOLDER=tmp_path / place)


def test_a_geopackage_under_another_ending_is_refused(tmp_path):
    corners = ("3190000.0,40609000.0", "3190100.0,40609000.0", "3190100.0,40609100.0", "3190000.0,40609000.0")
    text = tmp_path / "红线.txt"
    text.write_text("[属性描述]\n带号=40\n[地块坐标]\n4,0.5,1,甲,面,,,,@\n" + "".join(f"J{n},1,{one}\n" for n, one in enumerate(corners)),
                    encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="must end in .gpkg"):
        run("import_redline", INPUT=text, OUTPUT=tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("day", ["9999-12-31", "2098-01-01"])
def test_an_issue_of_the_future_is_refused_before_anything_is_done(office, tmp_path, day):
    with pytest.raises(QgsProcessingException, match="has not come yet"):
        run("import_patches", REGISTER=office / "register.gpkg", INPUT=patch_file(tmp_path), BATCH="B9", ISSUED=day)
