"""land_inspector:second_opinion, land_inspector:second_opinion_table and land_inspector:decide_second_opinion"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..errors import InputError
from ..exchange.report_pages import opinions_page
from ..exchange.work_package import give_out_second
from ..i18n import tr, user_locale
from ..law.rulepack import Label
from ..progress import Progress
from ..register.second_opinion import FIRST, SECOND, agreement_of, choose, decide, opinions
from ..register.tables import REAL, TEXT
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import (
    ChoiceParameter, advanced, batch_parameter, by_parameter, image_files, labels_of, parcels_parameter, register_parameter,
    report_parameter,
)
from .outputs import write_table

_COLUMNS = (("DKBH", TEXT, Label("地块编号", "Parcel number")), ("XZMC", TEXT, Label("乡镇名称", "Township")),
            ("PDJL1_1", TEXT, Label("原判定一级", "First verdict")), ("PDJL2_1", TEXT, Label("原判定二级", "First sub-type")),
            ("PDJL1_2", TEXT, Label("复判一级", "Second verdict")), ("PDJL2_2", TEXT, Label("复判二级", "Second sub-type")),
            ("DKMJ", REAL, Label("地块面积", "Parcel area")), ("WEIGHT", REAL, Label("权重", "Weight")),
            ("DECIDED", TEXT, Label("裁定", "Decided for")), ("REASON", TEXT, Label("理由", "Reason")))


class SecondOpinion(RegisterAlgorithm):
    """REGISTER, BATCH, SIZE, SEED, PARCELS, TO, IMAGES, IMAGE_MB, OUTPUT, BY → OUTPUT, ROUND, ROWS, SEED."""

    NAME = "second_opinion"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Ask for a second opinion, blind")

    def shortHelpString(self) -> str:
        return tr("Gives part of a batch's judged parcels to a second person in a package that holds neither the first verdict nor its "
                  "grounds nor the proposal: drawn at random by township and verdict (SIZE and SEED; the same seed draws the same), or "
                  "those that PARCELS names. Parcels that TO judged are left out. The package is taken back with \"Take back a package\"; "
                  "\"Second opinions: agreement\" tells how far both agree, and an arbiter decides where they do not.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterNumber("SIZE", tr("How many parcels"), QgsProcessingParameterNumber.Type.Integer, 30,
                                                       minValue=1))
        self.addParameter(QgsProcessingParameterNumber("SEED", tr("Seed of the draw"), QgsProcessingParameterNumber.Type.Integer, 1))
        self.addParameter(parcels_parameter(optional=True))
        self.addParameter(QgsProcessingParameterString("TO", tr("Who gets it"), optional=True))
        self.addParameter(QgsProcessingParameterMultipleLayers("IMAGES", tr("Images"), QgsProcessing.SourceType.TypeRaster, optional=True))
        self.addParameter(advanced(QgsProcessingParameterNumber(
            "IMAGE_MB", tr("Most size of the images (MB)"), QgsProcessingParameterNumber.Type.Double, 50.0, minValue=0.1, maxValue=4000.0)))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Package"), "GeoPackage (*.gpkg);;Zip (*.zip)"))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("ROUND", tr("Id of the round")))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._images = image_files(self, parameters, context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            asked = choose(register, self.text(parameters, "BATCH", context), size=self.parameterAsInt(parameters, "SIZE", context),
                           seed=self.parameterAsInt(parameters, "SEED", context),
                           labels=labels_of(self.text(parameters, "PARCELS", context)), to=self.text(parameters, "TO", context) or None)
            done = give_out_second(register, Path(target), asked, images=self._images,
                                   most_mb=self.parameterAsDouble(parameters, "IMAGE_MB", context), language=user_locale(),
                                   by=self.acting_as(parameters, context), progress=progress)
        warn_of(feedback, done.told)
        feedback.pushInfo(tr("{n} of {of} judged parcels, seed {seed}", n=len(asked.parcels), of=asked.of,
                             seed="–" if asked.seed is None else asked.seed))
        return {"OUTPUT": target, "ROUND": asked.id, "ROWS": len(asked.parcels)}


class SecondOpinionTable(RegisterAlgorithm):
    """REGISTER, BATCH, ROUND, OUTPUT, REPORT → PAIRS, AGREED, SHARE, KAPPA, KAPPA_FROM, KAPPA_TO, OPEN."""

    NAME = "second_opinion_table"

    def displayName(self) -> str:
        return tr("Second opinions: agreement")

    def shortHelpString(self) -> str:
        return tr("Tells how far first and second verdicts agree: per cent with its 95 % interval, Cohen's kappa with its, a table of "
                  "first against second verdicts. Disagreements come first, by area times legal weight (1; 2 more where only one says "
                  "illegal, 1 more for cultivated land, 2 more for permanent farmland). It is a table of verdicts, not of people.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(advanced(QgsProcessingParameterString("ROUND", tr("Id of the round"), optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Opinions"), QgsProcessing.SourceType.TypeVector, optional=True))
        self.addParameter(report_parameter())
        for name, text in (("PAIRS", tr("Pairs")), ("AGREED", tr("Agreed")), ("SHARE", tr("Agreement (%)")), ("KAPPA", tr("Kappa")),
                           ("KAPPA_FROM", tr("Kappa, from")), ("KAPPA_TO", tr("Kappa, to")), ("OPEN", tr("Disagreements not decided"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context)
        with self.open_register(parameters, context) as register:
            register.batch(batch)
            found = opinions(register, batch, self.text(parameters, "ROUND", context) or None)
        made = agreement_of(found)
        rows = [{"DKBH": one.number, "XZMC": one.township, "PDJL1_1": one.first[0], "PDJL2_1": one.first[1], "PDJL1_2": one.second[0],
                 "PDJL2_2": one.second[1], "DKMJ": one.area_m2, "WEIGHT": float(one.weight), "DECIDED": one.decided, "REASON": one.why}
                for one in found]
        results: Results = {"PAIRS": made.pairs, "AGREED": made.agreed, "SHARE": None if made.share is None else 100 * made.share,
                            "KAPPA": made.kappa, "KAPPA_FROM": made.kappa_from, "KAPPA_TO": made.kappa_to,
                            "OPEN": sum(one.differs and one.decided is None for one in found)}
        if parameters.get("OUTPUT") is not None:
            results["OUTPUT"] = write_table(self, parameters, context, "OUTPUT", _COLUMNS, rows, user_locale())
        return {**results, **self.give_report(parameters, context, feedback, opinions_page(batch, found, made))}


class DecideSecondOpinion(RegisterAlgorithm):
    """REGISTER, BATCH, PARCEL, CHOSEN, REASON, BY → GROUP."""

    NAME = "decide_second_opinion"

    def displayName(self) -> str:
        return tr("Decide between two opinions")

    def shortHelpString(self) -> str:
        return tr("An arbiter lets the first or the second opinion on a parcel stand, with a reason. Where it is the second, it becomes "
                  "the parcel's verdict in the same action; the first stays in the history.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterString("PARCEL", tr("Parcel number")))
        self.addParameter(ChoiceParameter("CHOSEN", tr("Which opinion stands"), (FIRST, SECOND), [tr("The first"), tr("The second")],
                                          FIRST))
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason")))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        number = self.text(parameters, "PARCEL", context)
        with self.open_register(parameters, context) as register:
            batch = self.text(parameters, "BATCH", context)
            found = next((one for one in opinions(register, batch) if one.number == number and one.decided is None), None)
            if found is None:
                raise InputError("There is no second opinion on {parcel} that waits for a decision.",
                                 "Take the number from \"Second opinions: agreement\".", parcel=number)
            recorded = decide(register, found, self.parameterDefinition("CHOSEN").key(parameters.get("CHOSEN")),
                              reason=self.text(parameters, "REASON", context), by=self.acting_as(parameters, context))
        return {"GROUP": recorded.group if recorded is not None else ""}
