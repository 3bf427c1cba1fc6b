"""Measured facts of parcels: areas by role, layer and class, documents, and the columns a verdict is proposed from.

A layer that is not in the profile leaves its role out of ``roles_measured`` and its columns None: never zero.
Areas are m² by the batch's method (E on the ellipsoid of the parcels' coordinate system, P planar). The four groups of
land are adjusted to the parcel's area (R09): a survey that covers at least ``coverage_share`` of a parcel is scaled to it,
a thinner one is left as it is and reported (R11); rounding to 0.01 m² leaves its residual on the largest group.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely

from ..errors import InputError, Message, message
from ..progress import Progress
from ..values import day_of
from .area import AreaMethod
from .crs import Crs, CrsLike, refuse_old_datum, transformer
from .classes import CULTIVATED, GROUPS, GROUP_COLUMNS, LandClasses, adjusted, group_areas
from .profile import (
    APPROVAL, CLASS_FIELD, DOCUMENT_FIELDS, EvidenceLayer, FARMLAND, LAND_USE, PLAN, Profile, REDLINE, SUPPLY, open_all,
)
from .sources import Condition, Features, MemorySource, Source
from .survey import ClassTable, PieceTable, Survey
from .together import Cover, Wish, measure_together


# The papers behind evidence: one row for each parcel and feature of a layer that holds papers.

DAYS = ("date", "until")
DOCUMENT_COLUMNS = ("parcel_id", "role", "layer", "feature", *DOCUMENT_FIELDS, "area_m2")


def document_fields(layer: EvidenceLayer) -> List[str]:
    """The layer's own fields that say something about its papers."""
    return [own for name, own in layer.fields.items() if name in DOCUMENT_FIELDS]


def documents_table(ids: Sequence[str], layer: EvidenceLayer, table: PieceTable) -> pd.DataFrame:
    """Columns ``DOCUMENT_COLUMNS``; dates are ISO text, and what the layer does not have is None."""
    mapped = {name: own for name, own in layer.fields.items() if name in DOCUMENT_FIELDS}
    count = len(table.patch)
    frame = pd.DataFrame({
        "parcel_id": [ids[row] for row in table.patch], "role": layer.role, "layer": layer.key,
        "feature": table.feature.tolist(), "area_m2": table.area_m2.tolist(),
    }, columns=list(DOCUMENT_COLUMNS), dtype=object)
    for name in DOCUMENT_FIELDS:
        values: List[Any] = table.columns[mapped[name]] if name in mapped else [None] * count
        said = {value: _said(name, value) for value in set(values)}
        frame[name] = pd.Series([said[value] for value in values], dtype=object, index=frame.index)
    return frame


def _said(name: str, value: Any) -> Optional[str]:
    if value is None or str(value).strip() == "":
        return None
    return iso_date(value) if name in DAYS else str(value).strip()


def iso_date(value: Any) -> Optional[str]:
    """YYYY-MM-DD out of a date as people and programs write it (:func:`values.day_of`); None where there is no full date."""
    day = day_of(value)
    return day.isoformat() if day is not None else None


# Parts of parcels that are themselves measured again: what lies outside the approvals, what is cultivated.

@dataclass(frozen=True)
class Portion:
    """A part of every parcel: its outline, ready to be measured, and its m² on the parcel's own scale."""

    survey: Survey
    area_m2: np.ndarray

    @classmethod
    def whole(cls, survey: Survey) -> "Portion":
        """The parcels themselves, undiminished."""
        return cls(survey, survey.area_m2)

    @property
    def _scale(self) -> np.ndarray:
        there = self.survey.area_m2
        return np.divide(self.area_m2, there, out=np.zeros(len(there)), where=there > 0)

    def covered(self, source: Source, progress: Progress) -> np.ndarray:
        """m² of this part under a layer; 0 where the parcel cannot be carried over."""
        return np.nan_to_num(self.survey.covered(source, progress)) * self._scale

    def by_class(self, source: Source, field: str, progress: Progress) -> ClassTable:
        """m² of each class of ``field`` in each portion, on the parcels' own scale."""
        table, scale = self.survey.by_class(source, field, progress), self._scale
        return ClassTable(
            table.patch, table.value, table.area_m2 * scale[table.patch],
            table.remainder_m2 * scale, table.overlap_m2 * scale, table.without_class,
        )

    def inside(self, source: Source, progress: Progress) -> "Portion":
        """What of this part lies under a layer."""
        area = self.covered(source, progress.part(0.0, 0.5))
        geoms = self.survey.inside(source, progress.part(0.5, 1.0))
        return Portion(Survey(geoms, source.crs, self.survey.area_measure, self.survey.threads), area)

    def outside(self, source: Source, progress: Progress) -> "Portion":
        """What of this part a layer leaves."""
        area = self.area_m2 - self.covered(source, progress.part(0.0, 0.5))
        geoms = self.survey.remaining(source, progress.part(0.5, 1.0))
        return Portion(Survey(geoms, source.crs, self.survey.area_measure, self.survey.threads), area)


