"""The PostgreSQL storage keeps the contract of every storage, on a real server; and what only a server can do to a register."""
from __future__ import annotations

import itertools

import pytest

from land_inspector.register.addresses import address_of
from tests.unit.storage_contract import StorageContract

_NUMBERS = itertools.count(1)


@pytest.fixture
def schema():
    """The name of a schema that nobody has used yet."""
    return f"county_{next(_NUMBERS)}"


class TestPostgres(StorageContract):
    @pytest.fixture
    def address(self, cluster, schema):
        return address_of(cluster.address(schema))
