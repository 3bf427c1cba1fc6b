"""The card written as one page of rich text, the loudest first; everything that came from a file is escaped."""
from __future__ import annotations

from datetime import date
from html import escape
from typing import Any, Callable, Collection, Dict, List, Optional, Sequence

from qgis.PyQt.QtCore import QPoint, QTimer, QUrl, Qt, pyqtSignal
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtWidgets import (
    QComboBox, QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QTextBrowser, QToolButton, QVBoxLayout, QWidget,
)

from ...i18n import say, tr, user_locale
from ...law import codes
from ...law.areas import mu_text
from ...law.codes import shipped_codes
from ...law.facts import SKETCH
from ...law.phrases import GROUND
from ...register.own_patches import Similar
from ...register.records import site_status
from ...register.tables import ALL_FIELDS
from ..shell import map_layers
from ..widgets.labels import ElidedButton, FittingButton, PlainLabel, tip
from ..widgets.rows import FAINT, FAULT, ROW_HEIGHT, WARNING, behind, put_hint, readable
from ..widgets.fields import choices
from .card import Bar, Card, Happening
from .review_options import keep_verdict_keys, verdict_keys, verdict_of


#: The link under the history that shows all of it.
WHOLE_HISTORY = "land-inspector:history"
#: The button where it is told that a later issue has another outline.
TAKE_OUTLINE = "land-inspector:newest-outline"
#: What a picture of a similar parcel is called within the page: this, and the parcel's id.
_PICTURE = "land-inspector-alike:"
_MOST_EVENTS = 5
#: White on it is readable in both themes.
_BUTTON = "#1a5fb4"


def page(card: Card, whole_history: bool = False, today: Optional[date] = None, pictured: Collection[str] = ()) -> str:
    """The card as rich text. ``today`` decides whether an answer is overdue; of the similar parcels ``pictured`` pictures are there."""
    parts = [_came_back(card), _returned(card, today or date.today()), _newer_outline(card), _marks(card), _place(card), _own(card),
             _proposal(card), _owed(card), _bar_table(card), _site(card)]
    parts += [_list(tr("Notes"), card.notes), _list(tr("Earlier at this place"), [one.text for one in card.earlier])]
    parts += [_similar(card, pictured)]
    parts += [_list(tr("Papers"), card.papers), _list(tr("Proof still needed"), card.proof), _history(card.history, whole_history)]
    return "".join(part for part in parts if part)


def _banner(text: str, colour: str) -> str:
    return (f'<table width="100%" cellpadding="4" cellspacing="0"><tr><td bgcolor="{colour}">'
            f'<b style="color:white">{escape(text)}</b></td></tr></table>')


def _came_back(card: Card) -> str:
    """Loud: what had been set right here was done again."""
    back = [one for one in card.earlier if one.came_back]
    if not back:
        return ""
    loud = _banner(tr("Again changed here. This place comes back: an earlier illegal patch here was closed or rectified."), FAULT)
    return loud + "".join(f'<p style="color:{readable(FAULT)}"><b>{escape(one.said)}</b></p>' for one in back)


def _returned(card: Card, today: date) -> str:
    """Who sent it back, why, what was asked for and until when."""
    if card.facts["HSZT"] != "9" or not card.review:
        return ""
    said, until = card.review, card.review.get("answer_by")
    lines = [tr("Returned: {reason}", reason=said.get("reason", ""))]
    lines += [tr("Returned by: {level}", level=map_layers.level_name(said.get("level", "")))]
    lines += [tr("Asked for: {asked_for}", asked_for=said["asked_for"])] if said.get("asked_for") else []
    overdue = bool(until) and until < today.isoformat()
    if until:
        lines.append(tr("Answer by {day}: overdue", day=until) if overdue else tr("Answer by {day}.", day=until))
    colour = readable(FAULT if overdue else WARNING)
    return f'<p style="color:{colour}"><b>{escape(lines[0])}</b>' + "".join(f"<br>{escape(line)}" for line in lines[1:]) + "</p>"