def covered_by_all(portions: Sequence[Portion], sources: Sequence[Source], progress: Progress) -> np.ndarray:
    """m² of the portions together under several layers together, each piece of ground counted once."""
    total = np.zeros(len(portions[0].area_m2))
    part = _parts(progress, len(portions) * (2 * len(sources) - 1))
    for portion in portions:
        for place, source in enumerate(sources):
            total += portion.covered(source, next(part))
            if place < len(sources) - 1:
                portion = portion.outside(source, next(part))
    return total


def outside_all(portions: Sequence[Portion], sources: Sequence[Source], progress: Progress) -> List[Portion]:
    """What several layers together leave of each portion."""
    result, part = [], _parts(progress, len(portions) * len(sources))
    for portion in portions:
        for source in sources:
            portion = portion.outside(source, next(part))
        result.append(portion)
    return result


def _parts(progress: Progress, count: int) -> Iterator[Progress]:
    return iter([progress.part(k / count, (k + 1) / count) for k in range(count)])


Step = Callable[[Progress], None]

COVERAGE_SHARE = 0.99  # R11
AREA_COLUMNS = ("parcel_id", "role", "layer", "value", "area_m2")
COVER_COLUMNS = ("parcel_id", "role", "area_m2", "cultivated_m2")
SUMMARY_COLUMNS = (
    "DKMJ", "GDMJ", "FGNYDMJ", "JSYDMJ", "WLYDMJ", "JBNTMJ", "STHXMJ", "FHGHMJ", "BFHGHMJ", "YPMJ", "YPGD", "YGMJ",
    "survey_share",
)
LAYER_COLUMNS = (
    "key", "role", "name", "source", "fingerprint", "date", "features", "repaired", "empty", "unreadable",
)
NO_DOCUMENTS = frozenset({LAND_USE, PLAN, FARMLAND, REDLINE, "village", "highways"})


@dataclass(frozen=True)
class Townships:
    """Codes (XZDM) and outlines, in the parcels' coordinate system unless ``crs`` says otherwise."""

    codes: Sequence[str]
    geoms: np.ndarray
    crs: CrsLike = None


@dataclass(frozen=True)
class Remark:
    """Something about a parcel (or a layer, where ``parcel_id`` is None) that the office should see; severity E/W/I."""

    rule: str
    severity: str
    message: Message
    remedy: Message
    parcel_id: Optional[str] = None


@dataclass
class EvidenceResult:
    """Plain frames, one row per …

    * ``areas``: parcel, layer and class (``value`` None for layers without classes, and for what a classed layer leaves);
    * ``documents``: parcel and feature of a layer that holds papers;
    * ``covers``: parcel and role, all layers of the role together, union-safe; ``cultivated_m2`` of it cultivated;
    * ``combined``: the same for the approvals together with the role;
    * ``summary``: parcel, with the measured columns of domain.md §9.3 and ``survey_share``;
    * ``townships``: parcel and township; * ``layers``: layer measured, with fingerprint, date and counts.
    """

    areas: pd.DataFrame
    documents: pd.DataFrame
    covers: pd.DataFrame
    combined: pd.DataFrame
    summary: pd.DataFrame
    townships: pd.DataFrame
    layers: pd.DataFrame
    remarks: List[Remark]
    roles_measured: FrozenSet[str]
    area_method: str = "E"


