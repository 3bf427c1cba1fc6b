"""The paragraph with which a county reports its year of land enforcement, sentence by sentence (the form of the Linhai report)."""
from __future__ import annotations

from typing import List, Optional

from ..errors import Message, message
from .areas import as_written, decimal_text, mu_text
from .case_indicators import CountyFigures, trimmed
from .quantities import yuan


def county_paragraph(figures: CountyFigures) -> List[Message]:
    """The sentences to be shown one after the other; what did not happen is left out, but never the cases."""
    told = [_cases(figures), _buildings(figures), _money(figures), _persons(figures), _police(figures), _land(figures)]
    return [sentence for sentence in told if sentence is not None]


def _cases(figures: CountyFigures) -> Message:
    return message("{filed} cases were filed and investigated, a filing rate of {filing}; {handled} of {found} violations found were "
                   "dealt with, a handling rate of {handling}; {closed} cases are closed, a closing rate of {closing}.",
                   filed=figures.filed, filing=figures.filing.percent_text(), handled=int(figures.handling.numerator), found=figures.found,
                   handling=figures.handling.percent_text(), closed=int(figures.closing.numerator), closing=figures.closing.percent_text())


def _buildings(figures: CountyFigures) -> Optional[Message]:
    if not figures.confiscated_building_m2 and not figures.demolished_building_m2:
        return None
    return message("Buildings and other structures of {confiscated} m² were confiscated and of {demolished} m² demolished (building area).",
                   confiscated=_plain(figures.confiscated_building_m2), demolished=_plain(figures.demolished_building_m2))


def _money(figures: CountyFigures) -> Optional[Message]:
    if not figures.fines_and_gains_fen:
        return None
    return message("Fines and confiscated gains of {yuan} yuan were paid.", yuan=_plain(float(yuan(figures.fines_and_gains_fen))))


def _persons(figures: CountyFigures) -> Optional[Message]:
    if not figures.discipline_proposed:
        return None
    return message("Disciplinary action was proposed in {cases} cases against {proposed} persons and carried out against {done}.",
                   cases=figures.discipline_cases, proposed=figures.discipline_proposed, done=figures.discipline_done)


def _police(figures: CountyFigures) -> Optional[Message]:
    if not figures.police_persons:
        return None
    return message("{persons} persons were handed to the police.", persons=figures.police_persons)


def _land(figures: CountyFigures) -> Optional[Message]:
    if not figures.reclaimed_parcels:
        return None
    return message("{parcels} parcels with {mu} mu of illegally occupied land were cleared, demolished and reclaimed.",
                   parcels=figures.reclaimed_parcels, mu=trimmed(mu_text(figures.reclaimed_m2)))


def _plain(value: float) -> str:
    return trimmed(decimal_text(as_written(value), 2))
