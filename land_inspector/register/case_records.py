"""Cases, remedies and matters as the JSON that the register stores, and back."""
from __future__ import annotations

import json
from datetime import date
from typing import Any, Mapping, Sequence

from ..law import remedies
from ..law.case import Case, Item
from ..law.matters.matter import Matter, as_record, from_record, matter_of
from ..law.procedure import Done
from ..law.areas import Amount
from ..law.remedies import Track
from .events import canonical


def case_text(case: Case) -> str:
    """Acts and decided remedies of a case."""
    acts = [[done.act, done.on.isoformat(), dict(done.particulars)] for done in case.acts]
    return canonical({"acts": acts, "items": [_item_record(item) for item in case.items]})


def case_from_text(case_id: str, parcels: Sequence[str], state: str, since: str, text: str) -> Case:
    """The case of a stored row; ``since`` is ISO, ``text`` the JSON of acts and remedies decided."""
    said = json.loads(text)
    acts = tuple(Done(act, date.fromisoformat(on), particulars) for act, on, particulars in said["acts"])
    return Case(case_id, tuple(parcels), state, date.fromisoformat(since), acts, tuple(_item(item) for item in said["items"]))


def _item_record(item: Item) -> Mapping[str, Any]:
    return {"id": item.id, "kind": item.kind, "amount": item.amount.as_record(), "stage": item.stage,
            "since": item.since.isoformat() if item.since else None, "perform_days": item.perform_days}


def _item(said: Mapping[str, Any]) -> Item:
    since = date.fromisoformat(said["since"]) if said["since"] else None
    return Item(said["id"], said["kind"], Amount.from_record(said["amount"]), said["stage"], since, said["perform_days"])


def track_text(track: Track) -> str:
    """A remedy as canonical JSON."""
    return canonical(remedies.as_record(track))


def track_from_text(text: str) -> Track:
    """A remedy from the JSON of :func:`track_text`."""
    return remedies.from_record(json.loads(text))


def matter_text(matter: Matter) -> str:
    """The steps of a matter."""
    return canonical([as_record(step) for step in matter.steps])


def matter_from_text(matter_id: str, kind: str, number: str, text: str) -> Matter:
    """A matter from its steps. Raises ValueError where none of them opens it."""
    found = matter_of(matter_id, kind, number, [from_record(said) for said in json.loads(text)])
    if found is None:
        raise ValueError(f"the matter {number} has no opening")
    return found
