"""The numbers a bureau may set, with unit and range. Each rule pack gives all of them and says where each is from.

Those with a default here came later than the first packs: a pack of a bureau's own that was written before has the default.
Units stand in the names; ``_share`` is a part of 1. Rules R01–R54 are those of the domain guide's decision table.
"""
from __future__ import annotations

import dataclasses
import json
import math
import re
import sys
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Collection, Dict, List, NoReturn, Optional, Tuple, Union

from ..errors import InputError, message


# Reading a rule pack's JSON value by value; every refusal names file, line, place and reason.

# Where each value of a JSON text stands, so that a refusal can name the line.

Step = Union[str, int]
Path = Tuple[Step, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class DuplicateKeyError(ValueError):
    """An object names the same key twice; JSON readers would silently keep the last."""

    def __init__(self, path: Path, line: int):
        super().__init__(f"line {line}: {path_text(path)} is given twice")
        self.path, self.line = path, line


def locate(text: str) -> Dict[Path, int]:
    """The line (from 1) on which the value at each path begins; ``text`` must be valid JSON.

    Raises :class:`DuplicateKeyError`.
    """
    lines: Dict[Path, int] = {}
    path: List[Step] = []  # key or index of the value that comes next, one for each open container
    line, scanned, expects_key = 1, 0, False
    for token in _TOKEN.finditer(text):
        line, scanned = line + text.count("\n", scanned, token.start()), token.start()
        word = token.group()
        if word in "}]":
            path.pop()
        elif word == ",":
            expects_key = not _steps_on(path)
        elif expects_key:
            path[-1], expects_key = json.loads(word), False
        elif word != ":":
            _note(lines, tuple(path), line)
            expects_key = _opens_object(word, path)
    return lines


def path_text(path: Path) -> str:
    """``thresholds[2].value`` for ``("thresholds", 2, "value")``; empty for the whole document."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).lstrip(".")


def _note(lines: Dict[Path, int], path: Path, line: int) -> None:
    if path in lines:
        raise DuplicateKeyError(path, line)
    lines[path] = line


def _steps_on(path: List[Step]) -> bool:
    """Step to the next item when inside an array; an object waits for its next key instead."""
    step = path[-1]
    if isinstance(step, int):
        path[-1] = step + 1
        return True
    return False


def _opens_object(word: str, path: List[Step]) -> bool:
    if word == "{":
        path.append("")
    elif word == "[":
        path.append(0)
    return word == "{"


Number = Union[int, float]
#: Beyond it a number is no figure that anything could be compared with.
_LARGEST = sys.float_info.max
_REMEDY = "Correct this place of the pack and bring it in again."


def refuse(file: str, line: int, path: Path, template: str, **details: Any) -> NoReturn:
    """Raise InputError with file, line (from 1), place in the document, and the reason made of ``template``."""
    raise InputError("{file}, line {line}: {place}: {reason}", _REMEDY, file=file, line=line,
                     place=path_text(path) or "{}", reason=message(template, **details))


def read_document(content: bytes, file: str) -> "PackValue":
    """The whole document (UTF-8 JSON). Raises :class:`InputError` for anything that is not strict JSON."""
    text = _decode(content, file)
    try:
        value = json.loads(text, parse_constant=lambda word: _not_a_number(word, text, file))
        document = PackValue(file, value, (), locate(text))
    except json.JSONDecodeError as error:
        refuse(file, error.lineno, (), "this is not JSON: {problem}", problem=error.msg)
    except DuplicateKeyError as error:
        refuse(file, error.line, error.path, "this is given twice")
    except ValueError:  # more figures than Python reads as one number
        refuse(file, 1, (), "it holds a number that is far too long")
    except RecursionError:
        refuse(file, 1, (), "it is nested too deeply")
    _refuse_half_signs(document)
    return document


def _refuse_half_signs(value: "PackValue") -> None:
    """An escape may stand for half of a sign of two parts: JSON allows it, no file and no register can keep it."""
    try:
        json.dumps(value.value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        if isinstance(value.value, dict):
            parts = [value.member(key) for key in value.keys()]
        else:
            parts = value.items() if isinstance(value.value, list) else []
        for part in parts:
            _refuse_half_signs(part)
        value.refuse("it holds half a sign, which nothing can keep")


def _decode(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(file, content.count(b"\n", 0, error.start) + 1, (), "the file is not in UTF-8")


def _not_a_number(word: str, text: str, file: str) -> NoReturn:
    line = text.count("\n", 0, text.index(word)) + 1
    refuse(file, line, (), "{word} is not a number that can be compared", word=word)


class PackValue:
    """One value of the document that knows where it stands."""

    def __init__(self, file: str, value: Any, path: Path, lines: Dict[Path, int]):
        self.file, self.value, self.path = file, value, path
        self._lines = lines

    def refuse(self, template: str, **details: Any) -> NoReturn:
        """Raise InputError for this value, with the reason made of ``template``."""
        refuse(self.file, self._lines[self.path], self.path, template, **details)

    def keys(self) -> List[str]:
        """Names of the members in their order; InputError where it is no object."""
        if not isinstance(self.value, dict):
            self.refuse("an object with named members is expected")
        return list(self.value)

    def only(self, *known: str) -> None:
        """Refuse members with other names: a misspelt one would silently not count."""
        for key in self.keys():
            if key not in known:
                self.member(key).refuse("there is no such member; known are {known}", known=", ".join(known))

    def member(self, key: str) -> "PackValue":
        """The member of an object; InputError where it is missing."""
        if key not in self.keys():
            self.refuse("the member {key} is missing", key=key)
        return PackValue(self.file, self.value[key], self.path + (key,), self._lines)

    def optional(self, key: str) -> Optional["PackValue"]:
        """The member, or None where it is absent or null."""
        return self.member(key) if key in self.keys() and self.value[key] is not None else None

    def items(self) -> List["PackValue"]:
        """The values of a list; InputError where it is none."""
        if not isinstance(self.value, list):
            self.refuse("a list is expected")
        return [PackValue(self.file, item, self.path + (n,), self._lines) for n, item in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not blank; InputError for anything else."""
        if not isinstance(self.value, str) or not self.value.strip():
            self.refuse("a text is expected")
        return self.value

    def choice(self, options: Collection[str]) -> str:
        """One of ``options``; InputError for anything else."""
        if self.value not in options or not isinstance(self.value, str):
            self.refuse("{value} is none of {options}", value=_shown(self.value), options=", ".join(options))
        return self.value

    def flag(self) -> bool:
        """True or false; InputError for anything else."""
        if not isinstance(self.value, bool):
            self.refuse("true or false is expected")
        return self.value

    def number(self, least: float = -math.inf, most: float = math.inf) -> Number:
        """A finite number from ``least`` to ``most``, both included; InputError for anything else."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self.refuse("a number is expected, not {value}", value=_shown(self.value))
        if not max(least, -_LARGEST) <= self.value <= min(most, _LARGEST):
            self.refuse("{value} lies outside {least} to {most}", value=_shown(self.value), least=least, most=most)
        return self.value

    def whole(self, least: float = -math.inf, most: float = math.inf) -> int:
        """A whole number from ``least`` to ``most``, both included; InputError for anything else."""
        value = self.number(least, most)
        if isinstance(value, float) and value.is_integer():
            return int(value)  # JSON tells 3.0 and 3 apart no more than people do
        if not isinstance(value, int):
            self.refuse("a whole number is expected, not {value}", value=value)
        return value

    def date(self) -> date:
        """A day written YYYY-MM-DD; InputError for anything else."""
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            self.refuse("{value} is not a date written YYYY-MM-DD", value=self.value)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]


def _number(least: float, most: float = 1e9, default: Any = dataclasses.MISSING) -> Any:
    return dataclasses.field(default=default, metadata={"range": (least, most)})


def _share() -> Any:
    return _number(0, 1)


@dataclass(frozen=True)
class Parameters:
    """The settings of one rule pack."""

    minimum_patch_m2: float = _number(0)                    # §1.5: patches below are listed, never deleted
    area_tolerance_mu: float = _number(0)                   # R09, R10
    split_tolerance_share: float = _share()                 # R37, beside area_tolerance_mu
    measured_ratio_share: float = _share()                  # §1.4: abs(MJ / JCMJ - 1) beyond which to warn
    overlap_m2: float = _number(0)                          # R06
    township_share: float = _share()                        # R07: second township's share
    sliver_m2: float = _number(0)                           # R08 S
    sliver_share: float = _share()                          # R08 P
    coverage_share: float = _share()                        # R11: least cover by the land-use survey
    legal_cover_share: float = _share()                     # R20
    supply_cover_share: float = _share()                    # R21
    registration_cover_share: float = _share()              # R23
    facility_cover_share: float = _share()                  # R24
    temporary_cover_share: float = _share()                 # R26
    category_cover_share: float = _share()                  # R27, R28 and the other categories of §0.2 (4)
    uncovered_cultivated_mu: float = _number(0)             # R20, R22
    facility_on_farmland_illegal: bool                      # R24: permanent basic farmland turns a facility into 210
    facility_on_cultivated_warns: bool                      # R24
    road_width_min_m: float = _number(0)                    # R25
    road_width_max_m: float = _number(0)                    # R25
    temporary_years: int = _number(0, 50)                   # R26
    temporary_years_infrastructure: int = _number(0, 50)    # R26
    temporary_reclaim_years: int = _number(0, 50)           # R26
    access_large_mu: float = _number(0)                     # R28: above it the patch, up to it the building is the base
    access_cover_share: float = _share()                    # R28, large
    access_building_cover_share: float = _share()           # R28, small
    access_uncovered_cultivated_mu: float = _number(0)      # R28
    site_photos: int = _number(0, 100)                      # R29
    photo_distance_m: float = _number(0)                    # R38
    photo_azimuth_required: bool                            # R38
    photo_reach_m: float = _number(0)                       # R38: farther away a photo is matched to nothing by itself
    photo_view_angle_deg: float = _number(1, 360)           # R38: the whole angle a camera sees
    monthly_clear_warn_days: int = _number(0, 366)          # R39
    deadline_warn_share: float = _share()                   # R49
    deadline_rolls_to_working_day: bool                     # §11 example 12
    hearing_fine_yuan: float = _number(0)                   # 12号令 Art. 34: from here a fine of a unit is large
    hearing_gains_yuan: float = _number(0)                  # 12号令 Art. 34: from here gains of a unit are large
    perform_days: int = _number(1, 3660)                    # calendar days after service, where a decision sets none
    deduction_cutoff: str                                   # "MM-DD" of the year after, where a batch has no KJRQ
    money_blocks_rectification: bool                        # §0.2 (6)
    surcharge_daily_share: float = _share()                 # 行政处罚法 Art. 72
    criminal_farmland_mu: float = _number(0)                # R48
    criminal_cultivated_mu: float = _number(0)              # R48
    patrol_minimum_month: int = _number(0, 1000)            # R50
    patrol_minimum_officers: int = _number(1, 100)          # §5
    hearing_fine_person_yuan: float = _number(0, default=5000.0)     # 12号令 Art. 34: the same for a person
    hearing_gains_person_yuan: float = _number(0, default=5000.0)    # 12号令 Art. 34: the same for a person
    review_runs_for_demolition: bool = False                # whether the 60 days of reconsideration must pass before the court too
    extension_days: int = _number(1, 3660, default=30)      # 12号令 Art. 38: by how much a decision may be put off
    criminal_window_years: int = _number(0, 50, default=1)  # 法释〔2000〕14号 Art. 9: unpunished acts within it add up; 0: all do
    criminal_public_forest_mu: float = _number(0, default=5.0)       # 法释〔2023〕8号 Art. 1: 公益林地
    criminal_commercial_forest_mu: float = _number(0, default=10.0)  # 法释〔2023〕8号 Art. 1: 商品林地
    transfer_farmland_mu: float = _number(0, default=5.0)   # 刑法 228, 法释〔2000〕14号 Art. 1
    transfer_cultivated_mu: float = _number(0, default=10.0)         # the same
    transfer_other_mu: float = _number(0, default=20.0)     # the same
    transfer_gains_yuan: float = _number(0, default=500000.0)        # the same
    approval_farmland_mu: float = _number(0, default=10.0)  # 刑法 410, 法释〔2000〕14号 Art. 4
    approval_cultivated_mu: float = _number(0, default=30.0)         # the same
    approval_other_mu: float = _number(0, default=50.0)     # the same
    patrol_stop_days: int = _number(0, 366, default=3)      # working days from a finding to the stop order
    patrol_report_days: int = _number(0, 366, default=3)    # working days from a finding to the report to government
    patrol_file_days: int = _number(0, 366, default=10)     # working days from a finding to the case
    patrol_report_cultivated_mu: float = _number(0, default=10.0)    # cultivated land from which a finding is reported
    patrol_minimum_week: int = _number(0, 100, default=0)   # R50: valid patrols of a station in each week; 0: none is asked for
    patrol_minimum_key_week: int = _number(0, 100, default=0)        # the same in key areas (XC_QY)
    patrol_slack_first_month: int = _number(0, 12, default=0)        # R50: a slack season, such as 11 to 3, in which no week is asked for
    patrol_slack_last_month: int = _number(0, 12, default=0)         # the same; 0: there is none
    patrol_minimum_slack_month: int = _number(0, 1000, default=0)    # R50: instead of patrol_minimum_month in the slack season
    discovery_distance_m: float = _number(0, 10000, default=100.0)   # nearer a finding may be of a patch
    approval_loss_yuan: float = _number(0, default=300000.0)         # the same: direct loss


def read_parameters(values: PackValue) -> Parameters:
    """Every parameter is ``{"value": …, "source": "…"}``; an unknown one is refused, and a missing one that has no default."""
    names = [field.name for field in fields(Parameters)]
    values.only(*names)
    found: Dict[str, Any] = {}
    for field in fields(Parameters):
        if field.default is not dataclasses.MISSING and values.optional(field.name) is None:
            found[field.name] = field.default
            continue
        entry = values.member(field.name)
        entry.only("value", "source")
        entry.member("source").text()
        found[field.name] = _read(entry.member("value"), str(field.type), field.metadata.get("range"))
    _check_order(values, found)
    return Parameters(**found)


def _read(value: PackValue, kind: str, limits: Tuple[float, float]) -> Any:
    if kind == "bool":
        return value.flag()
    if kind == "str":
        return _month_day(value)
    return value.whole(*limits) if kind == "int" else float(value.number(*limits))


def _month_day(value: PackValue) -> str:
    text = value.text()
    try:
        date.fromisoformat(f"2000-{text}")  # a leap year: 02-29 may be meant
    except ValueError:
        value.refuse("{value} is not a day of the year written MM-DD", value=text)
    return text


def _check_order(values: PackValue, found: Dict[str, Any]) -> None:
    if found["road_width_min_m"] > found["road_width_max_m"]:
        values.member("road_width_max_m").refuse("the greatest road width is below the least")
