"""A case as a plain record, and how an act changes it. No act is judged here: see :mod:`.procedure`."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, message
from .acts import ACTS, CASE_ORDER, ITEM_STATES, REVIEW_RESULTS, RULINGS, SETTLED, STATES
from .procedure import Act, Done, Particulars
from .areas import Amount


@dataclass(frozen=True)
class Item:
    """One remedy of the decision. ``stage`` is one of :data:`~.acts.ITEM_STATES`, ``since`` the date of the act that led there;
    ``perform_days`` calendar days to perform after service, where the decision sets them."""

    id: str
    kind: str
    amount: Amount
    stage: str = "open"
    since: Optional[date] = None
    perform_days: Optional[int] = None

    @property
    def is_settled(self) -> bool:
        """Nothing more has to happen to it before the case may be closed."""
        return self.stage in SETTLED


@dataclass(frozen=True)
class Case:
    """A case over one or more parcels. ``since`` is the date of the act that led to ``state``; ``items`` exist from the decision on."""

    id: str
    parcels: Tuple[str, ...]
    state: str
    since: date
    acts: Tuple[Done, ...] = ()
    items: Tuple[Item, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether its state is none that ends a case."""
        return not STATES[self.state].ends

    def last(self, act: str, item: Optional[str] = None) -> Optional[Done]:
        """The latest act of this kind, of those that concern the remedy if one is named: of a decision that was revoked and taken up
        again none does, though its remedies had the same numbers."""
        for done in reversed(self.acts):
            if item is not None and done.act == "redo":
                return None
            if done.act == act and (item is None or item in concerned(self, done.particulars)):
                return done
        return None

    def last_on(self, act: str, item: Optional[str] = None) -> Optional[date]:
        """The day of :meth:`last`; None where the act was never done."""
        done = self.last(act, item)
        return done.on if done else None

    def item(self, item_id: str) -> Optional[Item]:
        """The remedy of the decision with this id; None where there is none."""
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def unsettled(self) -> List[Item]:
        """Remedies of the decision that keep the case from being closed."""
        return [item for item in self.items if not item.is_settled]

    @property
    def filed_on(self) -> Optional[date]:
        """The day of filing (立案); None before it."""
        return self.last_on("file")

    @property
    def decided_on(self) -> Optional[date]:
        """The day of the decision on the penalty; None before it."""
        return self.last_on("decide")

    @property
    def served_on(self) -> Optional[date]:
        """The day on which the decision was served; None before it."""
        done = self.service
        return done.on if done else None

    @property
    def service(self) -> Optional[Done]:
        """The service of the decision that was taken last; None before it, whatever was served of a revoked one."""
        latest = next((done for done in reversed(self.acts) if done.act in ("decide", "serve")), None)
        return latest if latest is not None and latest.act == "serve" else None


def opened(case_id: str, parcels: Iterable[str], on: date, particulars: Particulars) -> Case:
    """A case as it begins with its clue."""
    return Case(case_id, tuple(parcels), "S0", on, (Done("clue", on, dict(particulars)),))


def parcel_refusal(parcels: Sequence[str], cases: Iterable[Case], own_id: Optional[str] = None) -> Optional[Message]:
    """Why a case cannot cover these parcels: a parcel has at most one open case (§0.2 (2)); None if it can."""
    if not parcels:
        return message("A case covers at least one parcel.")
    if len(set(parcels)) != len(parcels):
        return message("A parcel is named twice.")
    for case in cases:
        taken = sorted(set(parcels) & set(case.parcels))
        if case.is_open and case.id != own_id and taken:
            return message("The parcel {parcel} already has the open case {case}; close that one first.",
                           parcel=taken[0], case=case.id)
    return None


def concerned(case: Case, particulars: Particulars) -> Tuple[str, ...]:
    """The remedies that an act names; all of the decision where it names none."""
    return tuple(particulars.get("items") or (item.id for item in case.items))


def named_items(case: Case, act: Act, particulars: Particulars) -> List[Item]:
    """The remedies that an act concerns: those it names, else all that are at a stage from which it can be done."""
    meant = [item for item in case.items if not act.kinds or item.kind in act.kinds]
    named = particulars.get("items")
    if named:
        return [item for item in meant if item.id in named]
    return [item for item in meant if item.stage in act.takes]


def advance(case: Case, act_code: str, on: date, particulars: Particulars) -> Case:
    """The fold of an act that was checked when it was recorded."""
    act = ACTS[act_code]
    chosen = {item.id for item in named_items(case, act, particulars)} if act.concerns_items else set()
    said: Dict[str, Any] = dict(particulars, items=sorted(chosen)) if act.concerns_items else dict(particulars)
    items = case.items
    if act_code == "decide":
        items = tuple(_items(particulars["remedies"], on))
    elif act_code == "redo":
        items = ()
    elif chosen:
        items = tuple(_moved(item, act, on, particulars) if item.id in chosen else item for item in items)
    state = _state_after(case, act, items)
    since = on if state != case.state or act.code in ("clue", "site_check") else case.since
    return replace(case, state=state, since=since, acts=case.acts + (Done(act_code, on, said),), items=items)


def _items(remedies: Iterable[Mapping[str, Any]], on: date) -> Iterable[Item]:
    for n, remedy in enumerate(remedies, start=1):
        yield Item(str(remedy.get("item") or n), remedy["kind"], Amount.from_record(remedy["amount"]), "open", on,
                   remedy.get("perform_days"))


def _moved(item: Item, act: Act, on: date, particulars: Particulars) -> Item:
    changed = next((r for r in particulars.get("remedies") or () if str(r.get("item")) == item.id), None)
    amount = Amount.from_record(changed["amount"]) if changed else item.amount
    stage = _stage_after(item, act, particulars)
    return replace(item, stage=stage, since=on if stage != item.stage else item.since, amount=amount)


def _stage_after(item: Item, act: Act, particulars: Particulars) -> str:
    if act.code == "court_ruling":
        return RULINGS[particulars["result"]]
    if act.code == "conclude_review":
        return REVIEW_RESULTS[particulars["result"]]
    return act.makes or item.stage


def _state_after(case: Case, act: Act, items: Tuple[Item, ...]) -> str:
    """After service a case shows the furthest stage of what is still open; S9 once nothing is."""
    if not act.concerns_items:
        return act.moves.get(case.state, case.state)
    states = [ITEM_STATES[item.stage] for item in items if not item.is_settled]
    return max(states, key=CASE_ORDER.index) if states else _settled_state(items)


def _settled_state(items: Sequence[Item]) -> str:
    return "S9" if any(item.stage == "done" for item in items) else "S13"
