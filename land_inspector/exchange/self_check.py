"""Self-check, private: some of one's own verdicts come again unseen; the worker alone sees how he agrees with himself and with the arbiter.

Nothing of it is in the register and nobody else sees it: it stands in a file of the user's own profile that only this user may read. What
is kept is which parcels were drawn, what was said this time, and when; how it agrees is worked out anew each time it is looked at.
"""
from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from ..errors import InputError
from ..law.agreement import Agreement, agreement, drawn
from ..register import kinds
from ..register.events import UNDONE, in_force
from ..register.register import Register
from ..register.sealing import iso, utc_now

#: A verdict comes again once it is so old that one hardly remembers it.
OLD_ENOUGH = timedelta(days=14)
Said = Tuple[str, Optional[str]]


@dataclass(frozen=True)
class SelfCheckResult:
    """How the answers of this round agree with one's own first verdicts, and with what stands now where somebody else decided; ``by_hour``
    counts answers and agreements by the hour of this computer's clock."""

    answered: int
    drawn: int
    with_self: Agreement
    with_arbiter: Agreement
    by_hour: Dict[int, Tuple[int, int]]


class SelfCheck:
    """One worker's rounds over one register. ``path`` is a JSON file in the profile; it is made readable for this user alone."""

    def __init__(self, path: Path, register_id: str):
        self._path, self._register_id = Path(path), register_id
        self._said: Dict[str, Any] = self._read()

    @property
    def open(self) -> List[str]:
        """Parcels that wait for an answer, in the order in which they come."""
        return [key for key in self._said.get("drawn", {}) if key not in self._said.get("answers", {})]

    def draw(self, register: Register, by: str, *, size: int = 10, seed: Optional[int] = None, old_enough: timedelta = OLD_ENOUGH) -> int:
        """Begin a round: so many of one's own verdicts at random, by township and verdict; how many came. InputError where none is old
        enough. What an earlier round said is forgotten."""
        actor = register.actor_id(by)
        limit = iso(datetime.now(timezone.utc) - old_enough)
        mine = {event.payload["parcel"]: event for event in in_force(
            [*register.storage.events_of_kind(kinds.VERDICT_GIVEN), *register.storage.events_of_kind(UNDONE)])
            if event.actor == actor and event.recorded_at <= limit}
        frame = register.parcels()
        frame = frame[frame["parcel_id"].isin(list(mine))]
        strata = {row.parcel_id: (str(row.XZDM), str(mine[row.parcel_id].payload["verdict"].get("PDJL1"))) for row in frame.itertuples()}
        picked = drawn(strata, size, uuid.uuid4().int & 0xFFFFFFFF if seed is None else seed)
        if not picked:
            raise InputError("None of your verdicts is {n} days old.", "Check yourself again later.", n=old_enough.days)
        order = sorted(picked, key=lambda key: uuid.uuid5(uuid.NAMESPACE_OID, key).hex)
        said = {key: _verdict(mine[key].payload["verdict"]) for key in order}
        self._said = {"by": actor, "drawn": said, "events": {key: mine[key].uuid for key in order}, "answers": {}}
        self._save()
        return len(order)

    def answer(self, parcel: str, level: str, sub_type: Optional[str] = None) -> None:
        """What one says this time. InputError for a parcel that was not drawn."""
        if parcel not in self._said.get("drawn", {}):
            raise InputError("This parcel does not belong to the self-check.", "Go on with the next one.")
        self._said["answers"][parcel] = [level, sub_type or None, utc_now()]
        self._save()

    def result(self, register: Register) -> SelfCheckResult:
        """How far it agrees, as things stand in the register now."""
        answers, first = self._said.get("answers", {}), self._said.get("drawn", {})
        frame = register.storage.frame("parcel", ids=list(answers))
        now = {row.parcel_id: (str(row.PDJL1 or "0"), row.verdict_event) for row in frame.itertuples()}
        others = {event.uuid for event in register.storage.events_of_kind(kinds.VERDICT_GIVEN) if event.actor != self._said.get("by")}
        mine = [(str(first[key][0]), str(said[0])) for key, said in answers.items()]
        arbiter = [(now[key][0], str(said[0])) for key, said in answers.items() if key in now and now[key][1] in others]
        by_hour: Dict[int, Tuple[int, int]] = {}
        for key, said in answers.items():
            hour = datetime.fromisoformat(said[2].replace("Z", "+00:00")).astimezone().hour
            n, same = by_hour.get(hour, (0, 0))
            by_hour[hour] = (n + 1, same + (str(first[key][0]) == str(said[0])))
        return SelfCheckResult(len(answers), len(first), agreement(mine), agreement(arbiter), by_hour)

    def forget(self) -> None:
        """Everything of this register's self-check is gone."""
        self._said = {}
        self._save()

    # --- the file -----------------------------------------------------------------------------------------------------

    def _read(self) -> Dict[str, Any]:
        try:
            said = json.loads(self._path.read_text(encoding="utf-8")).get(self._register_id, {})
            is_sound = isinstance(said, dict) and all(isinstance(said.get(name, {}), dict) for name in ("drawn", "answers"))
            return said if is_sound else {}
        except (OSError, ValueError, AttributeError):
            return {}

    def _save(self) -> None:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        known = {**(known if isinstance(known, dict) else {}), self._register_id: self._said}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(known, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self._path)
        finally:
            draft.unlink(missing_ok=True)


def _verdict(said: Any) -> List[Optional[str]]:
    return [str(said.get("PDJL1") or "0"), said.get("PDJL2")]
