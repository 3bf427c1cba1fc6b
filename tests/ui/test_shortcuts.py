"""No two actions share a key, and none takes a key by which QGIS opens a menu: a key that means two things does nothing."""
from __future__ import annotations

from collections import Counter

import pytest

#: Letters underlined in QGIS's own menus, in English and in Chinese.
MENU_LETTERS = "CDEHJLMOPRSVW"


@pytest.fixture
def keys(app, desktop):
    return [action.shortcut().toString() for action in desktop.registered if not action.shortcut().isEmpty()]


def test_no_two_actions_share_a_key(keys):
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_no_action_takes_the_key_of_a_menu(keys):
    assert [key for key in keys if key in {f"Alt+{letter}" for letter in MENU_LETTERS}] == []
