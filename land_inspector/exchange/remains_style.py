"""What remains of each illegal parcel, on the map: letter, hatching and colour by progress (ZGJD), the area left (SYMJ) in words."""
from __future__ import annotations

from typing import Dict, List, Mapping, Sequence

from qgis.core import QgsCategorizedSymbolRenderer, QgsFillSymbol, QgsRendererCategory, QgsVectorLayer

from ..register import tables
from ..register.tables import Field
from ..register.storage.map_styles import MapStyle
from .styles import LANGUAGES, PARCEL_ID, Look, blank_layer, code_label, finished_qml, look_symbol, show_label

#: Column of the progress, and of the land on which nothing is done yet (m²).
STAGE, REMAINING = "ZGJD", "SYMJ"
_REMAINS_FROM_SCALE, _AREAS_FROM_SCALE = 25_000, 5_000
_MU_PER_M2 = "0.0015"

#: The letter and the hatching say the same as the colour, for a reader who cannot tell red from green.
STAGE_LOOKS: Mapping[str, Look] = {
    "1": Look("#8b1a1a", (45, 135), {"zh": "未", "en": "N"}),
    "2": Look("#c5221f", (45,), {"zh": "查", "en": "H"}),
    "3": Look("#b35900", (135,), {"zh": "改", "en": "R"}),
    "4": Look("#1a5fb4", (0,), {"zh": "验", "en": "A"}),
    "5": Look("#1a7f37", (90,), {"zh": "完", "en": "C"}),
    "6": Look("#5b3a8c", (0, 90), {"zh": "结", "en": "E"}),
}
_OTHERS: Dict[str, str] = {"zh": "非违法地块", "en": "Not illegal"}


def remains_name(language: str) -> str:
    """What the style is called in the layer's list of styles."""
    return {"zh": "整改剩余", "en": "What remains"}[language]


def remains_qml(fields: Sequence[Field], language: str, hidden: Sequence[str] = ()) -> str:
    """Parcels by ``ZGJD``: the stage's letter from 1:25 000 on, what is left in mu from 1:5 000."""
    return finished_qml(remains_layer(fields, language), fields, language, '"DKBH"', hidden)


def remains_layer(fields: Sequence[Field], language: str) -> QgsVectorLayer:
    """An empty layer with these fields that looks so."""
    layer = blank_layer(fields)
    layer.setRenderer(QgsCategorizedSymbolRenderer(STAGE, _categories(language)))
    show_label(layer, _label(language), smallest_scale=_REMAINS_FROM_SCALE)
    return layer


def _categories(language: str) -> List[QgsRendererCategory]:
    found = [QgsRendererCategory(code, look_symbol(look), f"{look.letter[language]}  {code_label(STAGE, code, language)}")
             for code, look in STAGE_LOOKS.items()]
    plain = QgsFillSymbol.createSimple({"style": "no", "outline_color": "#9a9a9a", "outline_width": "0.2", "outline_style": "dot"})
    return [*found, QgsRendererCategory("", plain, _OTHERS[language])]


def _label(language: str) -> str:
    letters = " ".join(f"WHEN \"{STAGE}\" = '{code}' THEN '{look.letter[language]}'" for code, look in STAGE_LOOKS.items())
    unit = {"zh": "亩", "en": " mu"}[language]
    left = f"'\\n' || format_number(\"{REMAINING}\" * {_MU_PER_M2}, 2) || '{unit}'"
    return (f"CASE {letters} END || CASE WHEN @map_scale <= {_AREAS_FROM_SCALE} AND \"{REMAINING}\" > 0 THEN {left} ELSE '' END")


def remains_styles(language: str) -> List[MapStyle]:
    """The style for a register's parcel layer, in both languages, beside the default one by verdict."""
    parcels = [PARCEL_ID, *(tables.ALL_FIELDS[name] for name in tables.MAP_FIELDS)]
    return [MapStyle("parcel_map", remains_name(spoken), remains_qml(parcels, spoken, hidden=(PARCEL_ID.name,)))
            for spoken in sorted(LANGUAGES, key=lambda spoken: spoken != language)]
