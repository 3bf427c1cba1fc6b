"""What a split or a merge would make, worked out beside the window before anything is recorded."""
from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import shapely
from qgis.core import QgsSettings

from ...errors import InputError, Message, message
from ...evidence.cutting import idle_lines
from ...evidence.classes import CULTIVATED
from ...evidence.profile import EvidenceLayer, LAND_USE, PLAN, Profile, open_all, profile_of, read_profile
from ...evidence.sources import Source
from ...law import codes
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.splitting import (
    Piece, along_evidence, along_lines, check_split, piece_number, preview_merge, with_areas,
)
from ...register.measuring import measure_batch
from ...register.proposing import pack_of, propose_again
from ...register.register import Register
from ...register.tables import MEASURED, names
from ...register.views import parcels
from ...register.views.parcels import in_order, outline, outlines, rows_of, state_of
from ...settings import HEADING


# The layers a batch was measured against: which of them a parcel could be cut along, and where their files are.

#: Share of a parcel up to which two methods of measuring it may differ (R37).
_NOTHING = 0.001


@dataclass(frozen=True)
class Edge:
    """A layer along whose outline a parcel could be cut. ``inside_m2`` of the parcel lie in it; None where it was not measured."""

    key: str
    role: str
    name: str
    date: str
    inside_m2: Optional[float]

    def cuts(self, area_m2: float) -> bool:
        """Whether part of a parcel of that area lies inside and part outside, as far as it was measured."""
        return self.inside_m2 is None or _NOTHING * area_m2 < self.inside_m2 < (1 - _NOTHING) * area_m2


@dataclass
class OpenLayers:
    """A profile whose layers are opened once, when they are first asked for, and stay open while a parcel is being cut."""

    profile: Profile
    _opened: Dict[str, Source] = field(default_factory=dict)

    def sources(self, progress: Progress) -> Dict[str, Source]:
        """The profile's layers by key, opened when they are first asked for. Raises as :func:`open_all` does."""
        if not self._opened:
            self._opened = open_all(self.profile, progress)
        return self._opened


def edges_of(register: Register, batch: str, parcel_id: str) -> List[Edge]:
    """The layers of the newest measuring, in the order of their profile; none where the batch was never measured."""
    profile = measured_profile(register, batch)
    areas = parcels.areas(register, parcel_id)
    inside: Dict[str, float] = {}
    layers = {layer.key: layer for layer in profile.layers} if profile else {}
    for row in areas[["layer", "class", "area_m2"]].itertuples(index=False, name=None):
        key, value, area_m2 = row
        if key in layers and _counts(layers[key], value):
            inside[key] = inside.get(key, 0.0) + area_m2
    measured = not areas.empty
    return [Edge(layer.key, layer.role, layer.name, layer.date or "", inside.get(layer.key, 0.0) if measured else None)
            for layer in layers.values()]


def _counts(layer: EvidenceLayer, value: Optional[str]) -> bool:
    """Whether ground of this class is inside: of a survey what is cultivated, of a plan where it allows construction."""
    if layer.role == LAND_USE:
        return value is not None and codes.land_class_group(value) == CULTIVATED
    if layer.role == PLAN and layer.inside:
        return value in layer.inside
    return value is not None or not layer.fields.get("zone")


def measured_profile(register: Register, batch: str) -> Optional[Profile]:
    """The profile of the newest measuring of a batch; the register keeps what it said, not where it lay."""
    said = parcels.last_profile(register, batch)
    return None if said is None else profile_of({"version": 1, **json.loads(said)}, Path("profile.json"))


def open_layers_of(register: Register, batch: str) -> Optional[OpenLayers]:
    """The measured layers whose files are still found: beside the register, or beside the profile the user named for it."""
    profile = measured_profile(register, batch)
    named = named_profile(register.meta["register_id"])
    if profile is not None:
        for folder in [register.address.folder, *([named.parent] if named else [])]:
            found = tuple(layer for layer in profile.layers if (folder / layer.source.partition("|")[0]).exists())
            if found:
                return OpenLayers(Profile(profile.name, found, folder))
    return OpenLayers(read_profile(named)) if named is not None else None


def measure_again(address: RegisterAddress, batch: str, ids: Sequence[str], progress: Progress) -> bool:
    """Whether parcels with new outlines could be measured; they are proposed then as well."""
    with Register.open(address) as register:
        layers, profile = open_layers_of(register, batch), measured_profile(register, batch)
        if layers is None or profile is None or len(layers.profile.layers) < len(profile.layers):
            return False  # with fewer layers than the others were measured by, less could be told of these
        measure_batch(register, batch, layers.profile, progress.part(0.0, 0.9), only=ids)
        propose_again(register, ids)
        return True