def _newer_outline(card: Card) -> str:
    """That the patch was issued again with another outline, the areas of both, and the button that takes the newer one."""
    facts = card.facts
    if not facts["basis_changed"] or facts["gone"]:
        return ""
    if facts["TBZT"] != "0":
        said, button = tr("The patch was issued again with another outline; merge its pieces to take it."), ""
    else:
        said = tr("Issued again with another outline: {before} mu → {after} mu. The verdict rests on the old one.",
                  before=mu_text(facts["DKMJ"]), after=mu_text(facts["MJ"]))
        button = (f'<br><a href="{TAKE_OUTLINE}" style="color:white; background-color:{_BUTTON}; text-decoration:none">'
                  f'<b>&nbsp;{escape(tr("Take the newest outline…"))}&nbsp;</b></a>')
    return f'<p style="color:{readable(WARNING)}"><b>{escape(said)}</b>{button}</p>'


def _marks(card: Card) -> str:
    """Set aside, flagged, given to somebody, open at another desk."""
    facts = card.facts
    lines = []
    if facts["aside"]:
        template = tr("Waits for paper: {reason}", reason=facts["aside_reason"]) if facts["aside"] == "paper" else tr(
            "Set aside: {reason}", reason=facts["aside_reason"])
        lines.append(template)
    if facts["flag"]:
        lines.append(tr("⚑ Flagged: {reason}", reason=facts["flag_reason"]) if facts["flag_reason"] else tr("⚑ Flagged"))
    if card.assigned_to:
        lines.append(tr("Given to {who}", who=card.assigned_to))
    if card.held is not None:
        lines.append(tr("☍ {who} has this parcel open, for {n} more minutes at most", who=card.held.who, n=card.held.minutes_left))
    return f'<p style="color:{readable(WARNING)}">' + "<br>".join(escape(line) for line in lines) + "</p>" if lines else ""


def _place(card: Card) -> str:
    """Number, place, dates, areas."""
    facts = card.facts
    kind = codes.label("TBLX", facts["TBLX"], user_locale())
    where = " · ".join(part for part in (facts["XZMC"] or facts["XZDM"], facts["CMC"], kind) if part)
    said = [tr("Images {before} → {after}", before=map_layers.image_day(facts["QSX"]), after=map_layers.image_day(facts["HSX"]))]
    said.append(tr("Area {mu} mu = {m2:.0f} m²", mu=mu_text(facts["DKMJ"]), m2=facts["DKMJ"]))
    if facts["JCMJ"] is not None:
        said.append(tr("issued {mu} mu", mu=mu_text(facts["JCMJ"])))
    return f"<p><b>{escape(facts['DKBH'])}</b> {escape(where)}<br>{escape(' · '.join(said))}</p>"


def _own(card: Card) -> str:
    """Of an own patch: that its outline is a sketch, and why it stands in the list."""
    if card.facts["TZ"] != SKETCH:
        return ""
    said = tr("The outline is a sketch: its area is no evidence until it is redrawn or measured.")
    why = f"<br>{escape(tr('Why it is listed: {reason}', reason=card.facts['BZ']))}" if card.facts["BZ"] else ""
    return f'<p><b style="color:{readable(WARNING)}">{escape(said)}</b>{why}</p>'


def _similar(card: Card, pictured: Collection[str]) -> str:
    """What was decided of patches that look alike, with before and after where images show them; it fills in nothing."""
    lines = []
    for one in card.similar:
        name = map_layers.sub_verdict_name(one.verdict) if len(one.verdict) > 1 else map_layers.verdict_name(one.verdict)
        stage = codes.label("ZGJD", one.outcome, user_locale()) if one.outcome else ""
        parts = (tr("{batch} {parcel}", batch=one.batch, parcel=one.label), name, one.grounds, stage,
                 tr("distance {n:.1f} of at most {most:.1f}", n=one.distance, most=one.limit))
        said = escape(" · ".join(part for part in parts if part))
        if one.parcel_id in pictured:
            before, after = (map_layers.image_day(day) for day in (one.image_before, one.image_after))
            dates = tr("Images {before} → {after}", before=before, after=after)
            said += f'<br><img src="{_PICTURE}{escape(one.parcel_id)}"><br><span style="color:{readable(FAINT)}">{escape(dates)}</span>'
        lines.append(f"<br>{said}")
    return f"<p><b>{escape(tr('Decided patches that look most alike'))}</b>{''.join(lines)}</p>" if lines else ""


