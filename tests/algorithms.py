"""Running the plugin's algorithms the way QGIS does, and small files to run them on."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import shapely
from osgeo import ogr, osr
from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProject

from tests.factories import CRS, square, township
from tools.headless_plugin import provide

FIELDS = ("XZQDM", "JCBH", "TBLX", "QSX", "HSX", "JCMJ")


class Told(QgsProcessingFeedback):
    """Feedback that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(False)
        self.fractions, self.texts, self.warnings = [], [], []
        self.progressChanged.connect(self.fractions.append)

    def setProgressText(self, text: str) -> None:
        self.texts.append(text)

    def pushWarning(self, text: str) -> None:
        self.warnings.append(text)

    def pushInfo(self, text: str) -> None:
        self.texts.append(text)


def run(name: str, feedback: QgsProcessingFeedback = None, **parameters: Any) -> Dict[str, Any]:
    provide()
    import processing

    given = {key: str(value) if isinstance(value, Path) else value for key, value in parameters.items()}
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    return processing.run(f"land_inspector:{name}", given, feedback=feedback or Told(), context=context)


def write_layer(path: Path, rows, fields, layer: str = "layer", crs: str = CRS) -> Path:
    """A GeoPackage layer of (geometry, values) rows; values are written as they are."""
    reference = osr.SpatialReference()
    reference.SetFromUserInput(crs)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    target = dataset.CreateLayer(layer, reference, ogr.wkbUnknown)
    for name, kind in fields.items():
        target.CreateField(ogr.FieldDefn(name, {str: ogr.OFTString, float: ogr.OFTReal, int: ogr.OFTInteger}[kind]))
    for geometry, values in rows:
        feature = ogr.Feature(target.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkb(shapely.to_wkb(geometry)))
        for name, value in zip(fields, values):
            if value is not None:
                feature[name] = value
        target.CreateFeature(feature)
    del target, dataset
    return path


def township_file(folder: Path) -> Path:
    areas = [township("331082100", "古城街道", (-10, 3)), township("331082101", "大田街道", (3, 1000))]
    rows = [(shapely.from_wkb(t.wkb), (t.code, t.name, t.station)) for t in areas]
    return write_layer(folder / "townships.gpkg", rows, {"XZDM": str, "XZMC": str, "ZSDM": str})


def patch_file(folder: Path, count: int = 6, name: str = "patches.gpkg") -> Path:
    """T001 … on a row of squares of 1600 m²; two lie in the first township, the others in the second."""
    kinds = {**{field: str for field in FIELDS}, "JCMJ": float}
    rows = [(square(i), ("331082", f"T{i:03d}", "1A", "20260301", "20260501", 1600.0)) for i in range(1, count + 1)]
    return write_layer(folder / name, rows, kinds)


def a_register(folder: Path, name: str = "register.gpkg") -> Path:
    """A register made by its algorithm."""
    run("create_register", OUTPUT=folder / name, COUNTY_CODE="331082", COUNTY_NAME="演示县", TOWNSHIPS=township_file(folder),
        CODE_FIELD="XZDM", NAME_FIELD="XZMC", STATION_FIELD="ZSDM")
    return folder / name


def a_batch(folder: Path, count: int = 6) -> Path:
    """A register with batch B1 imported by its algorithm."""
    register = a_register(folder)
    run("import_patches", REGISTER=register, INPUT=patch_file(folder, count), BATCH="B1", BATCH_NAME="五月一批", YEAR=2026, MONTH=5,
        ISSUED="2026-05-10")
    return register
