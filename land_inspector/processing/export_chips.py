"""land_inspector:export_chips"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..exchange.own_patches import image_file
from ..exchange.training_chips import LARGEST, SMALLEST, export_chips
from ..i18n import tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results
from .parameters import RasterOrFileParameter, advanced, raster_source, register_parameter


class ExportChips(RegisterAlgorithm):
    """REGISTER, BATCH, BEFORE, AFTER, SIZE, OUTPUT → OUTPUT, CHIPS, CONFIRMED, OUTSIDE."""

    NAME = "export_chips"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Give out chips to train a net")

    def group(self) -> str:
        return tr("Own patches")

    def groupId(self) -> str:
        return "changes"

    def shortHelpString(self) -> str:
        return tr("Cuts every decided patch out of two images and writes the pieces, before and after, with what was decided, into one "
                  "file (.npz) for a province that can train. It holds no names and no coordinates. A net that comes back as an .npz "
                  "with its manifest can be used when changes are found; none is shipped.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code (empty: all)"), optional=True))
        self.addParameter(RasterOrFileParameter("BEFORE", tr("Earlier image")))
        self.addParameter(RasterOrFileParameter("AFTER", tr("Later image")))
        self.addParameter(QgsProcessingParameterNumber("SIZE", tr("Pixels a side"), QgsProcessingParameterNumber.Type.Integer, 64,
                                                       minValue=SMALLEST, maxValue=LARGEST))
        self.addParameter(advanced(QgsProcessingParameterString("BANDS", tr("Bands in their order (such as blue,green,red,nir)"),
                                                                optional=True)))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Chips"), "NumPy (*.npz)"))
        for name, text in (("CHIPS", tr("Chips")), ("CONFIRMED", tr("Confirmed")), ("OUTSIDE", tr("Decided patches beyond the images"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        before, after = (image_file(raster_source(parameters.get(name), context)) for name in ("BEFORE", "AFTER"))
        self._images = before, after

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            made = export_chips(register, self.text(parameters, "BATCH", context) or None, self._images, Path(output),
                                size=self.parameterAsInt(parameters, "SIZE", context), bands=self.text(parameters, "BANDS", context),
                                inputs=self.inputs, progress=progress)
        return {"OUTPUT": output, "CHIPS": made.count, "CONFIRMED": made.confirmed, "OUTSIDE": made.outside}
