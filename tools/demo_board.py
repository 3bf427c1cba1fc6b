"""The board of the demonstration county as a page: where each township stands, and two what-ifs side by side, kept beside the register
so that the desktop shows the same."""
from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import List, Sequence, Tuple

from land_inspector.exchange.baskets import write_baskets
from land_inspector.exchange.formats import html
from land_inspector.i18n import say, tr, user_locale
from land_inspector.law.areas import DASH, UNITS_PER_MU, decimal_text, percent_text
from land_inspector.law.indicators import Ratio
from land_inspector.law.townships import sides
from land_inspector.law.what_if import RECTIFIED, Basket
from land_inspector.register.board import Board, Standing, read_board
from land_inspector.register.figures import Scope
from land_inspector.register.register import Register

_LARGEST = 5


def write_board(register: Register, path: Path, year: int) -> List[Tuple[str, str]]:
    """Write the page, and the what-ifs beside the register; lines for the screen."""
    board = read_board(register, Scope(year=year))
    worst = board.behind("distance", None)
    baskets = [Basket("整改最大五宗", {key: RECTIFIED for key in worst["parcel_id"][:_LARGEST]}),
               Basket("全部整改", {key: RECTIFIED for key in worst["parcel_id"]})]
    address = register.address
    write_baskets(address.beside(f"{address.name}.baskets.json"), register.meta["register_id"], baskets)
    outcomes = [board.what_if.outcomes(basket.ticks) for basket in baskets]
    line = next(d.line for standing in board.standings for d in standing.distances if d.ratio == "r4")
    to_go = tr("To go: {line}, {ratio} (mu)", line=line.name.text(user_locale()), ratio="r4")
    heads = [tr("Township"), tr("Illegal"), tr("Illegal cultivated (mu)"), tr("Share before deduction"), tr("Share after deduction"),
             to_go, tr("Open cases"), *(basket.name for basket in baskets)]
    rows = []
    for standing in (*board.standings, board.county):
        code = None if standing is board.county else standing.row.code
        then = [one[code].then["r4"] if code in one else standing.row.ratios["r4"] for one in outcomes]
        rows.append([*_cells(board, standing), *(_percent(board, ratio) for ratio in then)])
    said = say(board.said)
    table = html.table(heads, rows, cells=("", *"n" * len(heads)))
    html.write_page(str(path), html.page(tr("Board: where each township stands"), [html.lead(said), table]))
    over = sum(bool(standing.row.breached) for standing in board.standings)
    first = f"{over}/{len(board.standings)} 个乡镇越线，全县 r4 {_percent(board, board.county.row.ratios['r4'])}"
    now = _percent(board, board.county.row.ratios["r4"])
    return [("态势板", first), *((basket.name, f"r4 {now} → {_percent(board, one[None].then['r4'])}")
                              for basket, one in zip(baskets, outcomes))]


def _cells(board: Board, standing: Standing) -> Sequence[str]:
    row = standing.row
    to_go = next((d.units for d in standing.distances if d.ratio == "r4"), None)
    return (row.name or row.code, str(row.figures.get("illegal", 0)), _mu(row.figures.get("illegal_cultivated_units", 0)),
            _percent(board, row.ratios["r2"]), _percent(board, row.ratios["r4"]),
            DASH if to_go is None else _mu(to_go), str(standing.open_cases))


def _mu(units: int) -> str:
    return decimal_text(Fraction(units, UNITS_PER_MU), 2)


def _percent(board: Board, ratio: Ratio) -> str:
    return DASH if ratio.value is None else f"{percent_text(ratio.value, sides('r4', board.pack))} %"