def _proposal(card: Card) -> str:
    level1, level2 = card.facts["ZDPD1"] or "", card.facts["ZDPD2"]
    name = map_layers.proposal_name(level1) + (f" · {map_layers.sub_verdict_name(level2)}" if level2 else "")
    rule = f" ({card.facts['ZDGZ']})" if card.facts["ZDGZ"] else ""
    said = tr("Proposal: {proposal}", proposal=name) if level1 else name
    head = f'<p><b style="color:{readable(map_layers.verdict_colour(level1))}">{escape(said + rule)}</b>'
    reasons = "".join(f"<br>· {escape(say(reason))}" for reason in card.reasons)
    needs = "".join(f'<br><span style="color:{readable(WARNING)}">· {escape(say(need))}</span>' for need in card.needs)
    return head + reasons + needs + "</p>"


def _owed(card: Card) -> str:
    """What the verdict lacks before it can be reported."""
    if not card.owed:
        return ""
    said = tr("Still owed before reporting: {fields}", fields=", ".join(_caption(name) for name in card.owed))
    return f'<p style="color:{readable(WARNING)}"><b>{escape(said)}</b></p>'


def _caption(name: str) -> str:
    field = ALL_FIELDS.get(name)
    return name if field is None else field.zh if user_locale() == "zh" else field.en


def _bar_table(card: Card) -> str:
    if not card.bars:
        return f"<p><i>{escape(tr('Not measured yet.'))}</i></p>"
    rows = "".join(_bar_row(bar) for bar in card.bars)
    layers = tr("; ").join(dict.fromkeys(bar.layer for bar in card.bars if bar.layer))
    named = escape(tr("Layers: {layers}", layers=layers))
    said = f'<p><span style="font-size:7pt; color:{readable(FAINT)}">{named}</span></p>' if layers else ""
    return f'<table width="100%" cellspacing="0" cellpadding="0">{rows}</table>{said}'


def _bar_row(bar: Bar) -> str:
    filled = max(1, min(100, round(100 * bar.share)))
    thin = '<span style="font-size:4pt">&nbsp;</span>'
    rest = f'<td width="{100 - filled}%" bgcolor="#dddddd">{thin}</td>' if filled < 100 else ""
    drawn = (f'<table width="100%" cellspacing="0" cellpadding="0"><tr><td width="{filled}%" bgcolor="{bar.colour}">'
             f'{thin}</td>{rest}</tr></table>')
    area = tr("{area} mu", area=mu_text(bar.area_m2))
    return (f'<tr><td width="46%">{escape(bar.name)}</td><td width="22%" valign="middle">{drawn}</td>'
            f'<td align="right">{escape(area)}</td></tr>')


def _site(card: Card) -> str:
    """What was found on the spot, and how many photos show it."""
    lines: List[str] = []
    if card.visit is not None:
        seen = card.visit.visit
        lines.append(tr("{day}: {status}", day=card.visit.on.isoformat(), status=say(site_status(seen.status))))
        lines += [codes.label("SJYT", seen.use, user_locale())] if seen.use else []
        lines += [said for said in (seen.land_user, seen.remark, ", ".join(seen.officers)) if said]
    photos = int(card.facts["photos"] or 0)
    lines += [tr("{n} photos", n=photos)] if photos else []
    return _list(tr("On site"), lines)


def _list(title: str, lines: Sequence[str]) -> str:
    return f"<p><b>{escape(title)}</b>" + "".join(f"<br>{escape(line)}" for line in lines) + "</p>" if lines else ""


