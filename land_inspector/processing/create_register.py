"""land_inspector:create_register"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from ..exchange.remains_style import remains_styles
from ..exchange.styles import register_styles
from ..exchange.import_findings import Notes
from ..exchange.intake.township_areas import check_county, read_townships
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.origins import OriginBook
from ..register.register import Register
from ..settings import origins_file
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import LayerOrFileParameter, advanced, by_parameter, source_of


class CreateRegister(RegisterAlgorithm):
    """OUTPUT, COUNTY_CODE, COUNTY_NAME, TOWNSHIPS, CODE_FIELD, NAME_FIELD, STATION_FIELD, CRS, KEEP_NAMES → OUTPUT, TOWNSHIP_COUNT."""

    NAME = "create_register"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Create a register")

    def shortHelpString(self) -> str:
        return tr("Makes an empty register for a county: one GeoPackage that keeps every patch, verdict and case. "
                  "The township layer gives the codes and names by which everything is counted.\n\n"
                  "The register takes the coordinate system of the townships unless another is given; "
                  "for a county in China CGCS2000 in the three-degree zone is usual. An existing file is never overwritten. "
                  "Where OUTPUT is an address such as postgresql://host/database?schema=county, it is made on that server.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(QgsProcessingParameterString("COUNTY_CODE", tr("County code (6 digits)")))
        self.addParameter(QgsProcessingParameterString("COUNTY_NAME", tr("County name")))
        self.addParameter(LayerOrFileParameter("TOWNSHIPS", tr("Townships"), [QgsProcessing.SourceType.TypeVectorPolygon]))
        self.addParameter(QgsProcessingParameterField("CODE_FIELD", tr("Field with the township code"), "XZDM", "TOWNSHIPS"))
        self.addParameter(QgsProcessingParameterField("NAME_FIELD", tr("Field with the township name"), "XZMC", "TOWNSHIPS"))
        self.addParameter(QgsProcessingParameterField("STATION_FIELD", tr("Field with the station (自然资源所)"), None, "TOWNSHIPS",
                                                      optional=True))
        self.addParameter(advanced(QgsProcessingParameterCrs("CRS", tr("CRS of the register"), optional=True)))
        self.addParameter(advanced(QgsProcessingParameterBoolean(
            "KEEP_NAMES", tr("Keep names of parties and officers (personal data)"), True)))
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("New register"), "GeoPackage (*.gpkg)"))
        self.addOutput(QgsProcessingOutputNumber("TOWNSHIP_COUNT", tr("Townships")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._townships = source_of(parameters.get("TOWNSHIPS"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        def said(name: str) -> str:
            return self.text(parameters, name, context)

        notes = Notes()
        townships, crs = read_townships(
            self._townships, code_field=said("CODE_FIELD"), name_field=said("NAME_FIELD"), station_field=said("STATION_FIELD"),
            crs=self.crs_text(parameters, "CRS", context), progress=progress.part(0.0, 0.8), notes=notes)
        warn_of(feedback, [finding.message for finding in notes.findings if finding.severity != "I"])
        check_county(said("COUNTY_CODE"), townships)
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        Register.create(
            output, county_code=said("COUNTY_CODE"), county_name=said("COUNTY_NAME"), crs=crs, townships=townships,
            by=self.acting_as(parameters, context), origins=OriginBook(origins_file()),
            keep_names=self.parameterAsBool(parameters, "KEEP_NAMES", context),
            styles=[*register_styles(user_locale()), *remains_styles(user_locale())]).close()
        progress.step(1.0)
        return {"OUTPUT": output, "TOWNSHIP_COUNT": len(townships)}
