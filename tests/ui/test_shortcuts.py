"""No two actions share a key, and none takes a key by which QGIS opens a menu: a key that means two things does nothing."""
from __future__ import annotations

import re
from collections import Counter

import pytest

from tools import manual

#: Letters underlined in QGIS's own menus, in English and in Chinese.
MENU_LETTERS = "CDEHJLMOPRSVW"


@pytest.fixture
def keys(app, desktop):
    return [action.shortcut().toString() for action in desktop.registered if not action.shortcut().isEmpty()]


def test_no_two_actions_share_a_key(keys):
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_no_two_actions_share_a_name(app, desktop):
    """QGIS keeps a key that a user has set by the action's name."""
    assert [name for name, times in Counter(action.objectName() for action in desktop.registered).items() if times > 1] == []


def test_no_action_takes_the_key_of_a_menu(keys):
    assert [key for key in keys if key in {f"Alt+{letter}" for letter in MENU_LETTERS}] == []


def manual_keys(language):
    """Every key that the manual names, ``Alt+1 … Alt+9`` by its ends."""
    text = "\n".join(manual.in_language(page, language) for page in manual.pages())
    return set(re.findall(r"(?:Ctrl\+|Alt\+|Shift\+)+(?:[A-Z]|\d|Down|Up|Left|Right)(?![a-z])", text))


@pytest.mark.parametrize("language", manual.LANGUAGES)
def test_the_keys_of_the_manual_are_the_keys_of_the_actions(keys, language):
    named = manual_keys(language)
    assert len(named) > 15 and named - set(keys) == set()


def test_no_key_belongs_to_qgis(keys):
    assert not {"Ctrl+Alt+G", "Ctrl+Alt+H", "Ctrl+Alt+P"} & set(keys)
