"""land_inspector:check_figures"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..errors import InputError
from ..exchange.checks_export import Checked, Disagreement, check_export
from ..exchange.checks_identities import check_summary, register_identities
from ..exchange.report_pages import checks_page
from ..i18n import say, tr, user_locale
from ..law.areas import to_mu
from ..law.pack import Label
from ..progress import Progress
from ..register.figures import Scope
from ..register.register import Register
from .base import RegisterAlgorithm, Results
from .import_patches import mapping_of
from .parameters import LayerOrFileParameter, advanced, batch_parameter, register_parameter, report_parameter, source_of
from .table_sink import TableField, write_table

FILLED_FIELDS: Tuple[TableField, ...] = (
    ("DKBH", "text", Label("地块编号", "Parcel")), ("ZD", "text", Label("字段", "Column")), ("ZDMC", "text", Label("字段名称", "Column name")),
    ("TB_MU", "real", Label("填报值（亩）", "In the table (mu)")), ("DJ_MU", "real", Label("登记值（亩）", "In the register (mu)")),
    ("CE_MU", "real", Label("差值（亩）", "Difference (mu)")), ("GZ", "text", Label("规则", "Rule")), ("YZCD", "text", Label("严重程度", "Severity")),
    ("HH", "integer", Label("行号", "Row")), ("SM", "text", Label("说明", "What does not agree")))


class CheckFigures(RegisterAlgorithm):
    """REGISTER, BATCH, TABLE, MAPPING, OUTPUT, REPORT → COMPARED, DISAGREEMENTS."""

    NAME = "check_figures"

    def displayName(self) -> str:
        return tr("Check a filled-in table against the register")

    def shortHelpString(self) -> str:
        return tr("Compares an export of the official system (Excel or CSV) with the register, parcel by parcel and column by column, and "
                  "lists what differs by more than 0.01 mu (R10). Children of split patches are compared with children only. It also "
                  "holds the table to the issued and the verified set (R36), to the parts that make a parcel (R09) and to the sums of "
                  "rectified and open land (R42, R43); summary tables are checked for those sums.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(LayerOrFileParameter("TABLE", tr("Filled-in table"), [QgsProcessing.SourceType.TypeVector]))
        self.addParameter(advanced(QgsProcessingParameterString("MAPPING", tr("Field mapping (JSON)"), multiLine=True, optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Disagreements"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("COMPARED", tr("Figures compared")))
        self.addOutput(QgsProcessingOutputNumber("DISAGREEMENTS", tr("Disagreements")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("TABLE"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context)
        with self.open_register(parameters, context) as register:
            register.batch(batch)
            summed = check_summary(self._source)
            progress.step(0.2)
            checked = self._by_parcel(register, batch, parameters, context, bool(summed))
            progress.step(0.7)
            found = [*(checked.found if checked else ()), *summed, *register_identities(register, Scope(batch=batch))]
        output = write_table(self, parameters, context, "OUTPUT", FILLED_FIELDS, [_row(one) for one in found], user_locale())
        progress.show(1.0)
        page = checks_page(checked.table.file if checked else Path(self._source.split("|")[0]).name, checked, found)
        return {"OUTPUT": output, "COMPARED": checked.compared if checked else 0, "DISAGREEMENTS": len(found),
                **self.give_report(parameters, context, feedback, page)}

    def _by_parcel(self, register: Register, batch: str, parameters: Dict[str, Any], context: QgsProcessingContext,
                   is_summary: bool) -> Optional[Checked]:
        try:
            return check_export(register, self._source, batch, mapping_of(self.text(parameters, "MAPPING", context)))
        except InputError:
            if is_summary:
                return None  # a table of townships has no parcels
            raise


def _row(one: Disagreement) -> Dict[str, Any]:
    areas: List[Optional[float]] = [None if area is None else to_mu(area) for area in (one.filled_m2, one.register_m2)]
    both = None not in areas
    return {"DKBH": one.parcel or None, "ZD": one.column or None, "ZDMC": one.label.text(user_locale()) if one.label else None,
            "TB_MU": areas[0], "DJ_MU": areas[1], "CE_MU": (areas[0] or 0.0) - (areas[1] or 0.0) if both else None, "GZ": one.rule,
            "YZCD": one.severity, "HH": one.row, "SM": say(one.text)}
