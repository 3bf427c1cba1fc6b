"""The page in QGIS's Options writes what it shows, and only when it is accepted."""
from __future__ import annotations

import pytest
from qgis.core import QgsSettings

from land_inspector.settings import Settings, stored_texts
from land_inspector.ui.shell.options import OptionsFactory
from land_inspector.ui.widgets.fields import choices, keep_own_phrases
from land_inspector.register.addresses import address_of
from land_inspector.ui.shell.session import recent_registers, remember_register
from land_inspector.ui.review.review_options import keep_verdict_keys, usual_keys, verdict_keys


@pytest.fixture
def page(qtbot, monkeypatch):
    before = Settings.load()
    page = OptionsFactory().createWidget()
    qtbot.addWidget(page)
    yield page
    before.save()


def test_nothing_is_written_before_the_page_is_accepted(page):
    before = Settings.load().actor
    page.actor.setText("张三")
    assert Settings.load().actor == before != "张三"


def test_name_and_area_method_are_kept(page):
    page.actor.setText(" 张三 ")
    page.area_method.setCurrentIndex(page.area_method.findData("planar"))
    page.apply()
    assert (Settings.load().acting_as, Settings.load().area_method) == ("张三", "planar")


@pytest.fixture
def own_words():
    yield
    for key in ("verdict_keys", "phrases", "review_level"):
        QgsSettings().remove(f"land_inspector/{key}")


def test_keys_are_chosen_for_each_regime_by_itself(page, own_words):
    choice = page.review.keys.choices[0]
    pick(choice, "204")
    page.review.regime.setCurrentIndex(page.review.regime.findData("O"))
    pick(choice, "302")
    page.review.regime.setCurrentIndex(page.review.regime.findData("N"))
    assert choice.currentData() == "204" and verdict_keys("N") == list(usual_keys("N"))
    page.apply()
    assert (verdict_keys("N")[0], verdict_keys("O")[0]) == ("204", "302")


def test_a_key_never_gives_what_its_regime_does_not_know(own_words):
    keep_verdict_keys(["303"] * 9, "O")
    assert verdict_keys("O") == list(usual_keys("O"))


def test_the_office_s_own_words_come_before_the_shipped_ones_and_for_their_sub_type_only(page, own_words):
    page.review.phrases.text.setPlainText("已现场复核\n303：已上图入库\n\n")
    page.apply()
    assert choices("ground", "N")[:2] == ["已现场复核", "已上图入库"]
    assert "已上图入库" in choices("ground", "N", "303") and "已上图入库" not in choices("ground", "N", "201")
    assert "已现场复核" not in choices("ground", "O") + choices("return", "N")


def test_emptying_a_list_empties_it(page, own_words):
    keep_own_phrases("ground", "N", ["已现场复核"])
    page.review.phrases.show_regime("N")
    assert page.review.phrases.text.toPlainText() == "已现场复核"
    page.review.phrases.text.setPlainText("")
    page.apply()
    assert "已现场复核" not in choices("ground", "N")


def test_who_accepts_the_page_sees_what_was_chosen_at_once(qtbot, own_words):
    told = []
    page = OptionsFactory(lambda: told.append("applied")).createWidget()
    qtbot.addWidget(page)
    before = Settings.load()
    page.apply()
    before.save()
    assert told == ["applied"]


def pick(choice, code):
    choice.setCurrentIndex(choice.findData(code))
    choice.activated.emit(choice.currentIndex())


@pytest.mark.parametrize("stored, read", [("a plain text", ["a plain text"]), ("", []), ([], []), (["one", "two"], ["one", "two"]),
                                          ([1, "two"], ["two"]), ({"a": 1}, []), (7, [])])
def test_whatever_stands_where_a_list_is_read_does_no_harm(stored, read):
    QgsSettings().setValue("land_inspector/anything", stored)
    assert stored_texts("land_inspector/anything") == read
    QgsSettings().remove("land_inspector/anything")


def test_a_single_register_opened_lately_is_found_however_qgis_stored_it(tmp_path):
    file = tmp_path / "register.gpkg"
    file.write_text("")
    QgsSettings().setValue("land_inspector/recent_registers", str(file))
    assert recent_registers() == [address_of(str(file))]
    remember_register(address_of(str(file)))
    assert recent_registers() == [address_of(str(file))]
    QgsSettings().remove("land_inspector/recent_registers")
