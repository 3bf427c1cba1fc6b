"""The paragraph with which a county reports its year of land enforcement, sentence by sentence (the form of the Linhai report)."""
from __future__ import annotations

from typing import List, Optional

from ..errors import Message, message
from .areas import as_written, decimal_text, mu_text
from .case_indicators import CountyFigures, trimmed
from .quantities import yuan


def county_paragraph(figures: CountyFigures) -> List[Message]:
    """The sentences to be shown one after the other; what did not happen is left out, but never the cases."""
    told = [_cases(figures), _in_year(figures), _buildings(figures), _money(figures), _lapsed(figures), _persons(figures),
            _police(figures), _land(figures), _patrols(figures)]
    return [sentence for sentence in told if sentence is not None]


def _cases(figures: CountyFigures) -> Message:
    """Both bases stand in the text: what should be filed, and what was found."""
    return message("{filed} cases were filed and investigated of {should} that should be, a filing rate of {filing}; "
                   "{handled} of {found} violations found were dealt with, a handling rate of {handling}; "
                   "{closed} cases are closed, a closing rate of {closing}.",
                   filed=figures.filed, should=figures.should_file, filing=figures.filing.percent_text(),
                   handled=int(figures.handling.numerator), found=figures.found, handling=figures.handling.percent_text(),
                   closed=int(figures.closing.numerator), closing=figures.closing.percent_text())


def _in_year(figures: CountyFigures) -> Optional[Message]:
    """Where the year's own acts are not those of its cohort."""
    same = (figures.filed_in, figures.closed_in) == (figures.filed, int(figures.closing.numerator))
    if figures.year is None or same:
        return None
    return message("By the day of each act, {filed} cases were filed in {year}, {decided} decided and {closed} closed.", year=figures.year,
                   filed=figures.filed_in, decided=figures.decided_in, closed=figures.closed_in)


def scope_text(scope: Message, day: str, known_at: Optional[str] = None) -> Message:
    """What a table, a paragraph or a list counts, and as of when: it stands above each of them."""
    if known_at is None:
        return message("Scope: {scope}. As of {day}.", scope=scope, day=day)
    return message("Scope: {scope}. As of {day}, as known at {moment}.", scope=scope, day=day, moment=known_at)


def _buildings(figures: CountyFigures) -> Optional[Message]:
    if not figures.confiscated_building_m2 and not figures.demolished_building_m2:
        return None
    return message("Buildings and other structures of {confiscated} m² were confiscated and of {demolished} m² demolished (building area).",
                   confiscated=_plain(figures.confiscated_building_m2), demolished=_plain(figures.demolished_building_m2))


def _money(figures: CountyFigures) -> Optional[Message]:
    if not figures.fines_and_gains_fen:
        return None
    return message("Fines and confiscated gains of {yuan} yuan were paid.", yuan=_plain(float(yuan(figures.fines_and_gains_fen))))


def _lapsed(figures: CountyFigures) -> Optional[Message]:
    if not figures.lapsed_fen:
        return None
    return message("Of this, {yuan} yuan were paid for land that is not judged illegal any more.",
                   yuan=_plain(float(yuan(figures.lapsed_fen))))


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


def _patrols(figures: CountyFigures) -> Optional[Message]:
    found = figures.patrols
    if found is None:
        return None
    return message("Stations made {valid} valid patrols ({logged} logged); {met} of {stations} stations met every month. Patrols found "
                   "{found} violations, of which {stopped} were stopped, {reported} reported and {filed} filed.", **found.__dict__)


def _plain(value: float) -> str:
    return trimmed(decimal_text(as_written(value), 2))