def measure(
    parcel_ids: Sequence[str], geoms: np.ndarray, crs: CrsLike, profile: Profile, area_method: str,
    land_classes: Mapping[str, str], progress: Optional[Progress] = None, townships: Optional[Townships] = None,
    sources: Optional[Mapping[str, Source]] = None, coverage_share: float = COVERAGE_SHARE,
) -> EvidenceResult:
    """Measure parcels against every layer of a profile.

    ``land_classes``: class code → GD, FGNYD, JSYD or WLYD. ``sources`` stand in for profile layers that are not files.
    Raises InputError for what cannot be read or measured, Cancelled when the user stops.
    """
    progress = progress or Progress()
    opened = open_all(profile, progress.part(0.0, 0.05), sources)
    survey = Survey(geoms, crs, AreaMethod(area_method))
    _check_crs(profile, opened, survey)
    profile, remarks = _measurable(profile, opened)
    run = _Run(list(parcel_ids), survey, profile, opened, LandClasses(land_classes), coverage_share, str(area_method), remarks=remarks)
    steps = run.steps(townships)
    for number, step in enumerate(steps):
        step(progress.part(0.05 + 0.95 * number / len(steps), 0.05 + 0.95 * (number + 1) / len(steps)))
    return run.result()


def _check_crs(profile: Profile, opened: Mapping[str, Source], survey: Survey) -> None:
    """Before anything is measured: no layer in an old datum, none whose place on earth is not known. Raises InputError."""
    for layer in profile.layers:
        source = opened[layer.key]
        refuse_old_datum(source.crs, survey.crs, layer.name)
        if not source.crs.is_known and survey.crs.is_known:
            raise InputError("Layer {layer} ({source}) does not say its coordinate system.",
                             'Name it in the evidence profile, as in "crs": "EPSG:4528", or give it to the file.',
                             layer=layer.name, source=layer.source)


def _measurable(profile: Profile, opened: Mapping[str, Source]) -> Tuple[Profile, List[Remark]]:
    """The profile without the roles that hold a layer of points or lines: what is approved there cannot be told, which is not
    nothing."""
    flat = [layer for layer in profile.layers if not opened[layer.key].holds_areas]
    remarks = [Remark("R10", "E", message("Layer {layer} holds points or lines, no areas: what lies under “{role}” cannot be told.",
                                          layer=layer.name, role=layer.role),
                      message("Give the layer of the areas; until then nothing is concluded from this role.")) for layer in flat]
    roles = {layer.role for layer in flat}
    return replace(profile, layers=tuple(layer for layer in profile.layers if layer.role not in roles)), remarks


