"""The two questions in SQL, as PostGIS, DuckDB and SedonaDB all read it: area by class, and area covered once."""
from __future__ import annotations

_PIECES = "SELECT p.id, e.value, {piece} AS g FROM patch p JOIN {table} e ON ST_Intersects(p.g, e.g)"
#: A patch inside one polygon needs no overlay; engines do not find that out by themselves.
_SHORT_CUT = "CASE WHEN ST_CoveredBy(p.g, e.g) THEN p.g ELSE ST_Intersection(p.g, e.g) END"


def pieces(table: str, short_cut: bool = True) -> str:
    return _PIECES.format(table=table, piece=_SHORT_CUT if short_cut else "ST_Intersection(p.g, e.g)")


def by_class(table: str, short_cut: bool = True) -> str:
    """id, area, class."""
    return f"SELECT id, sum(ST_Area(g)), value FROM ({pieces(table, short_cut)}) AS s WHERE ST_Area(g) > 0 GROUP BY id, value"  # nosec B608


def covered(table: str, short_cut: bool = True, union: str = "ST_Union_Agg") -> str:
    """id, area."""
    return f"SELECT id, ST_Area({union}(g)) FROM ({pieces(table, short_cut)}) AS s GROUP BY id"  # nosec B608
