"""What QGIS knows of PostgreSQL servers: connections by name, and who one is there, from its authentication store.

Where there is no QGIS (scripts, unit tests) nothing is known. Passwords that QGIS keeps in the open beside a connection are not used.
"""
from __future__ import annotations

from typing import Dict, Optional

from ...errors import InputError
from .pg_connection import driver


def connection_named(name: str) -> Optional[Dict[str, str]]:
    """libpq's parameters, and authcfg, of a connection that QGIS keeps under this name; None where there is none."""
    try:
        from qgis.core import QgsDataSourceUri, QgsProviderRegistry
    except ImportError:
        return None
    provider = QgsProviderRegistry.instance().providerMetadata("postgres")
    if provider is None or name not in provider.connections(False):
        return None
    uri = QgsDataSourceUri(provider.connections(False)[name].uri())
    said = {"host": uri.host(), "port": uri.port(), "dbname": uri.database(), "service": uri.service(), "user": uri.username(),
            "authcfg": uri.authConfigId()}
    if uri.sslMode() != QgsDataSourceUri.SslMode.SslPrefer:  # that is what goes without saying
        said["sslmode"] = QgsDataSourceUri.encodeSslMode(uri.sslMode())
    return {key: value for key, value in said.items() if value}


def credentials(authcfg: str) -> Dict[str, str]:
    """User, password or certificates that a configuration of QGIS's authentication store stands for. QGIS may ask for its master
    password. InputError where it has no such configuration."""
    try:
        from qgis.core import QgsApplication, QgsDataSourceUri
    except ImportError as error:
        raise InputError("The address names an authentication configuration of QGIS ({authcfg}), and there is no QGIS here.",
                         "Use .pgpass or the environment instead.", authcfg=authcfg) from error
    if authcfg not in QgsApplication.authManager().configIds():
        raise InputError("QGIS has no authentication configuration {authcfg}.",
                         "Make one (Settings, Options, Authentication) and name its id.", authcfg=authcfg)
    uri = QgsDataSourceUri()
    uri.setAuthConfigId(authcfg)
    text = uri.connectionInfo(True)
    if "authcfg" in text:
        raise InputError("QGIS's authentication store is locked.", "Give QGIS its master password, then try again.")
    return {str(key): str(value) for key, value in driver().extensions.parse_dsn(text).items()}
