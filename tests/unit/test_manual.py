"""The manual stands whole in both languages, and what it calls by name is called so on the screen."""
from __future__ import annotations

import re

import pytest

from tools import manual, translations

#: Names of QGIS's own, and figures of speech that stand in italics.
QGIS = {"en": {"Settings", "Keyboard Shortcuts", "Options", "Processing", "Toolbox", "Images"},
        "zh": {"设置", "快捷键", "选项", "数据处理", "工具箱", "影像"}}


def named(text):
    """What stands in single asterisks: names of menus and buttons, each part of a way through menus."""
    return {part.strip() for found in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", text) for part in found.split("▸")}


@pytest.mark.parametrize("language", manual.LANGUAGES)
@pytest.mark.parametrize("page", manual.pages(), ids=lambda page: page.stem)
def test_what_a_page_calls_by_name_is_called_so_on_the_screen(page, language):
    pairs = translations.read_catalogue()
    known = {pair.source if language == "en" else pair.translation for pair in pairs} | QGIS[language]
    assert named(manual.in_language(page, language)) - known == set()


def test_every_page_has_its_pictures_and_both_languages():
    assert manual.check() >= 8


@pytest.mark.parametrize("text, fault", [
    ("# A\n\n# 甲\n\nOnly English here.\n", "Chinese is missing"), ("# 甲\n", "English is missing"),
    ("# One\n\n# 一\n\n* one item\n* two items\n\n* 一项\n", "one language only"),
])
def test_a_page_in_one_language_only_is_named(tmp_path, text, fault):
    page = tmp_path / "1-page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(manual.ManualError, match=fault):
        for language in manual.LANGUAGES:
            manual.in_language(page, language)
