"""land_inspector:came_back"""
from __future__ import annotations

from typing import Any, Dict, List

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFields,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from ..compat import make_field, to_qgis_value
from ..exchange.came_back_page import came_back_page
from ..i18n import say, tr
from ..progress import Progress
from ..register.rebound import Return, returns
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter, report_parameter
from .sinks import RowSink

_FIELDS = (("DKBH", "text", "地块编号"), ("PCBH", "text", "批次编号"), ("XZDM", "text", "乡镇代码"), ("XZMC", "text", "乡镇名称"),
           ("YDKBH", "text", "原地块编号"), ("YPCBH", "text", "原批次编号"), ("ZGFS", "text", "原处理结果"), ("ZGRQ", "text", "原处理日期"),
           ("AJBH", "text", "案件编号"), ("ZPS", "integer", "照片数"), ("CDMJ", "real", "重叠面积"), ("CDBL", "real", "占较小图形比例"),
           ("HSXRQ", "text", "后时相日期"), ("TS", "integer", "相隔天数"), ("YXZH", "integer", "影像在处理之后"))


class CameBack(RegisterAlgorithm):
    """REGISTER, BATCH, OUTPUT, REPORT → ROWS, AFTER."""

    NAME = "came_back"

    def displayName(self) -> str:
        return tr("What came back")

    def group(self) -> str:
        return tr("Own patches")

    def groupId(self) -> str:
        return "changes"

    def shortHelpString(self) -> str:
        return tr("Newer patches over land that had been set right: an illegal parcel whose case was closed, or whose remedies are all "
                  "done and accepted. A list and a map, with days between, order and photos, and for each township the months until "
                  "it came back.\n\nA meeting counts from 100 m², 20 % of the smaller outline, and where it is wider than images lie "
                  "apart (1 m). It says that something changed again, not why. The register is not touched.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Newer batch (empty: all)"), optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("What came back"), QgsProcessing.SourceType.TypeVectorPolygon))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))
        self.addOutput(QgsProcessingOutputNumber("AFTER", tr("Of them seen on an image taken afterwards")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context) or None
        with self.open_register(parameters, context) as register:
            if batch is not None:
                register.batch(batch)
            found, crs = returns(register, batch, progress.part(0.0, 0.9)), register.meta["crs"]
        output = self._write(parameters, context, found, crs)
        report = self.give_report(parameters, context, feedback, came_back_page(found, batch))
        return {"OUTPUT": output, "ROWS": len(found), "AFTER": sum(one.is_after is True for one in found), **report}

    def _write(self, parameters: Dict[str, Any], context: QgsProcessingContext, found: List[Return], crs: str) -> str:
        fields = QgsFields()
        for name, kind, alias in _FIELDS:
            fields.append(make_field(name, kind, alias=alias))
        sink = RowSink(self, parameters, context, "OUTPUT", fields, QgsWkbTypes.Type.MultiPolygon, QgsCoordinateReferenceSystem(crs))
        for one in found:
            shape = QgsGeometry()
            shape.fromWkb(one.outline)
            shape.convertToMultiType()
            done, after = one.settlement, one.is_after
            values = (one.number, one.batch, one.township, one.township_name, one.old_number, one.old_batch, say(done.how),
                      done.on.isoformat() if done.on else None, done.order or None, one.photos, one.overlap_m2, one.share,
                      one.seen_on.isoformat() if one.seen_on else None, one.days, None if after is None else int(after))
            sink.add([to_qgis_value(value) for value in values], shape)
        return sink.finish()
