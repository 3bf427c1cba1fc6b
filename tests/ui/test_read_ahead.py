"""Cards are read before they are asked for, and none is shown that an act has made old."""
from __future__ import annotations

from qgis.PyQt.QtCore import QUrl

from land_inspector.register import judging
from land_inspector.register.register import Register
from land_inspector.ui.review.card import CardCache, MOST
from land_inspector.ui.review.review_options import USUAL
from tests.ui.tables import OTHER

OTHER_KEY = USUAL.index("301")


def choose(page, number):
    page.choose([page.table.numbered(number)])
    return page.table.numbered(number)


def test_while_one_card_is_looked_at_the_next_one_is_read(app, page, qtbot):
    choose(page, "T006")
    following = page.table.numbered("T007")
    qtbot.waitUntil(lambda: app.session.card(following) is not None)
    assert page.card.toPlainText() != ""


def test_after_a_verdict_the_next_card_stands_there_at_once(app, page, qtbot):
    choose(page, "T006")
    qtbot.waitUntil(lambda: app.session.card(page.table.numbered("T007")) is not None)
    page.verdicts.press(OTHER_KEY)
    assert page.parcels.currentIndex().data() == "T007" and "T007" in page.card.toPlainText()


def test_a_card_of_before_the_verdict_is_not_shown_after_it(app, page, qtbot):
    key = choose(page, "T006")
    qtbot.waitUntil(lambda: app.session.card(key) is not None)
    page.verdicts.press(OTHER_KEY)
    assert app.session.card(key) is None
    choose(page, "T006")
    qtbot.waitUntil(lambda: app.session.card(key) is not None)
    assert app.session.card(key).facts["PDJL2"] == "301"


def test_what_a_colleague_writes_makes_every_card_old(app, page, path, qtbot):
    key = choose(page, "T006")
    qtbot.waitUntil(lambda: app.session.card(key) is not None)
    with Register.open(path) as other:
        judging.give_verdicts(other, "B1", [judging.Entry("T006", OTHER)], by="张三")
    with qtbot.waitSignal(app.session.read):
        app.session.look()
    qtbot.waitUntil(lambda: app.session.card(key) is not None)
    assert app.session.card(key).facts["PDJL2"] == "301"


def test_a_reading_that_an_act_has_overtaken_is_not_believed():
    cache = CardCache()
    reading = cache.begin("a")
    assert cache.begin("a") is None
    cache.forget(["a"])
    assert not cache.end("a", reading, object()) and cache.get("a") is None
    assert cache.begin("a") is not None


def test_an_act_elsewhere_leaves_a_reading_good():
    cache = CardCache()
    reading = cache.begin("a")
    cache.forget(["b"])
    assert cache.end("a", reading, "card") and cache.get("a") == "card"


def test_the_oldest_cards_make_room():
    cache = CardCache()
    for number in range(MOST + 3):
        cache.end(str(number), cache.begin(str(number)), "card")
    assert cache.get("2") is None and cache.get("3") == "card"


def test_the_whole_history_opens_on_the_card(app, page, path, qtbot):
    with Register.open(path) as other:
        for text in range(9):
            judging.give_verdicts(other, "B1", [judging.Entry("T006", dict(OTHER, PDSM=f"依据{text}"))], by="张三")
    with qtbot.waitSignal(app.session.read):
        app.session.look()
    choose(page, "T006")
    qtbot.waitUntil(lambda: "依据8" in page.card.toPlainText())
    assert "依据0" not in page.card.toPlainText()
    page.card.anchorClicked.emit(QUrl("land-inspector:history"))
    assert "依据0" in page.card.toPlainText()