def named_profile(register_id: str) -> Optional[Path]:
    """The profile that the user named for this register, if it is still there."""
    stored = QgsSettings().value(f"{HEADING}/profile_of/{register_id}", "", str)
    return Path(stored) if stored and Path(stored).is_file() else None


def name_profile(register_id: str, path: Path) -> None:
    """Remember the profile for :func:`named_profile`."""
    QgsSettings().setValue(f"{HEADING}/profile_of/{register_id}", str(path))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Line:
    """One piece as the preview shows it. Areas in m²; ``share`` of the whole; ``outline`` is WKB in the register's CRS.

    ``inside``: under the layer that was cut along; None where no layer was. ``small``: below the sliver limit (R08).
    """

    letter: str
    number: str
    area_m2: float
    cultivated_m2: Optional[float]
    share: float
    outline: bytes
    inside: Optional[bool] = None
    small: bool = False


@dataclass(frozen=True)
class Plan:
    """``labels`` are the parcels that would go, ``lines`` the pieces, ``total`` their sum; of a merge the result.

    ``pieces`` are what a split records; empty for a merge. ``seen`` is what the plan was made on.
    """

    batch: str
    labels: Tuple[str, ...]
    lines: Sequence[Line]
    total: Line
    remarks: Sequence[Message]
    seen: Mapping[str, str]
    pieces: Sequence[Piece] = ()

    @property
    def is_split(self) -> bool:
        """Whether there are pieces to record."""
        return bool(self.pieces)


def letter_of(place: int) -> str:
    """A … Z, then A2, B2 …"""
    again, place = divmod(place, len(_LETTERS))
    return _LETTERS[place] + (str(again + 1) if again else "")


def plan_by_lines(address: RegisterAddress, batch: str, label: str, lines: Sequence[bytes], layers: Optional[OpenLayers],
                  progress: Progress) -> Plan:
    """Pieces along drawn lines (WKB in the register's CRS). RefusedError says why they do not cut."""
    with Register.open(address) as register:
        check_split(register, batch, label)
        drawn = [shapely.from_wkb(line) for line in lines]
        pieces = [replace(piece, inside=None) for piece in along_lines(register, batch, [label], drawn)[label]]
        return _split_plan(register, batch, label, pieces, layers, _idle(register, batch, label, drawn), progress)


def plan_along(address: RegisterAddress, batch: str, label: str, key: str, layers: OpenLayers, progress: Progress) -> Plan:
    """Pieces inside and outside one layer of the profile."""
    with Register.open(address) as register:
        check_split(register, batch, label)
        layer = next((layer for layer in layers.profile.layers if layer.key == key), None)
        if layer is None:
            raise InputError("The file of this layer is not found.", "Put it back beside its profile, or measure again.")
        sources = layers.sources(progress.part(0.0, 0.3))
        cuts = along_evidence(register, batch, [label], layers.profile, layer.role, progress.part(0.3, 0.6), key, sources)
        return _split_plan(register, batch, label, cuts[label], layers, [_sides(cuts[label], layer.name)], progress.part(0.6, 1.0))


def plan_merge(address: RegisterAddress, batch: str, labels: Sequence[str], progress: Progress) -> Plan:
    """The result of merging; RefusedError where these parcels may not be merged."""
    with Register.open(address) as register:
        made = preview_merge(register, batch, labels)
        facts = _facts(register, batch, labels)
        shapes = outlines(register, [row["shape_id"] for row in facts])
        lines = [Line(letter_of(place), row["DKBH"], row["DKMJ"], _cultivated(row), row["DKMJ"] / made["DKMJ"], shapes[row["shape_id"]])
                 for place, row in enumerate(facts)]
        total = Line("", made["DKBH"], made["DKMJ"], _sum([line.cultivated_m2 for line in lines]), 1.0, bytes.fromhex(made["wkb"]))
        remarks = [message("All pieces come together: the result is the whole patch again, under its own number.")] if made["whole"] else []
        judged = [row["DKBH"] for row in facts if row["PDJL1"] not in (None, "0")]
        if judged:
            remarks.append(message("The verdict on {parcels} ends with the merge; the result is judged anew.", parcels=", ".join(judged)))
        progress.step(1.0)
        return Plan(batch, tuple(labels), lines, total, remarks, {row["parcel_id"]: row["last_event"] for row in facts})


