"""The layers a batch was measured against: which of them a parcel could be cut along, and where their files are."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from qgis.core import QgsSettings

from ...evidence.land_classes import CULTIVATED
from ...evidence.profile import LAND_USE, PLAN, EvidenceLayer, Profile, open_all, profile_of, read_profile
from ...evidence.sources import Source
from ...law import codes
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.measuring import measure_batch
from ...register.proposing import propose_again
from ...register.register import Register
from ...register.views import evidence
from ...settings import HEADING


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
    areas = evidence.areas(register, parcel_id)
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
    said = evidence.last_profile(register, batch)
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