@dataclass
class _Run:
    """One measuring as it goes; every step fills its part of the result."""

    ids: List[str]
    survey: Survey
    profile: Profile
    sources: Dict[str, Source]
    classes: LandClasses
    coverage_share: float
    area_method: str
    areas: List[pd.DataFrame] = field(default_factory=list)
    documents: List[pd.DataFrame] = field(default_factory=list)
    covers: Dict[str, Cover] = field(default_factory=dict)
    combined: Dict[str, Cover] = field(default_factory=dict)
    townships: Optional[pd.DataFrame] = None
    groups: Optional[Dict[str, np.ndarray]] = None
    surveyed_m2: Optional[np.ndarray] = None
    cultivated: Optional[List[Portion]] = None
    remarks: List[Remark] = field(default_factory=list)

    def steps(self, townships: Optional[Townships]) -> List[Step]:
        """What is to be done; land use first, for the others ask what is cultivated."""
        roles = list(dict.fromkeys(layer.role for layer in self.profile.layers))
        others = [role for role in roles if role != LAND_USE]
        steps: List[Step] = [self._measure_together] if self._in_one_pass() else []
        if not steps:
            steps += [self._measure_land_use] if LAND_USE in roles else []
            steps += [lambda progress, role=role: self._measure_role(role, progress) for role in others]
            if APPROVAL in roles:
                steps.append(lambda progress: self._combine([role for role in others if role != APPROVAL], progress))
        if townships is not None:
            steps.append(lambda progress: self._split_by_township(townships, progress))
        return steps

    def _in_one_pass(self) -> bool:
        """Layers of one coordinate system and one survey at most need no geometry of the parts: see :mod:`together`."""
        layers = self.profile.layers
        same = all(self.sources[layer.key].crs.same_as(self.sources[layers[0].key].crs) for layer in layers)
        return bool(layers) and same and sum(layer.role == LAND_USE for layer in layers) <= 1

    def _measure_together(self, progress: Progress) -> None:
        """Every layer, role and combination in one pass, with the results in the order of roles."""
        layers = sorted(self.profile.layers, key=lambda layer: layer.role != LAND_USE)
        layers = [layer for role in dict.fromkeys(layer.role for layer in layers) for layer in layers if layer.role == role]
        roles = list(dict.fromkeys(layer.role for layer in layers if layer.role != LAND_USE))
        surveyed = layers[0].role == LAND_USE
        found = measure_together(self.survey, [self._wish(layer) for layer in layers], roles, progress, 0 if surveyed else None,
                                 APPROVAL if APPROVAL in roles else "")
        for layer, classes, covered, pieces in zip(layers, found.classes, found.covered, found.pieces):
            if classes is not None:
                self._keep_classes(layer, classes)
            elif covered is not None:
                self._keep_covered(layer, covered)
            if pieces is not None:
                self._keep_documents(layer, pieces)
        self.covers, self.combined = found.roles, found.combined
        if surveyed:
            self.groups, self.surveyed_m2 = {group: np.zeros(len(self.ids)) for group in GROUPS}, np.zeros(len(self.ids))
            self._add_survey(found.classes[0], self.survey.area_m2)

    def _wish(self, layer: EvidenceLayer) -> Wish:
        own_field = layer.fields.get(CLASS_FIELD.get(layer.role, ""), "")
        if layer.role == LAND_USE:
            return Wish(layer.role, self.sources[layer.key], own_field, counting=lambda found: self._cultivated_rows(found, own_field))
        papers = None if layer.role in NO_DOCUMENTS else tuple(document_fields(layer))
        counting = None
        if layer.role == PLAN and layer.inside:
            zones = Condition(own_field, frozenset(layer.inside))
            counting = zones.rows
        return Wish(layer.role, self.sources[layer.key], own_field, papers, counting)

    def _cultivated_rows(self, found: Features, own_field: str) -> np.ndarray:
        values = found.columns[own_field]
        groups = {value: self.classes.group(value) for value in set(values) if value is not None}
        return np.flatnonzero([groups.get(value) == CULTIVATED for value in values]).astype(int)

    def _add_survey(self, table: ClassTable, area_m2: np.ndarray) -> None:
        """Groups of land of a survey layer on parts of parcels of so many m², and how much of these it covers."""
        for group, area in group_areas(table.patch, table.value, table.area_m2, self.classes, len(self.ids)).items():
            self.groups[group] += area
        self.surveyed_m2 += area_m2 - np.where(np.isnan(table.remainder_m2), area_m2, table.remainder_m2)

    def _measure_land_use(self, progress: Progress) -> None:
        """Classes of the survey; a second survey layer counts where the first has nothing."""
        portion, count = Portion.whole(self.survey), len(self.ids)
        self.groups = {group: np.zeros(count) for group in GROUPS}
        self.surveyed_m2, self.cultivated = np.zeros(count), []
        layers = self.profile.of_role(LAND_USE)
        for number, layer in enumerate(layers):
            part = progress.part(number / len(layers), (number + 1) / len(layers))
            source = self.sources[layer.key]
            table = portion.by_class(source, layer.fields["class"], part.part(0.0, 0.4))
            self._keep_classes(layer, table)
            self._add_survey(table, portion.area_m2)
            values = {value for value in table.value if self.classes.group(value) == CULTIVATED}
            field_layer = source.only(layer.fields["class"], values)
            self.cultivated.append(portion.inside(field_layer, part.part(0.4, 0.8)))
            if number < len(layers) - 1:
                portion = portion.outside(source, part.part(0.8, 1.0))

    def _keep_classes(self, layer: EvidenceLayer, table: ClassTable) -> None:
        ids = [self.ids[row] for row in table.patch]
        self._keep_areas(layer, ids, [str(value) for value in table.value], table.area_m2)
        rest = np.flatnonzero(np.nan_to_num(table.remainder_m2) > 0)
        self._keep_areas(layer, [self.ids[row] for row in rest], [None] * len(rest), table.remainder_m2[rest])
        for value in sorted({str(v) for v in table.value if layer.role == LAND_USE and self.classes.code(v) is None}):
            self.remarks.append(Remark(
                "R12", "W", message("Layer {layer}: land class {code} is not in the class table.", layer=layer.name, code=value),
                message("Correct the layer, or add the class to the table of land classes."),
            ))

    def _keep_areas(self, layer: EvidenceLayer, ids: List[str], values: List[Optional[str]], area: np.ndarray) -> None:
        rows = zip(ids, [layer.role] * len(ids), [layer.key] * len(ids), values, area.tolist())
        self.areas.append(pd.DataFrame(list(rows), columns=list(AREA_COLUMNS), dtype=object))

    def _measure_role(self, role: str, progress: Progress) -> None:
        """Every layer by itself (areas, documents), then all layers of the role together (cover)."""
        layers = self.profile.of_role(role)
        for number, layer in enumerate(layers):
            part = progress.part(number / len(layers) / 2, (number + 1) / len(layers) / 2)
            self._measure_layer(layer, part.part(0.0, 0.5))
            if role not in NO_DOCUMENTS:
                self._keep_documents(layer, self.survey.pieces(self.sources[layer.key], document_fields(layer), part.part(0.5, 1.0)))
        sources = [self._counting(layer) for layer in layers]
        area = covered_by_all([Portion.whole(self.survey)], sources, progress.part(0.5, 0.75))
        tilled = covered_by_all(self.cultivated, sources, progress.part(0.75, 1.0)) if self.cultivated else None
        self.covers[role] = (area, tilled)

    def _keep_documents(self, layer: EvidenceLayer, pieces: PieceTable) -> None:
        """The papers, and which of their days cannot be read: a paper whose end is not known counts as one without end."""
        self.documents.append(documents_table(self.ids, layer, pieces))
        for own in [layer.fields[name] for name in DAYS if name in layer.fields]:
            said = {str(value).strip() for value in set(pieces.columns[own]) if value is not None}
            wrong = [text for text in said if text and iso_date(text) is None]
            if wrong:
                self.remarks.append(Remark("R10", "W", message(
                    "Layer {layer}: {field} holds what is no day and counts as if nothing stood there: {values}.", layer=layer.name,
                    field=own, values=_few(wrong)), message("Write the day as 2026-05-22 in the layer, and measure again.")))

    def _measure_layer(self, layer: EvidenceLayer, progress: Progress) -> None:
        own_field = layer.fields.get(CLASS_FIELD.get(layer.role, ""))
        source = self.sources[layer.key]
        if own_field:
            self._keep_classes(layer, self.survey.by_class(source, own_field, progress))
            return
        self._keep_covered(layer, np.nan_to_num(self.survey.covered(source, progress)))

    def _keep_covered(self, layer: EvidenceLayer, area: np.ndarray) -> None:
        rows = np.flatnonzero(area > 0)
        self._keep_areas(layer, [self.ids[row] for row in rows], [None] * len(rows), area[rows])

    def _counting(self, layer: EvidenceLayer) -> Source:
        """The features that count for the role: of a plan, the zones that allow construction."""
        source = self.sources[layer.key]
        return source.only(layer.fields["zone"], layer.inside) if layer.role == PLAN and layer.inside else source

    def _combine(self, roles: List[str], progress: Progress) -> None:
        """The approvals together with each other role: what the approvals leave, measured again."""
        approvals = [self.sources[layer.key] for layer in self.profile.of_role(APPROVAL)]
        area, tilled = self.covers[APPROVAL]
        left = outside_all([Portion.whole(self.survey)], approvals, progress.part(0.0, 0.2))
        tilled_left = outside_all(self.cultivated, approvals, progress.part(0.2, 0.4)) if self.cultivated else None
        for number, role in enumerate(roles):
            part = progress.part(0.4 + 0.6 * number / len(roles), 0.4 + 0.6 * (number + 1) / len(roles))
            sources = [self._counting(layer) for layer in self.profile.of_role(role)]
            more = covered_by_all(left, sources, part.part(0.0, 0.5))
            more_tilled = covered_by_all(tilled_left, sources, part.part(0.5, 1.0)) if tilled_left else None
            self.combined[role] = (area + more, None if more_tilled is None else tilled + more_tilled)

    def _split_by_township(self, townships: Townships, progress: Progress) -> None:
        crs = Crs.of(townships.crs) if townships.crs else self.survey.crs
        codes = [str(code) for code in townships.codes]
        source = MemorySource("townships", crs, np.asarray(townships.geoms, dtype=object), {"XZDM": codes})
        table = self.survey.by_class(source, "XZDM", progress)
        whole = self.survey.area_m2[table.patch]
        self.townships = pd.DataFrame({
            "parcel_id": [self.ids[row] for row in table.patch], "XZDM": table.value,
            "area_m2": table.area_m2, "share": table.area_m2 / whole,
        })

    def result(self) -> EvidenceResult:
        self._tell_layers()
        roles = frozenset(layer.role for layer in self.profile.layers)
        none = pd.DataFrame(columns=["parcel_id", "XZDM", "area_m2", "share"])
        summary = self._summary()
        return EvidenceResult(
            _stacked(self.areas, AREA_COLUMNS), _stacked(self.documents, DOCUMENT_COLUMNS), self._frame(self.covers),
            self._frame(self.combined), summary, none if self.townships is None else self.townships, self._layers(),
            self.remarks, roles, self.area_method,
        )

    def _summary(self) -> pd.DataFrame:
        """The measured columns of domain.md §9.3; None where the role was not measured."""
        total = np.round(self.survey.area_m2, 2)
        columns: Dict[str, Any] = {"parcel_id": self.ids, "DKMJ": total}
        columns.update(self._group_columns(total))
        columns.update({
            "JBNTMJ": self._cover(FARMLAND), "STHXMJ": self._cover(REDLINE), "FHGHMJ": self._cover(PLAN),
            "YPMJ": self._cover(APPROVAL), "YPGD": self._cover(APPROVAL, cultivated=True), "YGMJ": self._cover(SUPPLY),
        })
        inside = columns["FHGHMJ"]
        columns["BFHGHMJ"] = None if inside is None else np.round(total - inside, 2)
        frame = pd.DataFrame({name: _column(values, len(self.ids)) for name, values in columns.items()})
        return frame[["parcel_id", *SUMMARY_COLUMNS]]

    def _group_columns(self, total: np.ndarray) -> Dict[str, Any]:
        if self.groups is None or self.surveyed_m2 is None:
            return {**{column: None for column in GROUP_COLUMNS.values()}, "survey_share": None}
        area = self.survey.area_m2
        share = np.divide(np.minimum(self.surveyed_m2, area), area, out=np.zeros(len(area)), where=area > 0)
        thin = share < self.coverage_share
        for row in np.flatnonzero(thin):
            self.remarks.append(Remark(
                "R11", "W", message("The land-use survey covers {share:.1%} of the parcel.", share=abs(float(share[row]))),
                message("Add the survey of the neighbouring county, or check the profile's land_use layer."), self.ids[row],
            ))
        groups = adjusted(self.groups, total, ~thin)
        return {**{GROUP_COLUMNS[group]: groups[group] for group in GROUPS}, "survey_share": share}

    def _cover(self, role: str, cultivated: bool = False) -> Optional[np.ndarray]:
        found = self.covers.get(role, (None, None))[int(cultivated)]
        return None if found is None else np.round(found, 2)

    def _frame(self, covers: Mapping[str, Cover]) -> pd.DataFrame:
        rows = [
            (parcel, role, float(area[k]), None if tilled is None else float(tilled[k]))
            for role, (area, tilled) in covers.items() for k, parcel in enumerate(self.ids)
        ]
        return pd.DataFrame(rows, columns=list(COVER_COLUMNS), dtype=object)

    def _tell_layers(self) -> None:
        """Which features of each layer were mended or do not count, by their ids; and a survey that meets no parcel at all."""
        look = message("Look at these features in the layer.")
        for layer in self.profile.layers:
            found = self.sources[layer.key].repairs
            lost = found.empty | found.unreadable
            if found.repaired:
                self.remarks.append(Remark("R10", "I", message(
                    "Layer {layer}: {n} features had invalid geometry and were repaired for measuring: {ids}.",
                    layer=layer.name, n=len(found.repaired), ids=_few(found.repaired)), look))
            if lost:
                self.remarks.append(Remark("R10", "W", message(
                    "Layer {layer}: {n} features without a usable area do not count: {ids}.",
                    layer=layer.name, n=len(lost), ids=_few(lost)), look))
            if not np.isfinite(self.sources[layer.key].extent() or [np.nan]).all() and self.sources[layer.key].holds_areas:
                self.remarks.append(Remark("R10", "W", message("Layer {layer} holds no area at all, so that 0 is measured everywhere.",
                                                               layer=layer.name),
                                           message("If anything should lie under it, give the layer that holds it.")))
            if _lies_elsewhere(self.sources[layer.key], self.survey):
                self.remarks.append(Remark("R11", "W", message("Layer {layer} lies elsewhere: it comes nowhere near the parcels, so that "
                                                               "0 is measured everywhere.", layer=layer.name),
                                           message("Compare them on the map: its coordinate system may be wrong by a zone, or the file "
                                                   "another county's.")))
        if self.surveyed_m2 is not None and len(self.ids) and not (self.surveyed_m2 > 0).any():
            self.remarks.append(Remark(
                "R11", "E", message("The land-use survey meets none of the parcels."),
                message("Compare them on the map: the survey may be another county's, or its coordinate system wrong.")))

    def _layers(self) -> pd.DataFrame:
        rows = []
        for layer in self.profile.layers:
            source = self.sources[layer.key]
            found = source.repairs
            rows.append((
                layer.key, layer.role, layer.name, layer.source, source.fingerprint, layer.date, source.feature_count,
                len(found.repaired), len(found.empty), len(found.unreadable),
            ))
        return pd.DataFrame(rows, columns=list(LAYER_COLUMNS), dtype=object)


