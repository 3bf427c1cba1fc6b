"""The GeoPackage storage keeps the contract of every storage; addresses of databases are understood and refused for now."""
from __future__ import annotations

import pytest

from land_inspector.errors import InputError
from land_inspector.register.addresses import address_of, same_place
from land_inspector.register.register import Register
from tests.unit.storage_contract import StorageContract


class TestGeoPackage(StorageContract):
    @pytest.fixture
    def address(self, tmp_path):
        return address_of(tmp_path / "登记库.gpkg")


def test_an_address_in_a_database_is_understood_and_refused_with_a_clear_word():
    address = address_of("postgresql://office.example/land?schema=county_331082")
    assert (address.database, address.schema, address.name) == ("land", "county_331082", "county_331082")
    assert address_of(str(address)) == address and not address.is_there
    with pytest.raises(InputError, match="lies in a database"):
        Register.open(str(address))


@pytest.mark.parametrize("text, said", [("postgresql://a:secret@host/land", "no password"), ("postgresql://host", "names no database")])
def test_an_address_that_cannot_be_one_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        address_of(text)


def test_one_place_is_one_place_by_whatever_way(tmp_path):
    (tmp_path / "a").mkdir()
    assert same_place(tmp_path / "r.gpkg", tmp_path / "a" / ".." / "r.gpkg") and not same_place(tmp_path / "r.gpkg", None)
