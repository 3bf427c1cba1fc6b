"""land_inspector:split_parcels"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
)

from ..errors import InputError
from ..evidence.profile import ROLES, read_profile
from ..exchange.drawn_lines import read_lines
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.cutting_along import along_evidence, along_lines
from ..register.register import Register
from ..register.splitting import Piece, split_parcels
from .base import RegisterAlgorithm, Results
from .parameters import (
    ChoiceParameter,
    LayerOrFileParameter,
    batch_parameter,
    by_parameter,
    day_text,
    effective_parameter,
    labels_of,
    parcels_parameter,
    register_parameter,
    source_of,
)

#: What the roles of an evidence profile are called: English, Chinese.
ROLE_NAMES = {
    "land_use": ("Land-use survey", "地类图斑（三调）"), "approval": ("Approvals", "农转用/征收报批红线"), "supply": ("Supplied parcels", "供地红线"),
    "registration": ("Registered rights", "不动产登记"), "facility": ("Facility agriculture", "设施农用地备案"),
    "temporary": ("Temporary land", "临时用地审批"), "farmland": ("Permanent basic farmland", "永久基本农田"),
    "redline": ("Ecological red line", "生态保护红线"), "plan": ("Plan zones for construction", "规划允许建设区"),
    "linkage": ("Linkage projects", "增减挂钩建新区"), "consolidation": ("Land consolidation", "土地整治项目"), "mining": ("Mining rights", "采矿权"),
    "village": ("Village area (203)", "203村庄范围"), "highways": ("Highway network", "公路网"),
}


class SplitParcels(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, ALONG with PROFILE, or LINES; EFFECTIVE_ON, BY → SPLIT, PIECES, GROUP."""

    NAME = "split_parcels"

    def displayName(self) -> str:
        return tr("Split parcels")

    def shortHelpString(self) -> str:
        return tr("Splits each named parcel along the outline of its evidence (a role of the evidence profile, for example the "
                  "approvals), or along drawn lines. Slivers go to their neighbour, the areas of the pieces are adjusted to the "
                  "parcel's own, and the pieces must make it up (R08, R09, R37). All of it is one action, undone in one step; "
                  "verdicts on the pieces are given anew.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(parcels_parameter())
        self.addParameter(LayerOrFileParameter("LINES", tr("Drawn lines"), [QgsProcessing.SourceType.TypeVectorLine], optional=True))
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Evidence profile"), extension="json", optional=True))
        self.addParameter(ChoiceParameter("ALONG", tr("Along evidence of role"), ROLES,
                                          [ROLE_NAMES[role][user_locale() == "zh"] for role in ROLES], "approval"))
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputNumber("SPLIT", tr("Parcels split")))
        self.addOutput(QgsProcessingOutputNumber("PIECES", tr("Pieces")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        given = parameters.get("LINES")
        self._lines: Optional[str] = source_of(given, context) if given else None

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch, labels = self.text(parameters, "BATCH", context), labels_of(self.text(parameters, "PARCELS", context))
        if not labels:
            raise InputError("No parcel was named.", "Give the numbers of the parcels to split.")
        with self.open_register(parameters, context) as register:
            cuts = self._cuts(parameters, context, register, batch, labels, progress.part(0.0, 0.8))
            progress.step(0.8)
            recorded = split_parcels(register, batch, cuts, by=self.acting_as(parameters, context),
                                     effective_on=day_text(parameters.get("EFFECTIVE_ON")))
        progress.show(1.0)
        return {"SPLIT": len(cuts), "PIECES": sum(map(len, cuts.values())), "GROUP": recorded.group}

    def _cuts(self, parameters: Dict[str, Any], context: QgsProcessingContext, register: Register, batch: str,
              labels: Sequence[str], progress: Progress) -> Mapping[str, List[Piece]]:
        profile = self.text(parameters, "PROFILE", context)
        if (self._lines is None) == (not profile):
            raise InputError("Say along what to split: either drawn lines or a profile of evidence.", "Give LINES or PROFILE, not both.")
        if self._lines is not None:
            return along_lines(register, batch, labels, read_lines(self._lines, register.meta["crs"], progress))
        role = self.parameterDefinition("ALONG").key(parameters.get("ALONG"))
        return along_evidence(register, batch, labels, read_profile(Path(profile)), role, progress)
