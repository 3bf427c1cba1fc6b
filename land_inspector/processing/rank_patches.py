"""land_inspector:rank_patches"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
)

from ..errors import InputError, message
from ..exchange.own_patches_quality import QUEUE_FIELDS, quality_page, queue_rows
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.own_patches import confirmed_share, keep_ranking, own_patches, queue_places, run_of
from .base import RegisterAlgorithm, Results
from .parameters import batch_parameter, register_parameter, report_parameter
from .table_sink import write_table


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
