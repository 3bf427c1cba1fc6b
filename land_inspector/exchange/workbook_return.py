"""A month's workbook that comes back edited: what changed, what somebody else changed meanwhile, and what can be recorded.

Each row of the list of illegal parcels says in its hidden cell which parcel it is and what its cells said when it was given out. A cell
that still says so was not edited, wherever the row was moved to; one that says what the register says already needs nothing.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from ..register.judging import Entry, give_verdicts
from ..register.register import Register
from ..register.tables import VERDICT
from ..values import plain
from .formats.tables import read_tables
from .formats.xlsx import COUNT, DAY, MU
from .month_workbook import EDITABLE, MARK, cell_of, headings

TAKE, KNOWN, CONFLICT, REFUSED = "take", "known", "conflict", "refused"
_HALF_CENT_MU = 0.00005


@dataclass(frozen=True)
class Edit:
    """One edited cell: what it said when it was given out, what it says now, what the register says; ``status`` what comes of it."""

    row: int
    parcel: str
    number: str
    name: str
    was: Any
    now: Any
    register: Any
    status: str
    reason: Optional[Message] = None


@dataclass
class Returned:
    """What a workbook brought back: ``rows`` of the list, and every edited cell."""

    file: str
    rows: int
    edits: List[Edit] = field(default_factory=list)
    groups: List[str] = field(default_factory=list)

    def of(self, status: str) -> List[Edit]:
        """The edited cells of one status, in the order of the sheet."""
        return [edit for edit in self.edits if edit.status == status]


@dataclass(frozen=True)
class _Row:
    sheet: str
    row: int
    mark: Mapping[str, Any]
    cells: Mapping[str, Any]


def review_workbook(register: Register, path: Path) -> Returned:
    """Every edited cell of a workbook, with what would come of it; nothing is recorded.

    InputError for a file that holds no row of ours, or rows of another register.
    """
    rows = _rows_of(path)
    if not rows:
        raise InputError("{file} holds no row that this plugin gave out.", "Give the month's workbook, with its hidden column kept.",
                         file=path.name)
    foreign = next((one for one in rows if one.mark and one.mark.get("li") != register.meta["register_id"]), None)
    if foreign is not None:
        raise InputError("{file}, row {row}: it was given out from another register.", "Open the register it came from.", file=path.name,
                         row=foreign.row)
    found = Returned(path.name, len(rows))
    frame = register.storage.frame("parcel", ids=sorted({str(one.mark.get("id")) for one in rows if one.mark}))
    known = {row["parcel_id"]: row for row in frame.to_dict("records")}
    seen: Dict[str, int] = {}
    for one in rows:
        found.edits += _edits(one, known.get(str(one.mark.get("id"))), seen)
    return found


def take_back(register: Register, path: Path, by: Optional[str] = None, effective_on: Optional[str] = None) -> Returned:
    """Record what :func:`review_workbook` finds to be taken: one verdict for each parcel with edited cells, one action a batch. What
    conflicts or is refused stays out and is handed back; taken twice, the second time changes nothing."""
    found = review_workbook(register, path)
    wanted: Dict[str, List[Edit]] = {}
    for edit in found.of(TAKE):
        wanted.setdefault(edit.parcel, []).append(edit)
    frame = register.storage.frame("parcel", ids=sorted(wanted))
    batches: Dict[str, List[Tuple[str, Entry]]] = {}
    for row in frame.to_dict("records"):
        verdict = {one.name: plain(row.get(one.name)) for one in VERDICT}
        verdict.update({edit.name: edit.now for edit in wanted[row["parcel_id"]]})
        entry = Entry(row["DKBH"], verdict, wanted[row["parcel_id"]][0].row)
        batches.setdefault(row["PCBH"], []).append((row["parcel_id"], entry))
    for batch, entries in sorted(batches.items()):
        judged = give_verdicts(register, batch, [entry for _parcel, entry in entries], by=by, effective_on=effective_on)
        if judged.recorded is not None:
            found.groups.append(judged.recorded.group)
        reasons = {refusal.entry.label: refusal.reason for refusal in judged.refused}
        refused = {parcel: reasons[entry.label] for parcel, entry in entries if entry.label in reasons}
        found.edits = [Edit(**{**edit.__dict__, "status": REFUSED, "reason": refused[edit.parcel]})
                       if edit.status == TAKE and edit.parcel in refused else edit for edit in found.edits]
    return found


def _edits(one: _Row, row: Optional[Mapping[str, Any]], seen: Dict[str, int]) -> List[Edit]:
    """The edited cells of a row; a row whose parcel is unknown, cut or judged otherwise is refused as a whole."""
    said = _text(one.cells.get("DKBH") or "")
    if not one.mark:
        return [Edit(one.row, "", said, "", None, None, None, REFUSED, message(
            "The row was added by hand, or its hidden cell was lost; what it says cannot be taken back."))]
    parcel = str(one.mark.get("id"))
    number = str(row["DKBH"]) if row else said
    reason = None
    if said and _text(one.mark.get("no") or number) != said:
        reason = message("The row says parcel {number}, its hidden cell another; rows were sorted without their hidden column, or copied.",
                         number=said)
    elif row is None:
        reason = message("The register has no parcel of this row; its hidden cell was changed.")
    elif parcel in seen:
        reason = message("Row {row} is the same parcel; only one can be taken.", row=seen[parcel])
    elif plain(row.get("retired")) or plain(row.get("gone")):
        reason = message("The parcel was cut, merged or issued no more since the workbook was given out.")
    elif plain(row.get("PDJL1")) != "2":
        reason = message("The parcel is not judged illegal any more.")
    if reason is None or row is None:
        seen.setdefault(parcel, one.row)
    was = one.mark.get("was") if isinstance(one.mark.get("was"), dict) else {}
    found = []
    for name, cell in one.cells.items():
        if name in EDITABLE and (name in was or reason is not None and cell is not None):
            found += _edit(one, parcel, number, name, was.get(name), cell, row, reason)
    return found if reason is None else (found[:1] or [Edit(one.row, parcel, number, "", None, None, None, REFUSED, reason)])


def _edit(one: _Row, parcel: str, number: str, name: str, was: Any, cell: Any, row: Optional[Mapping[str, Any]],
          reason: Optional[Message]) -> List[Edit]:
    kind = EDITABLE[name]
    if reason is not None:
        return [Edit(one.row, parcel, number, name, was, cell, None, REFUSED, reason)]
    if _says(cell, was, kind):
        return []
    current = plain(row.get(name)) if row else None
    value, wrong = _value_of(cell, kind)
    if wrong is not None:
        return [Edit(one.row, parcel, number, name, was, cell, current, REFUSED, wrong)]
    if _says(cell, current, kind):
        return [Edit(one.row, parcel, number, name, was, value, current, KNOWN)]
    if current != was:
        return [Edit(one.row, parcel, number, name, was, value, current, CONFLICT,
                     message("Somebody else changed it in the register since the workbook was given out."))]
    return [Edit(one.row, parcel, number, name, was, value, current, TAKE)]


def _says(cell: Any, value: Any, kind: str) -> bool:
    """Whether a cell shows a value of the register, as any program may have saved it."""
    shown = cell_of(value, kind)
    if cell in (None, "") or shown is None:
        return (cell in (None, "")) and shown is None
    if kind in (MU, COUNT):
        try:
            return abs(float(cell) - float(shown)) < _HALF_CENT_MU
        except (TypeError, ValueError):
            return False
    return _text(cell) == _text(shown)


def _text(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    return str(value).strip()


def _value_of(cell: Any, kind: str) -> Tuple[Any, Optional[Message]]:
    """The cell as the register keeps it: m², ISO days, text; and what is wrong with it."""
    if cell in (None, ""):
        return None, None
    if kind in (MU, COUNT):
        try:
            number = float(str(cell).replace(",", ""))
        except ValueError:
            return None, message("“{value}” is not a number.", value=str(cell)[:40])
        if not number == number or number < 0 or number == float("inf"):
            return None, message("“{value}” is not a number.", value=str(cell)[:40])
        return (round(number * 2000 / 3, 2) if kind == MU else int(number)), None
    if kind == DAY:
        try:
            return date.fromisoformat(_text(cell).replace("/", "-").replace(".", "-")).isoformat(), None
        except ValueError:
            return None, message("“{value}” is not a day.", value=str(cell)[:40])
    return _text(cell), None


# --- reading ----------------------------------------------------------------------------------------------------------------


def _rows_of(path: Path) -> List[_Row]:
    """Every row with a hidden cell of ours, on whatever sheet, with its cells by field."""
    titles = {text: name for language in ("zh", "en") for name, text in _titles(language).items()}
    found: List[_Row] = []
    for sheet in read_tables(path):
        columns: Dict[int, str] = {}
        for number, line in enumerate(sheet.rows, sheet.counts_from):
            named = {at: titles[_flat(cell)] for at, cell in enumerate(line) if isinstance(cell, str) and _flat(cell) in titles}
            if len(named) >= 2:
                columns = named
            mark = next((cell for cell in line if isinstance(cell, str) and cell.startswith(MARK)), None)
            cells = {name: line[at] if at < len(line) else None for at, name in columns.items()}
            if mark is not None:
                found.append(_Row(sheet.name, number, _mark_of(mark, path, number), cells))
            elif named != columns and cells.get("DKBH") not in (None, "") and len(cells) > 2:
                found.append(_Row(sheet.name, number, {}, cells))
    # sheets of other lists name parcels too: only where a sheet holds a row of ours is one without a mark a row that lost it
    ours = {one.sheet for one in found if one.mark}
    return [one for one in found if one.sheet in ours]


def _titles(language: str) -> Dict[str, str]:
    return {name: _flat(text) for name, text in headings(language).items()}


def _flat(text: str) -> str:
    return "".join(text.split()).replace("（", "(").replace("）", ")")


def _mark_of(text: str, path: Path, row: int) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError("{file}, row {row}: the hidden cell that names the parcel was changed and cannot be read.",
                         "Take the row out, or take the workbook as it was given out.", file=path.name, row=row) from error
    return found if isinstance(found, dict) else {}


def edit_rows(returned: Returned) -> Sequence[Dict[str, Any]]:
    """The edits as rows of a table."""
    return [{"HH": edit.row, "DKBH": edit.number, "ZD": edit.name, "YZ": _shown(edit.was), "XZ": _shown(edit.now),
             "DJ": _shown(edit.register), "ZT": edit.status, "SM": edit.reason} for edit in returned.edits]


def _shown(value: Any) -> Optional[str]:
    return None if value is None else str(value)