#: So far (in m, or as many degrees) a layer may end before the parcels begin and still be meant for them.
_NEAR_M, _NEAR_DEGREES = 20_000.0, 0.2


def _lies_elsewhere(source: Source, survey: Survey) -> bool:
    """Whether the boxes of layer and parcels are further apart than any county's neighbours; False where either is empty."""
    box, usable = source.extent(), survey.geoms[~shapely.is_missing(survey.geoms)]
    if len(box) != 4 or not np.isfinite(box).all() or not len(usable) or not source.crs.is_known:
        return False
    left, bottom, right, top = shapely.total_bounds(usable).tolist()
    carry = transformer(survey.crs, source.crs)
    corners = np.array([(left, bottom), (left, top), (right, bottom), (right, top)])
    moved = corners if carry is None else carry(corners)
    if not np.isfinite(moved).all():
        return True
    near = _NEAR_DEGREES if source.crs.is_geographic else _NEAR_M
    low, high = moved.min(axis=0) - near, moved.max(axis=0) + near
    return bool(box[0] > high[0] or box[2] < low[0] or box[1] > high[1] or box[3] < low[1])


def _few(ids: Iterable[int], most: int = 20) -> str:
    listed = sorted(ids)
    return ", ".join(str(one) for one in listed[:most]) + (f" … ({len(listed)})" if len(listed) > most else "")


def _stacked(frames: List[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """The frames, all of Python values, one below the other; pandas would look at every value for one that is absent."""
    parts = [frame.to_numpy() for frame in frames if len(frame)]
    return pd.DataFrame(np.concatenate(parts) if parts else None, columns=list(columns), dtype=object)


def _column(values: Any, count: int) -> List[Any]:
    """Python values; None through and through where nothing was measured."""
    if values is None:
        return [None] * count
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
