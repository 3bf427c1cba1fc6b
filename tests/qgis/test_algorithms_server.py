"""Algorithms work on a register on a server as they do on a file, by whatever name it is given."""
from __future__ import annotations

from itertools import count

import pytest
from qgis.core import QgsApplication, QgsAuthMethodConfig, QgsDataSourceUri, QgsProcessingException, QgsProviderRegistry, QgsVectorLayer

from land_inspector.register.addresses import address_of
from land_inspector.register.register import Register
from tests.algorithms import run, township_file
from tests.factories import CRS

_NUMBERS = count(1)


@pytest.fixture
def schema():
    return f"office_{next(_NUMBERS)}"


@pytest.fixture
def served(cluster, schema, tmp_path):
    """The address of a register that the algorithm made on the server."""
    return run("create_register", OUTPUT=cluster.address(schema), COUNTY_CODE="331082", COUNTY_NAME="演示县",
               TOWNSHIPS=township_file(tmp_path), CODE_FIELD="XZDM", NAME_FIELD="XZMC", BY="登记员")["OUTPUT"]


def test_made_verified_copied_into_a_file_and_back(served, cluster, tmp_path):
    assert run("verify_register", REGISTER=served)["BROKEN"] == 0
    filed = run("copy_register", REGISTER=served, TARGET=tmp_path / "filed.gpkg")
    back = run("copy_register", REGISTER=tmp_path / "filed.gpkg", TARGET=cluster.address(f"back_{next(_NUMBERS)}"))
    assert filed["EVENTS"] == back["EVENTS"] > 0 and filed["SEAL"] == back["SEAL"]
    with pytest.raises(QgsProcessingException, match="exists already|已存在"):
        run("copy_register", REGISTER=served, TARGET=back["TARGET"])


def test_layers_open_styled_and_are_read_only_what_is_asked_for(served):
    for name in ("parcel_map", "township", "photo_map", "issued_map"):
        source = address_of(served).layer(name)
        layer = QgsVectorLayer(source.uri, name, source.provider)
        assert layer.isValid() and layer.crs().authid() == CRS
        assert {"parcel_map": "categorizedSymbol", "township": "singleSymbol"}.get(name, layer.renderer().type()) == layer.renderer().type()
        layer.setSubsetString("1 = 0")
        assert layer.isValid() and list(layer.getFeatures()) == []


def test_a_connection_of_qgis_is_known_by_its_name_and_its_password_stays_in_the_store(served, cluster, schema):
    provider = QgsProviderRegistry.instance().providerMetadata("postgres")
    uri = QgsDataSourceUri()
    uri.setConnection(str(cluster.folder), str(cluster.port), "office", "postgres", "", QgsDataSourceUri.SslMode.SslPrefer)
    provider.saveConnection(provider.createConnection(uri.uri(False), {"saveUsername": True}), "国土 office")
    try:
        address = address_of(f"国土 office?schema={schema}")
        assert address.schema == schema and address.database == "office"
        assert run("verify_register", REGISTER=f"国土 office?schema={schema}")["BROKEN"] == 0
        with pytest.raises(QgsProcessingException, match=schema):
            run("verify_register", REGISTER="国土 office")
    finally:
        provider.deleteConnection("国土 office")


def test_who_one_is_may_come_from_the_authentication_store(served, cluster, schema):
    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("master", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("office")
    config.setConfig("username", "postgres")
    config.setConfig("password", "a-secret")
    manager.storeAuthenticationConfig(config)
    given = f"postgresql:///office?host={cluster.folder}&port={cluster.port}&authcfg={config.id()}&schema={schema}"
    try:
        with Register.open(given) as register:
            assert "a-secret" not in str(register.address) + repr(register.address) + register.address.layer("parcel_map").uri
        with pytest.raises(QgsProcessingException, match="zzzzzzz"):
            run("verify_register", REGISTER=given.replace(config.id(), "zzzzzzz"))
    finally:
        manager.removeAuthenticationConfig(config.id())
