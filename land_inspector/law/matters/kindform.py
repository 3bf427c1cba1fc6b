"""The form of a pack of a kind of matter: each member read into its class, wrong ones refused with file, line, place
and reason.
"""
from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Optional, Tuple, TypeVar

from ...errors import Bilingual
from ..areas import as_written
from ..calendar import UNITS as TIME_UNITS
from ..deadlines import DUTY, RIGHT, WAIT
from ..rulepack import digest_of
from ..parameters import PackValue, read_document
from . import findings, kind as forms
from .matter import COMMON_LISTS, common_columns
from .kind import (
    BACK, BUILT_IN, CLASSES, CODE, COLUMN_FORMS, DATE, FIELD_KINDS, FIGURES, FORMULAS, GEOMETRIES, NUMBER_FIELD, OPEN,
    PAUSED, SAME, SKELETON, STAGES, UNITS, Ask, Column, Demand, KindCode, KindField, KindList, KindState, Known,
    MatterKind, Milestone, Move, Quantity, Setting, TermForm,
)

FORMAT, FORMAT_VERSION = "land_inspector.matter_kind", 1
SHIPPED = Path(__file__).parent.parent / "data" / "matters"
MEMBERS = tuple("format format_version id version name source note geometry without fields codes states moves terms settings finding "
                "quantities lists columns common_columns bulletin offers milestones groups".split())
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,6}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
Item = TypeVar("Item")


def parse(content: bytes, file: str, *, kept: bool = False) -> MatterKind:
    """Read a pack. Raises :class:`~land_inspector.errors.InputError` with file, line, place and reason for the first thing wrong in it.

    ``kept``: a register holds it already, as an earlier version took it in; what is asked only since then is not asked of it."""
    document = read_document(content, file)
    document.only(*MEMBERS)
    document.member("format").choice((FORMAT,))
    document.member("format_version").whole(FORMAT_VERSION, FORMAT_VERSION)
    return _Reader(document, kept).kind()


@lru_cache(maxsize=1)
def shipped_kinds() -> Tuple[MatterKind, ...]:
    """The kinds that come with the plugin."""
    return tuple(parse(path.read_bytes(), path.name) for path in sorted(SHIPPED.glob("*.json")))


def _named(value: PackValue, pattern: "re.Pattern[str]", wanted: str) -> str:
    text = value.text()
    if not pattern.fullmatch(text):
        value.refuse("{value} cannot be a name here: {wanted}", value=text[:60], wanted=wanted)
    return text


def _label(value: PackValue) -> Bilingual:
    value.only("zh", "en")
    return Bilingual(value.member("en").text(), zh=value.member("zh").text())


def _optional_text(item: PackValue, key: str) -> str:
    return item.member(key).text() if item.optional(key) else ""


def _texts(value: Optional[PackValue]) -> Tuple[str, ...]:
    return () if value is None else tuple(item.text() for item in value.items())


