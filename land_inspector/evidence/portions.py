"""Parts of parcels that are themselves measured again: what lies outside the approvals, what is cultivated."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Sequence

import numpy as np

from ..progress import Progress
from .sources import Source
from .survey import ClassTable, Survey


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
