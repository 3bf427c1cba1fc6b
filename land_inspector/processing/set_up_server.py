"""land_inspector:set_up_server"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMatrix,
)

from ..i18n import tr
from ..progress import Progress
from ..register.server_setup import ROLES, Login, script, set_up
from .base import RegisterAlgorithm, Results, register_address
from .parameters import by_parameter, register_parameter


class SetUpServer(RegisterAlgorithm):
    """REGISTER, LOGINS, BY, SCRIPT → ROLES, LOGIN_COUNT, SCRIPT."""

    NAME = "set_up_server"

    def displayName(self) -> str:
        return tr("Set up a register on a server: roles and logins")

    def shortHelpString(self) -> str:
        return tr("Makes the roles of a register on a server (reader, reviewer, second_reviewer, case_officer, administrator), says what "
                  "each may do, gives logins their roles and binds them to persons: from then on a login records acts under that name "
                  "alone. The logins themselves are made by the administrator of the server. Doing it again changes nothing that is "
                  "there. With SCRIPT alone the SQL is written to a file, to be read first and run with psql; nothing is changed then. "
                  "What this protects and what it cannot stands in the manual (docs/postgres.md).")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterMatrix("LOGINS", tr("Logins"), 1, False, [
            tr("Login"), tr("Role ({roles})", roles=", ".join(ROLES)), tr("Person")], optional=True))
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("SCRIPT", tr("Only write the SQL script"), "SQL (*.sql)", optional=True,
                                                                createByDefault=False))
        self.addOutput(QgsProcessingOutputNumber("ROLES", tr("Roles")))
        self.addOutput(QgsProcessingOutputNumber("LOGIN_COUNT", tr("Logins")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        address = register_address(self.text(parameters, "REGISTER", context))
        logins = _logins(self.parameterAsMatrix(parameters, "LOGINS", context))
        file = self.parameterAsFileOutput(parameters, "SCRIPT", context)
        if file:
            Path(file).write_text(script(address, logins), encoding="utf-8")
            return {"ROLES": 0, "LOGIN_COUNT": 0, "SCRIPT": file}
        made = set_up(address, logins, by=self.acting_as(parameters, context))
        progress.show(1.0)
        return {"ROLES": len(made.roles), "LOGIN_COUNT": len(made.logins)}


def _logins(cells: List[Any]) -> List[Login]:
    """Rows of three cells: login, role, person."""
    texts = ["" if cell is None else str(cell).strip() for cell in cells]
    rows = [texts[at:at + 3] + [""] * (3 - len(texts[at:at + 3])) for at in range(0, len(texts), 3)]
    return [Login(*row) for row in rows if row[0]]
