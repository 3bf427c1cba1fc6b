"""The GeoPackage storage keeps the contract of every storage; addresses are understood in every form in which people have them."""
from __future__ import annotations

import pytest

from land_inspector.errors import GoneError, InputError
from land_inspector.register.addresses import address_of, same_place
from land_inspector.register.register import Register
from tests.unit.storage_contract import StorageContract


class TestGeoPackage(StorageContract):
    @pytest.fixture
    def address(self, tmp_path):
        return address_of(tmp_path / "登记库.gpkg")


@pytest.mark.parametrize("text, database, schema", [
    ("postgresql://office.example/land?schema=county_331082", "land", "county_331082"),
    ("postgres://li%40bureau@office.example:5433/%E5%9C%9F%E5%9C%B0?schema=county&authcfg=a1b2c3d", "土地", "county"),
    ("postgresql:///land?host=/run/postgresql&port=5433", "land", "land_inspector"),
    ("postgresql://?service=office&schema=county", "office", "county"),
    ("service=office schema=county", "office", "county"), ("service=office", "office", "land_inspector"),
    ("service = '县局 库' schema = \"county\"", "县局 库", "county"), ("postgresql://[::1]:5433/land?schema=county", "land", "county"),
    ("postgresql://a:5433,b/land?schema=county", "land", "county"),
])
def test_an_address_in_a_database_is_understood_and_written_as_it_is_read(text, database, schema):
    address = address_of(text)
    assert (address.database, address.schema, address.name) == (database, schema, schema)
    assert address_of(str(address)) == address and address.may_be_there and address.is_remote
    assert address.layer("parcel_map").provider == "postgres" and f'"{schema}"."parcel_map"' in address.layer("parcel_map").uri


@pytest.mark.parametrize("text, said", [
    ("postgresql://a:secret@host/land", "no password"), ("postgresql://host/land?password=secret", "no password"),
    ("service=office password=secret", "no password"), ("postgresql://host", "names no database"),
    *((f"postgresql://li:secret{sign}x@host/land", "no password") for sign in "/?#@:"),
    ("postgresql://host/land?PassWord=secret", "no password"),
    ("postgresql://[secret/land", "no address"), ("postgresql://℀secret/land", "no address"),
    ("postgresql://host:secret/land", "no address"),
    ("service=office secret", "no address"), ("postgresql://host/secret%00", "no address"),
    ("postgresql://host/land?options=-csearch_path=x", "cannot say options")])
def test_an_address_that_cannot_be_one_is_refused_and_its_secret_is_not_repeated(text, said):
    with pytest.raises(InputError, match=said) as raised:
        address_of(text)
    assert "secret" not in str(raised.value)


def test_libpq_is_told_hosts_and_ports_as_it_takes_them():
    assert dict(address_of("postgresql://[fe80::1]:5433/land").parameters) == {"host": "fe80::1", "port": "5433", "dbname": "land"}
    assert dict(address_of("postgresql://a:5433,b/land").parameters) == {"host": "a,b", "port": "5433,", "dbname": "land"}


def test_a_server_out_of_reach_is_said(tmp_path):
    with pytest.raises(GoneError, match="cannot be reached"):
        Register.open(f"postgresql:///land?host={tmp_path}&schema=county")


def test_one_place_is_one_place_by_whatever_way(tmp_path):
    (tmp_path / "a").mkdir()
    assert same_place(tmp_path / "r.gpkg", tmp_path / "a" / ".." / "r.gpkg") and not same_place(tmp_path / "r.gpkg", None)
