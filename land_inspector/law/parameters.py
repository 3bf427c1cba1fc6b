"""The numbers a bureau may set, with unit and range. Each rule pack gives all of them and says where each is from.

Those with a default here came later than the first packs: a pack of a bureau's own that was written before has the default.
Units stand in the names; ``_share`` is a part of 1. Rules R01–R54 are those of the domain guide's decision table.
"""
from __future__ import annotations

import dataclasses
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Dict, Tuple

from .packreader import PackValue


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
