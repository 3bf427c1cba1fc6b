from __future__ import annotations

import getpass

import pytest
from qgis.core import QgsSettings

from land_inspector.settings import HEADING, Settings


@pytest.fixture(autouse=True)
def untouched():
    QgsSettings().remove(HEADING)
    yield
    QgsSettings().remove(HEADING)


def test_a_new_user_has_the_defaults():
    assert Settings.load() == Settings(actor="", area_method="ellipsoidal")


def test_what_is_saved_is_there_at_the_next_start():
    Settings(actor="王芳", area_method="planar").save()
    assert Settings.load() == Settings(actor="王芳", area_method="planar")


def test_the_actor_is_the_login_name_unless_another_is_given():
    assert Settings().acting_as == getpass.getuser()
    assert Settings(actor="李强").acting_as == "李强"