def _split_plan(register: Register, batch: str, label: str, pieces: Sequence[Piece], layers: Optional[OpenLayers], said: List[Message],
                progress: Progress) -> Plan:
    parent = _facts(register, batch, [label])[0]
    measured = pieces
    if layers is not None:
        sources, whole = layers.sources(progress.part(0.0, 0.3)), {name: _known(parent, name) for name in names(MEASURED)}
        measured = with_areas(register, batch, pieces, layers.profile, sources, progress.part(0.3, 1.0), whole)
    patch = state_of(register, [parent["patch_id"]]).patches[parent["patch_id"]]
    limit = pack_of(register, register.batch(batch)).parameters.sliver_m2
    lines = [Line(letter_of(place), piece_number(patch, place), piece.area_m2, piece.areas.get("GDMJ"), piece.area_m2 / parent["DKMJ"],
                  piece.wkb, piece.inside, piece.area_m2 <= limit) for place, piece in enumerate(measured)]
    total = Line("", label, parent["DKMJ"], _sum([line.cultivated_m2 for line in lines]), 1.0, b"")
    remarks = [*said, *_of_slivers(measured, lines, limit), *_of_parent(register, parent), *_of_areas(measured, parent)]
    return Plan(batch, (label,), lines, total, remarks, {parent["parcel_id"]: parent["last_event"]}, measured)


def _facts(register: Register, batch: str, labels: Sequence[str]) -> List[Dict[str, Any]]:
    ids = [parcel for parcel, _patch in register.find(batch, labels)]
    return [dict(row) for row in in_order(rows_of(register, ids), ids)]


def _known(row: Mapping[str, Any], name: str) -> Optional[float]:
    """An area of a parcel as it was judged, else as it was measured."""
    return row[name] if row[name] is not None else row[f"measured_{name}"]


def _cultivated(row: Mapping[str, Any]) -> Optional[float]:
    return _known(row, "GDMJ")


def _sum(values: Sequence[Optional[float]]) -> Optional[float]:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


# --- what is said beside the figures ----------------------------------------------------------------------------------


def _of_areas(pieces: Sequence[Piece], parent: Mapping[str, Any]) -> List[Message]:
    measured = sum(piece.measured_m2 or 0.0 for piece in pieces)
    difference = parent["DKMJ"] - measured
    if abs(difference) < 0.005:
        said = [message("Measured {measured:.2f} m² together, as the parcel itself: nothing to adjust (R09).", measured=measured)]
    else:
        said = [message("Measured {measured:.2f} m² together; adjusted by {difference:+.2f} m² to the parcel's {area:.2f} m² (R09). "
                        "What rounding leaves goes to piece A.", measured=measured, difference=difference, area=parent["DKMJ"])]
    cultivated, known = _cultivated(parent), _sum([piece.areas.get("GDMJ") for piece in pieces])
    if known is None:
        said.append(message("The cultivated area of the pieces is not known: the layers of the measuring are not found."))
    elif cultivated is not None and abs(known - cultivated) > max(0.05, 0.001 * cultivated):
        said.append(message("The parcel itself has {area:.2f} m² of cultivated land.", area=cultivated))
    return said


def _sides(pieces: Sequence[Piece], layer: str) -> Message:
    letters = {side: ", ".join(letter_of(place) for place, piece in enumerate(pieces) if piece.inside is side) for side in (True, False)}
    return message("{inside} inside {layer}, {outside} outside.", inside=letters[True], outside=letters[False], layer=layer)


def _of_slivers(pieces: Sequence[Piece], lines: Sequence[Line], limit: float) -> List[Message]:
    taken = [area for piece in pieces for area in piece.slivers_m2]
    said = []
    if taken:
        said.append(message("{n} slivers of {area:.2f} m² together went to their neighbours (R08).", n=len(taken), area=sum(taken)))
    small = [line.letter for line in lines if line.small]
    if small:
        said.append(message("Piece {letters} is no larger than {limit:.0f} m²: is it meant?", letters=", ".join(small), limit=limit))
    return said


def _of_parent(register: Register, parent: Mapping[str, Any]) -> List[Message]:
    state = state_of(register, [parent["patch_id"]])
    said = []
    if parent["PDJL1"] not in (None, "0"):
        said.append(message("The verdict on {parcels} ends with the split; each piece is judged anew.", parcels=parent["DKBH"]))
    if state.open_case_of(parent["parcel_id"]) is not None:
        said.append(message("The open case goes on with all pieces."))
    return said


def _idle(register: Register, batch: str, label: str, drawn: Sequence[Any]) -> List[Message]:
    shape = _facts(register, batch, [label])[0]["shape_id"]
    idle = idle_lines(shapely.from_wkb(outline(register, shape)), drawn)
    return [message("Line {n} cuts nothing.", n=place + 1) for place in idle]
