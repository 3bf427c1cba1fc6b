"""Own patches, as algorithms: found in two images, ranked by the bureau's verdicts, cut out for training."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean, QgsProcessingParameterFeatureSink, QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination, QgsProcessingParameterMultipleLayers, QgsProcessingParameterNumber,
    QgsProcessingParameterString, QgsProcessingParameterVectorDestination, QgsProcessingUtils,
)

from ..changes.proposing import BUDGET, MOST_BUDGET, Request, TILE, propose
from ..errors import InputError, message
from ..exchange.formats.html import write_page
from ..exchange.own_patches import (
    LARGEST, QUEUE_FIELDS, SMALLEST, candidates_page, export_chips, image_file, in_order, level_text, quality_page,
    queue_rows, write_candidates,
)
from ..i18n import say, tr, user_locale
from ..progress import Progress
from ..register.own_patches import confirmed_share, keep_ranking, own_patches, queue_places, run_of
from .base import RegisterAlgorithm
from .feedback import LandInspectorAlgorithm, Parameters, Results
from .parameters import (
    DayParameter, LayerOrFileParameter, RasterOrFileParameter, advanced, batch_parameter, day_text, raster_source,
    register_parameter, report_parameter, source_of,
)
from .outputs import write_table


_WHOLE = QgsProcessingParameterNumber.Type.Integer


class ProposePatches(LandInspectorAlgorithm):
    """BEFORE, AFTER, AREA, INCLUDE, EXCLUDE, BUDGET, MIN_AREA, SEED, OUTPUT, REPORT → CANDIDATES, EXAMINED_KM2, NOT_EXAMINED_KM2."""

    NAME = "propose_patches"

    def displayName(self) -> str:
        return tr("Find changes in two images (own patches)")

    def group(self) -> str:
        return tr("Own patches")

    def groupId(self) -> str:
        return "changes"

    def shortHelpString(self) -> str:
        return tr("Compares two dated images and lists the places that look changed, the likeliest first: a list to look through, never a "
                  "verdict. It does not say that nothing else changed, and nothing about what is lawful.\n\n"
                  "The report says first what may spoil the comparison: season, registration, light, clouds. Choose images of the same "
                  "season: it matters more than anything else. INCLUDE is the land to look at (farmland, say), EXCLUDE what is left out "
                  "(villages, approvals): a candidate goes where 90 % of it lies there, and is counted. One in ten of the list is drawn at "
                  "random and marked, so that verdicts can tell what the list is worth.\n\n"
                  "Outlines are sketches; their area is no evidence until redrawn or measured. The same input and seed give the same file.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        polygons = QgsProcessing.SourceType.TypeVectorPolygon
        self.addParameter(RasterOrFileParameter("BEFORE", tr("Earlier image")))
        self.addParameter(RasterOrFileParameter("AFTER", tr("Later image")))
        self.addParameter(LayerOrFileParameter("AREA", tr("Area (empty: all that both images show)"), [polygons], optional=True))
        self.addParameter(QgsProcessingParameterMultipleLayers("INCLUDE", tr("Land to look at (empty: all)"), polygons, optional=True))
        self.addParameter(QgsProcessingParameterMultipleLayers("EXCLUDE", tr("Land to leave out"), polygons, optional=True))
        self.addParameter(QgsProcessingParameterNumber("BUDGET", tr("Candidates at most"), _WHOLE, BUDGET, minValue=1,
                                                       maxValue=MOST_BUDGET))
        self.addParameter(QgsProcessingParameterNumber(
            "MIN_AREA", tr("Smallest area (m²; empty: 200, or four pixels)"), QgsProcessingParameterNumber.Type.Double, None, True, 0))
        self.addParameter(QgsProcessingParameterNumber("SEED", tr("Seed of what is drawn at random"), _WHOLE, 1, minValue=0))
        for name, text in (("BEFORE_DATE", tr("Day of the earlier image")), ("AFTER_DATE", tr("Day of the later image"))):
            self.addParameter(advanced(DayParameter(name, text, optional=True)))
        for name, text in (("BEFORE_CLOUDS", tr("Scene classes of the earlier image (Sentinel-2 SCL)")),
                           ("AFTER_CLOUDS", tr("Scene classes of the later image (Sentinel-2 SCL)"))):
            self.addParameter(advanced(RasterOrFileParameter(name, text, optional=True)))
        self.addParameter(advanced(QgsProcessingParameterString("BANDS", tr("Bands in their order (such as blue,green,red,nir)"),
                                                                optional=True)))
        self.addParameter(advanced(QgsProcessingParameterFile("MODEL", tr("Trained net (.npz with its manifest; none is shipped)"),
                                                              extension="npz", optional=True)))
        self.addParameter(advanced(QgsProcessingParameterBoolean("SELF_TEST", tr("Test with planted sites"), True)))
        self.addParameter(advanced(QgsProcessingParameterNumber("TILE", tr("Size of a tile in pixels (memory only)"), _WHOLE, TILE,
                                                                minValue=64, maxValue=4096)))
        self.addParameter(QgsProcessingParameterVectorDestination("OUTPUT", tr("Candidates"), polygons))
        self.addParameter(report_parameter())
        for name, label in (("CANDIDATES", tr("Candidates")), ("EXAMINED_KM2", tr("Examined (km²)")),
                            ("NOT_EXAMINED_KM2", tr("Not examined (km²)"))):
            self.addOutput(QgsProcessingOutputNumber(name, label))

    def look_up(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        before, after = (image_file(raster_source(parameters.get(name), context), day_text(parameters.get(f"{name}_DATE")) or "",
                                    self._optional_raster(parameters, f"{name}_CLOUDS", context)) for name in ("BEFORE", "AFTER"))
        area = source_of(parameters["AREA"], context) if parameters.get("AREA") not in (None, "") else ""
        include, exclude = (_sources(parameters.get(name), context) for name in ("INCLUDE", "EXCLUDE"))
        smallest: Optional[float] = None
        if parameters.get("MIN_AREA") not in (None, ""):
            smallest = self.parameterAsDouble(parameters, "MIN_AREA", context)
        self._request = in_order(Request(
            before, after, area, include, exclude, self.parameterAsInt(parameters, "BUDGET", context), smallest,
            self.parameterAsInt(parameters, "SEED", context), self.parameterAsString(parameters, "BANDS", context) or "",
            self.parameterAsInt(parameters, "TILE", context), model=self.parameterAsString(parameters, "MODEL", context) or "",
            self_test=self.parameterAsBool(parameters, "SELF_TEST", context)))

    def _optional_raster(self, parameters: Parameters, name: str, context: QgsProcessingContext) -> str:
        return raster_source(parameters[name], context) if parameters.get(name) not in (None, "") else ""

    def work(self, parameters: Parameters, context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        if output == "memory:":  # as scripts ask for a temporary layer; here it must be a file
            output = QgsProcessingUtils.generateTempFilename("own_patches.gpkg")
        if Path(output).suffix.lower() != ".gpkg":
            raise InputError("{file}: own patches are written as a GeoPackage, which can hold what belongs to them.",
                             "Give a name that ends in .gpkg.", file=Path(output).name)
        proposal = propose(self._request, progress.part(0.0, 0.97))
        for gate in proposal.gates:
            told = feedback.pushInfo if gate.level == "green" else feedback.pushWarning
            told(f"{say(gate.name)} ({level_text(gate)}): {say(gate.text)}")
        write_candidates(Path(output), proposal, self.inputs, progress.part(0.97, 1.0))
        results: Results = {"OUTPUT": output, "CANDIDATES": len(proposal.candidates), "EXAMINED_KM2": proposal.examined_m2 / 1e6,
                            "NOT_EXAMINED_KM2": proposal.not_examined_m2 / 1e6}
        report = self.parameterAsFileOutput(parameters, "REPORT", context)
        if report:
            write_page(report, candidates_page(proposal), self.inputs)
            results["REPORT"] = report
        return results


def _sources(value: Any, context: QgsProcessingContext) -> Tuple[str, ...]:
    """The layers of a list of layers or files, given one by one or as a text with semicolons."""
    if value in (None, ""):
        return ()
    given: List[Any] = list(value) if isinstance(value, (list, tuple)) else str(value).split(";") if isinstance(value, str) else [value]
    return tuple(source_of(one, context) for one in given if one not in (None, ""))


class RankPatches(RegisterAlgorithm):
    """REGISTER, BATCH, OUTPUT, REPORT → PATCHES, JUDGED, CONFIRMED, RANKED."""

    NAME = "rank_patches"

    def displayName(self) -> str:
        return tr("Rank own patches by verdicts")

    def group(self) -> str:
        return tr("Own patches")

    def groupId(self) -> str:
        return "changes"

    def shortHelpString(self) -> str:
        return tr("The queue of a batch of own patches in its present order: as found before 20 verdicts, then ranked anew by what the "
                  "bureau's own verdicts teach (a logistic regression over 32 numbers, stored with the register as derived data). The "
                  "report says what was confirmed of those judged, for the top of the list and for those drawn at random, with "
                  "intervals.\n\nThe order is no probability and no verdict, and the list claims no completeness.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Queue"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("PATCHES", tr("Own patches")), ("JUDGED", tr("Judged")), ("CONFIRMED", tr("Confirmed")),
                           ("RANKED", tr("Ranked by verdicts (1) or as found (0)"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context)
        progress.step(0.0, message("Reading the register"))
        with self.open_register(parameters, context) as register:
            register.batch(batch)
            patches = own_patches(register, batch)
            if not patches:
                raise InputError("Batch {batch} holds no own patches.", "Choose a batch that came from “Find changes”.", batch=batch)
            ranker, places, run = keep_ranking(register), queue_places(register, batch), run_of(register, batch)
        share = confirmed_share(patches)
        output = write_table(self, parameters, context, "OUTPUT", QUEUE_FIELDS, queue_rows(patches, places), user_locale())
        report = self.give_report(parameters, context, feedback, quality_page(patches, ranker, batch, run))
        return {"OUTPUT": output, "PATCHES": len(patches), "JUDGED": share.of, "CONFIRMED": share.hits, "RANKED": int(ranker is not None),
                **report}


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