def _history(past: Sequence[Happening], whole: bool) -> str:
    shown = past if whole else past[:_MOST_EVENTS]
    if not shown:
        return ""
    lines = "".join(f"<br>{_happening(one)}" for one in shown)
    rest = len(past) - len(shown)
    more = f'<br><a href="{WHOLE_HISTORY}">{escape(tr("{n} earlier events", n=rest))}</a>' if rest else ""
    return f"<p><b>{escape(tr('History'))}</b>{lines}{more}</p>"


def _happening(one: Happening) -> str:
    """A line through what was undone, and the word, for who does not see the line."""
    said = f'<span style="color:{readable(FAINT)}">{escape(one.when)} {escape(one.who)}</span> '
    text = escape(one.text)
    return said + (f"<s>{text}</s> {escape(tr('(undone)'))}" if one.undone else text)


# --- Shows the card of the current parcel; clears before it asks, so that it never shows another parcel's figures.


#: Stepping through parcels reads only the one where the user stays for this long.
_PAUSE_MS = 80


class CardView(QTextBrowser):
    """``wanted`` asks for a parcel's card; hand it to :meth:`take` when it is there. ``shown`` tells that it is to be seen.
    ``newest_outline_wanted`` tells that the user asked for the outline of the newest issue.

    ``known`` is set from outside: the card that was read ahead, or None.
    """

    wanted = pyqtSignal(str)
    shown = pyqtSignal(str)
    newest_outline_wanted = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorCard")
        self.setAccessibleName(tr("What the verdict rests on"))
        put_hint(self, tr("Choose a parcel; Alt+Down goes to the next undone one."))
        self.setOpenLinks(False)
        self.setMinimumHeight(60)
        self.known: Callable[[str], Optional[Card]] = lambda _parcel_id: None
        self.anchorClicked.connect(self._follow)
        self._parcel: Optional[str] = None
        self._card: Optional[Card] = None
        self._whole_history = False
        self._pictures: Dict[str, QImage] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._ask)

    def show_parcel(self, parcel_id: Optional[str]) -> None:
        """Ask for this parcel's card; None empties the view."""
        if parcel_id != self._parcel:
            self.clear()
            self._whole_history = False
            self._pictures = {}
        self._parcel, self._card = parcel_id, None
        card = self.known(parcel_id) if parcel_id is not None else None
        if parcel_id is None or card is not None:
            self._timer.stop()
            self.take(card)
        else:
            self._timer.start()

    def _ask(self) -> None:
        self.wanted.emit(self._parcel)

    def take(self, card: Optional[Card]) -> None:
        """Show a card, unless the user has gone on to another parcel since."""
        if card is not None and card.parcel_id == self._parcel:
            self._card = card
            self._write()
            self.shown.emit(card.parcel_id)

    @property
    def similar(self) -> Sequence[Similar]:
        """The decided parcels named on the card that is shown."""
        return self._card.similar if self._card is not None else ()

    def take_picture(self, parcel_id: str, picture: QImage) -> None:
        """Show what one of the similar parcels looked like."""
        if any(one.parcel_id == parcel_id for one in self.similar):
            self._pictures[parcel_id] = picture
            self._write()

    def forget_pictures(self) -> None:
        """They are to be drawn anew."""
        shown, self._pictures = bool(self._pictures), {}
        if shown and self._card is not None:
            self._write()

    def loadResource(self, kind: int, name: QUrl) -> Any:  # noqa: N802 - Qt's name
        """Pictures of similar parcels are at hand; no page reads a file or the net."""
        said = name.toString()
        return self._pictures.get(said[len(_PICTURE):]) if said.startswith(_PICTURE) else None

    def _write(self) -> None:
        place = self.verticalScrollBar().value()
        self.setHtml(page(self._card, self._whole_history, pictured=self._pictures))
        self.verticalScrollBar().setValue(place)

    def _follow(self, link: QUrl) -> None:
        if link.toString() == WHOLE_HISTORY and self._card is not None:
            self._whole_history = True
            self._write()
        elif link.toString() == TAKE_OUTLINE:
            self.newest_outline_wanted.emit()


# Nine buttons that give a verdict, one for each key; what each of them gives can be changed where it stands.

