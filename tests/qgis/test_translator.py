from __future__ import annotations

import pytest
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication

from land_inspector import i18n
from land_inspector.errors import message
from tools import translations


@pytest.fixture
def chinese(current_catalogue):
    translator = i18n.install_translator("zh")
    assert translator is not None
    yield
    QCoreApplication.removeTranslator(translator)


def test_a_text_appears_in_chinese_while_the_translator_is_installed(chinese):
    assert i18n.tr("Copy all") == "全部复制"


def test_a_message_is_filled_in_after_it_is_translated(chinese):
    made = message("{library} is not installed; version {oldest} or newer is needed", library="pandas", oldest="1.5")
    assert i18n.say(made) == "未安装 pandas；需要 1.5 或更高版本"


def test_every_row_of_the_catalogue_arrives_in_qt(chinese):
    pairs = translations.read_catalogue()
    lost = [pair for pair in pairs if QCoreApplication.translate(i18n.CONTEXT, pair.source) != pair.translation]
    assert pairs and not lost


@pytest.mark.parametrize("locale", ["zh", "zh_CN", "zh-Hans", "zh_Hans"])
def test_every_name_of_chinese_means_the_one_catalogue(locale):
    QgsSettings().setValue("locale/userLocale", locale)
    try:
        assert i18n.user_locale() == "zh"
    finally:
        QgsSettings().remove("locale/userLocale")


def test_without_a_translator_the_text_is_english():
    assert i18n.install_translator("en") is None
    assert i18n.tr("Copy all") == "Copy all"