class _Reader:
    """Reads one document; what is named first is known to all that follows."""

    def __init__(self, document: PackValue, kept: bool = False):
        self._document, self._is_kept = document, kept
        codes = self._codes()
        self._known = Known({}, codes, is_kept=kept)
        self._known.fields = self._fields()
        self._known.states = self._names("states", "code")
        self._known.moves = self._names("moves", "code")
        self._known.terms = (*self._names("terms", "code"), "promised")
        self._known.settings = self._names("settings", "name")
        self._known.quantities = self._names("quantities", "name")
        common = common_columns(self._known.fields) if self._has_common() else ()
        self._known.columns = (*self._names("columns", "name"), *(one.name for one in common))
        self._refuse_shared_names()

    def kind(self) -> MatterKind:
        document, known = self._document, self._known
        (finding, finding_with), states = self._finding(), self._states()
        known.statuses = tuple(findings.FINDINGS[finding].statuses) if finding else ()
        geometry, offers = document.optional("geometry"), document.optional("offers")
        kind = MatterKind(
            id=_named(document.member("id"), _CODE, "small letters, digits and _, at most 40"),
            version=document.member("version").text(),
            name=_label(document.member("name")), source=document.member("source").text(),
            geometry=geometry.choice(GEOMETRIES) if geometry else forms.NONE, fields=known.fields, codes=known.codes,
            states=states,
            moves=self._all("moves", self._move, "code"), terms=self._terms(states), settings=self._all("settings", self._setting, "name"),
            quantities=self._all("quantities", self._quantity, "name"), lists=self._lists(),
            columns=self._columns(), bulletin=self._bulletin(), finding=finding, finding_with=finding_with,
            offers=_texts(offers), milestones=self._milestones(), groups=self._groups(),
            digest=digest_of(document.value), content=document.value)
        self._refuse_circles(kind)
        return kind

    # --- names ------------------------------------------------------------------------------------------------------

    def _names(self, member: str, key: str) -> Tuple[str, ...]:
        values = self._document.optional(member)
        found: List[str] = []
        for item in values.items() if values else ():
            name = item.member(key)
            if name.text() in found:
                name.refuse("{name} stands in this list twice", name=name.value)
            found.append(name.text())
        return tuple(found)

    def _refuse_shared_names(self) -> None:
        for member, key in (("settings", "name"), ("quantities", "name")):
            values = self._document.optional(member)
            for item in values.items() if values else ():
                name = item.member(key)
                _named(name, _NAME, _NAME_WORDS)
                if list(self._known.values).count(name.value) > 1:
                    name.refuse("{name} is the name of something else already", name=name.value)

    def _all(self, member: str, read: Callable[[PackValue], Item], key: str) -> Dict[str, Item]:
        values = self._document.optional(member)
        return {getattr(made, key): made for made in (read(item) for item in (values.items() if values else ()))}

    # --- fields, codes, states --------------------------------------------------------------------------------------

    def _codes(self) -> Dict[str, Tuple[KindCode, ...]]:
        lists = self._document.optional("codes")
        found: Dict[str, Tuple[KindCode, ...]] = {}
        for name in lists.keys() if lists else ():
            entries: Dict[str, KindCode] = {}
            for item in lists.member(name).items():  # type: ignore[union-attr]
                item.only("code", "label", "group")
                code, group = item.member("code"), item.optional("group")
                if code.text() in entries:
                    code.refuse("{name} stands in this list twice", name=code.value)
                entries[code.text()] = KindCode(code.text(), _label(item.member("label")),
                                                group.text() if group else "")
            found[name] = tuple(entries.values())
        return found

    def _fields(self) -> Dict[str, KindField]:
        without = self._document.optional("without")
        may_go = [name for name in SKELETON if name != NUMBER_FIELD]
        left_out = [item.choice(may_go) for item in (without.items() if without else ())]
        found = {name: field for name, field in SKELETON.items() if name not in left_out}
        own: List[str] = []
        values = self._document.optional("fields")
        for item in values.items() if values else ():
            made = self._one_field(item)
            if made.name in own:
                item.member("name").refuse("{name} stands in this list twice", name=made.name)
            if not self._is_kept and made.name not in found and made.name.lower() in map(str.lower, found):
                item.member("name").refuse("{name} is the name of something else already", name=made.name)
            own.append(made.name)
            found[made.name] = made
        order = [NUMBER_FIELD, *own, *found]  # its own stand before the rest of the common ones
        return {name: found[name] for name in dict.fromkeys(order)}

    def _one_field(self, item: PackValue) -> KindField:
        item.only("name", "kind", "label", "required", "codes", "headings", "private", "grade")
        name = _named(item.member("name"), _NAME, _NAME_WORDS)
        kind = item.member("kind").choice(FIELD_KINDS)
        standard = SKELETON.get(name)
        if standard is not None and kind != standard.kind:
            item.member("kind").refuse("{name} is of the kind {kind} in every ledger", name=name, kind=standard.kind)
        required, private = item.optional("required"), item.optional("private")
        headings = _texts(item.optional("headings"))
        return KindField(name, kind, _label(item.member("label")), required.flag() if required else name == NUMBER_FIELD,
                         self._code_list(item, kind), (*headings, *(standard.headings if standard else ())),
                         private.flag() if private else kind == forms.PERSON)

    def _code_list(self, item: PackValue, kind: str) -> str:
        codes = item.optional("codes")
        if kind == CODE:
            return item.member("codes").choice(tuple(self._known.codes))
        if codes is not None:
            codes.refuse("only a value of the kind code has a code list")
        return ""

    def _states(self) -> Dict[str, KindState]:
        values = self._document.member("states")
        found = {made.code: made for made in (self._state(item) for item in values.items())}
        if len(found) < 2:
            values.refuse("at least two states are needed: the first and an end")
        if next(iter(found.values())).cls != OPEN:
            values.refuse("the first state is where a matter begins; its class must be open")
        if forms.SETTLED not in [state.cls for state in found.values()]:
            values.refuse("no state has the class settled: nothing could ever be finished")
        return forms.States(found)

    def _state(self, item: PackValue) -> KindState:
        item.only("code", "label", "stage", "class", "colour")
        if item.member("code").value in (SAME, BACK) and not self._is_kept:
            item.member("code").refuse("{code} says where a move leads and cannot be a state", code=item.member("code").value)
        cls, colour, stage = item.optional("class"), item.optional("colour"), item.optional("stage")
        meaning = cls.choice(CLASSES) if cls else OPEN
        return KindState(
            item.member("code").text(), _label(item.member("label")),
            stage.choice(STAGES) if stage else forms.ACCEPTED if meaning in (forms.SETTLED, forms.OUT) else forms.HANDLING,
            meaning, _named(colour, _COLOUR, "a colour as #rrggbb") if colour else "")

    # --- moves ------------------------------------------------------------------------------------------------------

    def _move(self, item: PackValue) -> Move:
        item.only("code", "label", "ground", "from", "to", "asks", "after", "when", "main", "beside")
        code = _named(item.member("code"), _CODE, "small letters, digits and _, at most 40")
        if code in BUILT_IN:
            item.member("code").refuse("{code} is an act that every kind has", code=code)
        asks, after, when = item.optional("asks"), item.optional("after"), item.optional("when")
        main, beside = item.optional("main"), item.optional("beside")
        made = tuple(self._ask(one) for one in (asks.items() if asks else ()))
        if asks is not None and len({ask.name for ask in made}) < len(made):
            asks.refuse("two particulars have the same name")
        return Move(code, _label(item.member("label")), _optional_text(item, "ground"), self._froms(item.member("from")),
                    item.member("to").choice((*self._known.states, SAME, BACK)), made,
                    tuple(one.choice(self._known.moves) for one in (after.items() if after else ())),
                    tuple(self._demand(one) for one in (when.items() if when else ())),
                    main.flag() if main else False, beside.flag() if beside else False)

    def _froms(self, value: PackValue) -> Tuple[str, ...]:
        if isinstance(value.value, str):
            value.choice(("any_open",))
            states = self._document.member("states").items()
            return tuple(item.member("code").text() for item in states
                         if item.optional("class") is None or item.member("class").value in (OPEN, PAUSED))
        if not value.items():
            value.refuse("at least one state is needed")
        return tuple(item.choice(self._known.states) for item in value.items())

    def _ask(self, item: PackValue) -> Ask:
        """Either the name of a field, whose value the move changes, or a particular of the move alone."""
        if isinstance(item.value, str):
            field = self._known.fields[self._known.field(item)]
            return Ask(field.name, field.kind, field.label, True, field.codes, True)
        item.only("field", "name", "kind", "label", "required", "codes", "at_most", "within")
        required, at_most = item.optional("required"), item.optional("at_most")
        within = self._within(item.optional("within"))
        bound = self._known.value(at_most, FIGURES) if at_most else ""
        needed = required.flag() if required else True
        if item.optional("field") is not None:
            item.only("field", "required", "at_most", "within")
            field = self._known.fields[self._known.field(item.member("field"))]
            self._check_bounds(item, field.kind)
            return Ask(field.name, field.kind, field.label, needed, field.codes, True, bound, within)
        kind, name = item.member("kind").choice(FIELD_KINDS), _named(item.member("name"), _NAME, _NAME_WORDS)
        if name in self._known.values or name in ("files", "remark"):
            item.member("name").refuse("{name} is the name of something else already", name=name)
        self._check_bounds(item, kind)
        return Ask(name, kind, _label(item.member("label")), needed, self._code_list(item, kind), False, bound, within)

    def _check_bounds(self, item: PackValue, kind: str) -> None:
        """A bound belongs to a figure of its own unit, a last day to a day."""
        at_most, within = item.optional("at_most"), item.optional("within")
        if at_most is not None and not self._is_kept:
            if kind not in FIGURES:
                at_most.refuse("only a figure has a bound; this is of the kind {kind}", kind=kind)
            unit = self._unit_of_value(at_most.value)
            if unit in _MEASURES and _UNIT_OF_KIND[kind] in _MEASURES and unit != _UNIT_OF_KIND[kind]:
                at_most.refuse("{name} is no figure of the same unit", name=at_most.value)
        if within is not None and kind != DATE and not self._is_kept:
            within.refuse("only a day has a last day; this is of the kind {kind}", kind=kind)

    def _within(self, value: Optional[PackValue]) -> Optional[Tuple[str, int, str]]:
        if value is None:
            return None
        value.only("of", "amount", "unit")
        of = value.member("of")
        start = "act" if of.value == "act" else self._known.field(of, (DATE,))
        return start, value.member("amount").whole(0, 36600), value.member("unit").choice(TIME_UNITS)

    def _demand(self, item: PackValue) -> Demand:
        otherwise = item.optional("else")
        return Demand(self._known.condition(item, ("else",)), _label(otherwise) if otherwise else None)

    # --- terms, settings, quantities ---------------------------------------------------------------------------------

    def _terms(self, states: Mapping[str, KindState]) -> Dict[str, TermForm]:
        found = self._all("terms", self._term, "code")
        if forms.PROMISED in self._known.fields and "promised" not in found:
            label = self._known.fields[forms.PROMISED].label
            found["promised"] = TermForm("promised", label, "", 0, "calendar", start_field=forms.PROMISED)
        return found

    def _term(self, item: PackValue) -> TermForm:
        item.only("code", "label", "ground", "amount", "unit", "starts", "met_by", "role", "idle_after", "extended", "warn_days", "when",
                  "grade", "rolls")
        starts, role, warn = item.member("starts"), item.optional("role"), item.optional("warn_days")
        starts.only("act", "field")
        if len(starts.keys()) != 1:
            starts.refuse("a term starts with an act or at the date of a field: one of the two")
        act, field = starts.optional("act"), starts.optional("field")
        extended, rolls = item.optional("extended"), item.optional("rolls")
        if extended is not None:
            extended.only("by", "amount")
        return TermForm(
            _named(item.member("code"), _CODE, "small letters, digits and _, at most 40"), _label(item.member("label")),
            _optional_text(item, "ground"), item.member("amount").whole(0, 36600), item.member("unit").choice(TIME_UNITS),
            act.choice(self._known.acts) if act else "", self._known.field(field, (DATE,)) if field else "",
            self._acts(item.optional("met_by")), role.choice((DUTY, WAIT, RIGHT)) if role else DUTY,
            self._acts(item.optional("idle_after")),
            extended.member("by").choice(self._known.moves) if extended else "",
            extended.member("amount").whole(1, 36600) if extended else 0, warn.whole(0, 3660) if warn else None,
            self._known.conditions(item.optional("when")), rolls.flag() if rolls else None)

    def _acts(self, value: Optional[PackValue]) -> Tuple[str, ...]:
        return () if value is None else tuple(item.choice(self._known.acts) for item in value.items())

    def _setting(self, item: PackValue) -> Setting:
        item.only("name", "label", "value", "least", "most", "grade", "source")
        least, most = item.optional("least"), item.optional("most")
        number = item.member("value").number(least.number() if least else -1e15, most.number() if most else 1e15)
        return Setting(item.member("name").text(), _label(item.member("label")), number)

    def _finding(self) -> Tuple[str, Dict[str, str]]:
        value = self._document.optional("finding")
        if value is None:
            return "", {}
        value.only("use", "with")
        form = findings.FINDINGS[value.member("use").choice(tuple(findings.FINDINGS))]
        given = value.optional("with")
        if given is not None:
            given.only(*form.reads)
        found = {}
        for name, kinds in form.reads.items():
            if given is not None and given.optional(name) is not None:
                found[name] = self._known.field(given.member(name), kinds)
            elif name in self._known.fields:
                found[name] = name
            elif name in form.needs:
                value.refuse("the finding {finding} needs a field for {name}", finding=form.name, name=name)
        return form.name, found

    def _quantity(self, item: PackValue) -> Quantity:
        item.only("name", "label", "unit", "formula")
        formula = item.member("formula")
        do = formula.member("do").choice(tuple(FORMULAS))
        must, may = FORMULAS[do]
        formula.only("do", *must, *may)
        self._check_formula(do, formula)
        return Quantity(item.member("name").text(), _label(item.member("label")), item.member("unit").choice(UNITS),
                        formula.value)

    def _check_formula(self, do: str, formula: PackValue) -> None:
        if do == "share":
            self._known.value(formula.member("of"), FIGURES)
            formula.member("setting").choice(self._known.settings)
        elif do in ("sum", "difference", "larger", "smaller", "ratio"):
            listed = formula.member("of").items()
            if do == "ratio" and len(listed) != 2 or not listed:
                formula.member("of").refuse("a ratio is of two values" if do == "ratio"
                                            else "at least one value is needed")
            for one in listed:
                self._known.value(one, FIGURES)
        elif do in ("sum_of_acts", "count_of_acts"):
            acts = self._acts(formula.member("acts"))
            if do == "sum_of_acts":
                self._asked(formula.member("field"), acts)
        elif do in ("days_since", "year"):
            self._known.field(formula.member("date"), (DATE,))
        elif do == "finding":
            self._finding_value(formula.member("value"))
        if do == "difference" and formula.optional("least") is not None:
            formula.member("least").number()
        for part in ("needs", "unless"):
            for one in formula.member(part).items() if formula.optional(part) is not None else ():
                self._known.value(one)

    def _finding_value(self, value: PackValue) -> None:
        use = self._document.optional("finding")
        if use is None:
            value.refuse("the pack uses no finding")
        value.choice(tuple(findings.FINDINGS[use.member("use").choice(tuple(findings.FINDINGS))].values))  # type: ignore[union-attr]

    def _asked(self, value: PackValue, acts: Tuple[str, ...]) -> None:
        """A figure that at least one of the acts asks for."""
        moves, fields = self._document.optional("moves"), self._known.fields
        asks = [ask.value for item in (moves.items() if moves else ()) if item.member("code").value in acts
                for ask in (item.member("asks").items() if item.optional("asks") else ())]
        kinds = {str(name): fields[name].kind if name in fields else ask["kind"] for ask in asks
                 for name in [ask if isinstance(ask, str) else ask.get("field") or ask.get("name")]}
        value.choice([name for name, kind in kinds.items() if kind in FIGURES])

    # --- lists and columns -------------------------------------------------------------------------------------------

    def _lists(self) -> Dict[str, KindList]:
        self._names("lists", "code")
        own = self._all("lists", self._list, "code")
        return {**{one.code: one for one in COMMON_LISTS if self._has_needs(one)}, **own}

    def _has_needs(self, one: KindList) -> bool:
        return one.code != "incomplete" or {forms.PROMISED, "ZRDW"} <= set(self._known.fields)

    def _list(self, item: PackValue) -> KindList:
        item.only("code", "label", "where", "day")
        day = item.optional("day")
        return KindList(_named(item.member("code"), _CODE, "small letters, digits and _, at most 40"), _label(item.member("label")),
                        self._known.conditions(item.member("where")),
                        day.choice((*self._known.terms,
                                    *(f.name for f in self._known.fields.values() if f.kind == DATE))) if day else "")

    def _has_common(self) -> bool:
        value = self._document.optional("common_columns")
        return value is None or value.flag()

    def _columns(self) -> Dict[str, Column]:
        own = self._all("columns", self._column, "name")
        common = {one.name: one for one in common_columns(self._known.fields)} if self._has_common() else {}
        return {**common, **own}

    def _column(self, item: PackValue) -> Column:
        do = item.member("do").choice(tuple(COLUMN_FORMS))
        must, may = COLUMN_FORMS[do]
        item.only("name", "label", "do", "unit", *must, *may)
        name = _named(item.member("name"), _COLUMN, "a letter, then letters, digits or _, at most 7 in all")
        at, unit = item.optional("at"), item.optional("unit")
        acts = self._acts(item.optional("acts"))
        of = self._column_of(do, item, acts)
        known = self._unit_of(do, of)
        is_told = do in ("count", "sum", "count_of_acts", "sum_of_acts") and not self._is_kept
        if unit is not None and is_told and {unit.choice(UNITS), known} & set(_MEASURES) and unit.value != known:
            unit.refuse("what is counted here has the unit {unit}", unit=known)
        made = Column(name, _label(item.member("label")), do, of, unit.choice(UNITS) if unit else known,
                      self._known.conditions(item.optional("where")), at is not None and at.choice(("start", "end")) == "start",
                      acts)
        if do == "rank":
            order = item.optional("order")
            return replace(made, unit="count", upward=order is not None and order.choice(("up", "down")) == "up")
        if do == "most":
            return replace(made, unit=forms.WORDS)
        if do != "rate":
            return made
        return replace(made, unit="share", numerator=item.member("numerator").choice(self._known.columns),
                       denominator=item.member("denominator").choice(self._known.columns))

    def _column_of(self, do: str, item: PackValue, acts: Tuple[str, ...]) -> Tuple[str, ...]:
        if do == "sum":
            return (self._known.value(item.member("of"), FIGURES),)
        if do == "sum_of_acts":
            self._asked(item.member("of"), acts)
            return (item.member("of").text(),)
        if do in ("total", "difference"):
            return tuple(one.choice(self._known.columns) for one in item.member("of").items())
        if do == "rank":
            return (item.member("of").choice(self._known.columns),)
        if do == "most":
            by = item.optional("by")
            return (self._known.field(item.member("of"), (CODE,)), *((self._known.value(by, FIGURES),) if by else ()))
        return ()

    def _unit_of(self, do: str, of: Tuple[str, ...]) -> str:
        if do == "sum":
            return self._unit_of_value(of[0])
        if do == "sum_of_acts":
            moves = self._document.member("moves").items()
            kinds = [ask.value.get("kind") for item in moves if item.optional("asks")
                     for ask in item.member("asks").items()
                     if isinstance(ask.value, dict) and ask.value.get("name") == of[0]]
            field = self._known.fields.get(of[0])
            return _UNIT_OF_KIND.get(kinds[0] if kinds else field.kind if field else "", "number")
        return "count"

    def _unit_of_value(self, name: str) -> str:
        """The unit of a field or quantity; number for what has none."""
        field, quantities = self._known.fields.get(name), self._document.optional("quantities")
        units = {item.member("name").value: item.member("unit").value for item in (quantities.items() if quantities else ())}
        return _UNIT_OF_KIND.get(field.kind, "number") if field else units.get(name, "number")

    def _bulletin(self) -> Tuple[str, ...]:
        value = self._document.optional("bulletin")
        return () if value is None else tuple(item.choice(self._known.columns) for item in value.items())

    def _groups(self) -> Tuple[str, ...]:
        """Fields by whose codes the table is told as well."""
        value = self._document.optional("groups")
        return () if value is None else tuple(self._known.field(item, (CODE,)) for item in value.items())

    def _milestones(self) -> Tuple[Milestone, ...]:
        values, rates = self._document.optional("milestones"), self._document.optional("columns")
        known = [one.member("name").value for one in (rates.items() if rates else ()) if one.member("do").value == "rate"]
        known += [name for name in ("XHL_S", "XHL_M", "XHL_G") if name in self._known.columns]
        found = []
        for item in values.items() if values else ():
            item.only("label", "on", "column", "percent")
            percent = as_written(item.member("percent").number(0, 10_000))
            found.append(Milestone(_label(item.member("label")), item.member("on").date(), item.member("column").choice(known), percent))
        return tuple(found)

    def _refuse_circles(self, kind: MatterKind) -> None:
        """A quantity, like a column, may rest only on what stands before it."""
        for member, made, points in (("quantities", kind.quantities, _points_of_quantity),
                                     ("columns", kind.columns, _points_of_column)):
            values = self._document.optional(member)
            names = [item.member("name").value for item in (values.items() if values else ())]
            for n, item in enumerate(values.items() if values else ()):
                ahead = [name for name in points(made[names[n]], self._is_kept) if name in names[n:]]
                if ahead:
                    item.refuse("{name} stands after this one; put it before", name=ahead[0])
                if member == "columns" and not forms.adds_up(kind.columns[names[n]], kind.columns):
                    item.refuse("what it is made of are no figures of one unit")
                if member == "columns" and not self._is_kept:
                    self._refuse_other_unit(item, kind.columns, names[n])

    @staticmethod
    def _refuse_other_unit(item: PackValue, columns: Mapping[str, Column], name: str) -> None:
        """A sum or a difference of columns has their unit."""
        column = columns[name]
        if column.do in ("total", "difference") and column.of and column.unit != columns[column.of[0]].unit:
            item.refuse("what it is made of has the unit {unit}; say so in its member unit", unit=columns[column.of[0]].unit)


def _points_of_quantity(one: Quantity, is_kept: bool) -> Tuple[str, ...]:
    of = one.formula.get("of", ())
    return (*((of,) if isinstance(of, str) else of), *one.formula.get("needs", ()), *(() if is_kept else one.formula.get("unless", ())))


def _points_of_column(one: Column, _is_kept: bool) -> Tuple[str, ...]:
    return (*(one.of if one.do in ("total", "difference", "rank") else ()), *filter(None, (one.numerator, one.denominator)))


_NAME_WORDS = "a letter, then letters, digits or _, at most 20 in all"
#: Units of which one is never meant for another.
_MEASURES = ("m2", "fen")
_UNIT_OF_KIND = {forms.AREA: "m2", forms.MONEY: "fen", forms.COUNT: "count", forms.NUMBER: "number"}