#: As many grounds have a key of their own.
KEYED_GROUNDS = 9


class VerdictPanel(QWidget):
    """``wanted`` names a sub-type (PDJL2) for the chosen parcels, ``step_wanted`` asks for the next (1) or last (-1) open one.

    What can be done with a parcel besides a verdict stands in :attr:`more`, which features fill.
    """

    wanted = pyqtSignal(str)
    later_wanted = pyqtSignal()
    flag_wanted = pyqtSignal()
    proposal_wanted = pyqtSignal()
    step_wanted = pyqtSignal(int)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.title = PlainLabel(self)
        self.title.setObjectName("landInspectorCurrent")
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._regime = "N"
        self.grounds = self._grounds_box()
        self.buttons: List[FittingButton] = [self._button(place) for place in range(9)]
        self.accept_button = self._flat("landInspectorAcceptProposal", tr("As proposed"), tr("Give the proposed verdict (Alt+A)"))
        self.accept_button.clicked.connect(self.proposal_wanted)
        self.back_button = self._flat("landInspectorPreviousOpen", "◀", tr("Previous open parcel (Alt+Up)"))
        self.back_button.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.next_button = self._flat("landInspectorNextOpen", "▶", tr("Next open parcel (Alt+Down)"))
        self.next_button.clicked.connect(lambda: self.step_wanted.emit(1))
        self.later_button = self._flat("landInspectorLater", tr("Later"), tr("Set aside with a reason (Alt+K)"))
        self.later_button.clicked.connect(self.later_wanted)
        self.flag_button = self._flat("landInspectorFlag", tr("Flag"), tr("Flag, or take the flag off (Alt+F)"))
        self.flag_button.clicked.connect(self.flag_wanted)
        self.more = QMenu(self)
        self.more_button = self._flat("landInspectorMoreActs", "…", tr("More to do with this parcel"))
        self.more_button.setMenu(self.more)
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._lay_out()
        self.show_regime(self._regime)
        self.show_parcels("", 0)

    def _grounds_box(self) -> QComboBox:
        """Grounds that go into the next verdict: picked from the list, by a key of their own, or typed."""
        box = QComboBox(self)
        box.setObjectName("landInspectorGrounds")
        box.setAccessibleName(tr("Grounds of the next verdict"))
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        box.setFixedHeight(ROW_HEIGHT)
        put_hint(box.lineEdit(), tr("Grounds, for the next verdict (Alt+1 … 9)"))
        return box

    def _button(self, place: int) -> FittingButton:
        button = FittingButton(self)
        button.setObjectName(f"landInspectorKey{place + 1}")
        button.setFixedHeight(ROW_HEIGHT)
        button.clicked.connect(lambda _checked=False: self.press(place))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(lambda point: self._choose_key(place, point))
        return button

    def _flat(self, name: str, text: str, hint: str) -> QToolButton:
        button = QToolButton(self) if len(text) == 1 else ElidedButton(self)  # an arrow may be clicked as fast as one likes
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip(hint))
        button.setAccessibleName(hint)
        button.setSizePolicy(QSizePolicy.Policy.Ignored if len(text) > 1 else QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.setFixedHeight(ROW_HEIGHT)
        return button

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        steps.setSpacing(3)
        steps.addWidget(self.back_button)
        steps.addWidget(self.accept_button, 1)
        steps.addWidget(self.next_button)
        grid = QGridLayout()
        grid.setSpacing(2)
        for place, button in enumerate(self.buttons):
            grid.addWidget(button, place // 3, place % 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.title)
        layout.addLayout(steps)
        besides = QHBoxLayout()
        besides.setSpacing(3)
        besides.addWidget(self.grounds, 3)
        besides.addWidget(self.later_button, 1)
        besides.addWidget(self.flag_button, 1)
        besides.addWidget(self.more_button)
        layout.addLayout(besides)
        layout.addLayout(grid)

    # --- keys ---------------------------------------------------------------------------------------------------------

    def press(self, place: int) -> None:
        """Key ``place`` (from 0) was pressed, wherever the focus is."""
        if self.buttons[place].isEnabled():
            self.wanted.emit(self._keys[place])

    def show_regime(self, regime: str) -> None:
        """The keys and grounds of a regime (ZD), as Options has them now."""
        self._regime = regime or "N"
        self._show_keys()
        written = self.grounds.currentText()
        self.grounds.clear()
        for place, text in enumerate(choices(GROUND, self._regime), 1):
            self.grounds.addItem(text)
            if place <= KEYED_GROUNDS:
                self.grounds.setItemData(place - 1, tip(tr("Alt+{n}", n=place)), Qt.ItemDataRole.ToolTipRole)
        self.grounds.setCurrentIndex(-1)
        self.grounds.setEditText(written)

    @property
    def regime(self) -> str:
        """The regime (ZD) whose codes and grounds are offered."""
        return self._regime

    def pick_ground(self, place: int) -> None:
        """Key ``place`` (from 0) of the grounds: the same key again takes them away."""
        text = self.grounds.itemText(place)
        self.grounds.setEditText("" if text == self.grounds.currentText() else text)

    def take_grounds(self) -> str:
        """What stands there for the verdict that is being given."""
        return self.grounds.currentText().strip()

    def clear_grounds(self) -> None:
        """Leave no grounds for the next verdict."""
        self.grounds.setCurrentIndex(-1)
        self.grounds.setEditText("")

    def _show_keys(self) -> None:
        self._keys = verdict_keys(self._regime)
        for place, (button, code) in enumerate(zip(self.buttons, self._keys)):
            colour = map_layers.verdict_colour(verdict_of(code))
            button.show_text(f"{place + 1} {map_layers.short_name(code)}")
            button.setToolTip(tip(tr("{verdict} (key {key}; right-click to give this key another verdict)",
                                     verdict=map_layers.sub_verdict_name(code), key=place + 1)))
            ink = readable(colour)
            button.setStyleSheet(f"QToolButton {{ border: 1px solid {ink}; border-radius: 4px; color: {ink}; padding: 1px;"
                                 f" background: {behind().name()}; }}"
                                 "QToolButton:disabled { border-color: gray; color: gray; }"
                                 f"QToolButton:hover:enabled, QToolButton:pressed {{ background: {colour}; color: white; }}")

    def _choose_key(self, place: int, point: QPoint) -> None:
        menu = self.key_menu(place)
        menu.popup(self.buttons[place].mapToGlobal(point))

    def key_menu(self, place: int) -> QMenu:
        """Every sub-type, grouped by verdict; choosing one gives it to the key."""
        menu = QMenu(self)
        groups: Dict[str, QMenu] = {}
        for entry in shipped_codes().codes("PDJL2", self._regime):
            group = groups.get(entry.parent)
            if group is None:
                group = groups[entry.parent] = menu.addMenu(map_layers.verdict_name(entry.parent, self._regime))
            group.addAction(map_layers.sub_verdict_name(entry.code), lambda code=entry.code: self._set_key(place, code))
        return menu

    def _set_key(self, place: int, code: str) -> None:
        keep_verdict_keys([code if at == place else known for at, known in enumerate(self._keys)], self._regime)
        self._show_keys()

    # --- showing ------------------------------------------------------------------------------------------------------

    def show_parcels(self, title: str, chosen: int, proposal: str = "") -> None:
        """What a key would judge now; ``proposal`` is the proposed verdict in words, '' where there is none to accept.

        Of a single parcel the card says it already.
        """
        self.title.setText(title or tr("Choose a parcel"))
        self.title.setVisible(chosen != 1)
        self.title.setToolTip(tip(title))
        for button in (*self.buttons, self.later_button, self.flag_button, self.more_button):
            button.setEnabled(chosen > 0)
        self.accept_button.setEnabled(chosen == 1 and bool(proposal))
        said = tr("As proposed: {proposal}", proposal=proposal) if proposal else tr("As proposed")
        self.accept_button.setText(said)
        self.accept_button.setToolTip(tip(f"{said}\n{self.accept_button.accessibleName()}"))
