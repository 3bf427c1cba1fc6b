"""``python -m tools.geos_trials [--border]``: which calls of shapely end the process, on which shapes.

Each call is made in a child process that may die; a minute for some 250 000 calls. With ``--border`` the shapes go through
the plugin's border first (``evidence.shapes``), and nothing may be left. Needs shapely alone without it, so that it can be
run in an environment of any version: ``python tools/geos_trials.py``.
"""
from __future__ import annotations

import argparse
import inspect
import itertools
import os
import resource
import signal
import struct
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import shapely

Points = Sequence[Tuple[float, ...]]
Job = Tuple[Any, Callable[[], Any]]
LIMIT_S = 5
MEMORY = 4 << 30
CALLED, STARTED = 0, 1
NAN, INF = float("nan"), float("inf")
SQUARE: Points = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]
HOLE: Points = [(1, 1), (1, 2), (2, 2), (2, 1), (1, 1)]
NOTHING: Points = []


def _points(points: Points, dimensions: int = 2) -> bytes:
    return struct.pack("<I", len(points)) + b"".join(struct.pack(f"<{dimensions}d", *point) for point in points)


def polygon(*rings: Points, code: int = 3, dimensions: int = 2) -> bytes:
    """WKB of a polygon; ``code`` 1003 for Z, 2003 for M, 3003 for both."""
    return struct.pack("<BII", 1, code, len(rings)) + b"".join(_points(ring, dimensions) for ring in rings)


def several(*parts: bytes, code: int = 6) -> bytes:
    """WKB of a multipolygon (6), multipoint (4), multiline (5) or collection (7)."""
    return struct.pack("<BII", 1, code, len(parts)) + b"".join(parts)


def nested(depth: int, code: int = 7) -> bytes:
    """A square within ``depth`` collections."""
    return struct.pack("<BII", 1, code, 1) * depth + polygon(SQUARE)


def _line(points: Points) -> bytes:
    return struct.pack("<BI", 1, 2) + _points(points)


def _point(x: float, y: float) -> bytes:
    return struct.pack("<BI2d", 1, 1, x, y)


def _scaled(ring: Points, by: float, shift: float = 0.0) -> Points:
    return [(x * by + shift, y * by + shift) for x, y in ring]


def _with(place: int, *point: float) -> Points:
    """The square with another point in one place; in the first, it is closed by the same."""
    ring = [*SQUARE[:place], point, *SQUARE[place + 1:]]
    return [*ring[:-1], ring[0]]


def _deep(ring: Points, *more: float) -> Points:
    return [(x, y, *more) for x, y in ring]


SHAPES: Dict[str, Optional[bytes]] = {
    "none": None, "square": polygon(SQUARE), "square with a hole": polygon(SQUARE, HOLE),
    "empty": polygon(), "empty shell": polygon(NOTHING), "empty shell and a hole": polygon(NOTHING, HOLE),
    "empty hole": polygon(SQUARE, NOTHING), "empty hole after a hole": polygon(SQUARE, HOLE, NOTHING),
    "empty holes": polygon(SQUARE, NOTHING, NOTHING), "empty rings": polygon(NOTHING, NOTHING),
    "empty multi": several(), "multi of an empty": several(polygon()), "multi with an empty": several(polygon(SQUARE), polygon()),
    "multi, empty first": several(polygon(), polygon(SQUARE)), "multi with an empty shell": several(polygon(SQUARE), polygon(NOTHING)),
    "multi with an empty hole": several(polygon(SQUARE, NOTHING)),
    "ring of one point": polygon([(1, 1)]), "ring of two": polygon([(1, 1)] * 2), "ring of three": polygon([(1, 1), (2, 2), (1, 1)]),
    "ring of one place": polygon([(1, 1)] * 4), "ring of one place, long": polygon([(1, 1)] * 9),
    "only a spike": polygon([(0, 0), (1, 1), (2, 2), (0, 0)]), "hole of one point": polygon(SQUARE, [(1, 1)]),
    "hole of one place": polygon(SQUARE, [(1, 1)] * 4), "hole like a spike": polygon(SQUARE, [(1, 1), (2, 2), (3, 3), (1, 1)]),
    "not closed": polygon(SQUARE[:-1]),
    "NaN corner": polygon(_with(2, NAN, NAN)), "NaN first": polygon(_with(0, NAN, NAN)), "NaN x": polygon(_with(2, NAN, 4)),
    "NaN hole": polygon(SQUARE, [(NAN, NAN)] * 4), "NaN all": polygon([(NAN, NAN)] * 5),
    "inf corner": polygon(_with(2, INF, INF)), "-inf corner": polygon(_with(2, 4, -INF)), "inf hole": polygon(SQUARE, [(INF, INF)] * 4),
    "inf all": polygon([(INF, INF)] * 5), "inf and NaN": polygon([(0, 0), (INF, 0), (NAN, 4), (0, -INF), (0, 0)]),
    "1e308": polygon(_scaled(SQUARE, 4e307)), "±1e308": polygon(_scaled(SQUARE, 8e307, -1.6e308)), "1e300": polygon(_scaled(SQUARE, 1e300)),
    "1e200 and a hole": polygon(_scaled(SQUARE, 1e200), _scaled(HOLE, 1e200)), "1e154": polygon(_scaled(SQUARE, 1e154)),
    "at 1e16": polygon(_scaled(SQUARE, 1, 1e16)), "at 1e20": polygon(_scaled(SQUARE, 1, 1e20)), "1e-300": polygon(_scaled(SQUARE, 1e-300)),
    "denormal": polygon(_scaled(SQUARE, 5e-324)), "one corner far": polygon(_with(1, 1e300, 0)),
    "bow tie": polygon([(0, 0), (4, 4), (4, 0), (0, 4), (0, 0)]), "points doubled": polygon([p for p in SQUARE for _ in range(2)]),
    "hole outside": polygon(SQUARE, [(x + 9, y) for x, y in HOLE]), "hole like the shell": polygon(SQUARE, SQUARE),
    "part in a part": several(polygon(SQUARE), polygon(HOLE)), "part twice": several(polygon(SQUARE), polygon(SQUARE)),
    "spike": polygon([(0, 0), (4, 0), (9, 0), (4, 0), (4, 4), (0, 4), (0, 0)]),
    "Z": polygon(_deep(SQUARE, 1), code=1003, dimensions=3), "Z of NaN": polygon(_deep(SQUARE, NAN), code=1003, dimensions=3),
    "M": polygon(_deep(SQUARE, 1), code=2003, dimensions=3), "ZM": polygon(_deep(SQUARE, 1, 2), code=3003, dimensions=4),
    "Z with an empty hole": polygon(_deep(SQUARE, 1), NOTHING, code=1003, dimensions=3), "empty Z": polygon(code=1003),
    "M with an empty hole": polygon(_deep(SQUARE, 1), NOTHING, code=2003, dimensions=3),
    "multi of Z and 2-D": several(polygon(SQUARE), polygon(_deep(_scaled(SQUARE, 1, 9), 1), code=1003, dimensions=3)),
    "point": _point(1, 1), "empty point": _point(NAN, NAN), "inf point": _point(INF, INF), "line": _line([(0, 0), (1, 1)]),
    "empty line": _line([]), "line of one point": _line([(1, 1)]), "line of one place": _line([(1, 1)] * 2),
    "NaN line": _line([(NAN, NAN)] * 2), "empty multipoint": several(code=4), "multipoint with an empty": several(
        _point(NAN, NAN), _point(1, 1), code=4), "multiline of an empty": several(_line([]), code=5),
    "empty collection": several(code=7), "collection of all": several(_point(1, 1), _line([(0, 0), (1, 1)]), polygon(SQUARE), code=7),
    "collection of empties": several(polygon(), polygon(SQUARE, NOTHING), _line([]), code=7),
    "collection in a collection": several(several(polygon(SQUARE), code=7), several(code=7), code=7),
    "collection with an empty hole": several(polygon(SQUARE, NOTHING), code=7), "200 collections deep": nested(200),
}
DEEP = {f"{depth} {kind} deep": nested(depth, code)
        for depth in (1_000, 20_000, 1_000_000) for kind, code in (("collections", 7), ("multis", 6))}
#: What the calls ask for beside geometries.
_EXTRA = {"max_segment_length": 1.0, "tolerance": 0.5, "distance": 1.0, "grid_size": 0.5, "index": 0, "ratio": 0.5, "fraction": 0.5,
          "pattern": "FF*FF****", "normalized": False}
_NO_CALLS = {"box", "points", "linestrings", "linearrings", "polygons", "multipoints", "multilinestrings", "multipolygons",
             "geometrycollections", "transform", "set_coordinates", "set_srid", "clip_by_rect", "contains_xy", "intersects_xy"}
_OF_ARRAYS = ("total_bounds", "polygonize", "polygonize_full")


def outcomes(jobs: Sequence[Job]) -> Dict[Any, int]:
    """Name → number of the signal that ended the process (14: it took too long), 0 where it came back, even with an error."""
    found: Dict[Any, int] = {}
    while len(found) < len(jobs):
        begun, signal_number = _in_a_child(jobs[len(found):])
        names = [name for name, _call in jobs[len(found):len(found) + begun]]
        found.update(dict.fromkeys(names, 0))
        if names:
            found[names[-1]] = signal_number
    return found


def _in_a_child(jobs: Sequence[Job]) -> Tuple[int, int]:
    """How many calls were begun, and the signal that ended the last of them (0: all came back)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _make_calls(jobs, writer)
    os.close(writer)
    begun = 0
    with os.fdopen(reader, "rb") as told:
        for word in iter(lambda: told.read(1 << 16), b""):
            begun += len(word)
    _child, status = os.waitpid(child, 0)
    return begun, os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _make_calls(jobs: Sequence[Job], writer: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for _name, call in jobs:
        signal.alarm(LIMIT_S)
        os.write(writer, b".")
        try:
            call()
        except Exception:  # nosec B110 - an error is an answer; only the end of the process counts here
            pass
    os._exit(0)


def calls() -> Iterator[Tuple[str, int, Callable[..., Any]]]:
    """Every public function of shapely that takes one or two geometries, ready to be called with them."""
    for name in sorted(dir(shapely)):
        function = getattr(shapely, name)
        if name.startswith(("_", "from_")) or name in _NO_CALLS or inspect.isclass(function) or not callable(function):
            continue
        needed = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty and p.kind != p.VAR_KEYWORD]
        extra = [place for place, parameter in enumerate(needed) if parameter in _EXTRA]
        count = extra[0] if extra else len(needed)
        if count in (1, 2) and len(needed) - count == len(extra):
            yield name, count, _prepared(name, function, [_EXTRA[needed[place]] for place in extra])


def _prepared(name: str, function: Callable[..., Any], extra: List[Any]) -> Callable[..., Any]:
    if name.endswith("_all") or name in _OF_ARRAYS:
        return lambda geometry: function(np.array([geometry, geometry], dtype=object), *extra)
    return lambda *geometries: function(*geometries, *extra)


def deadly_calls(shapes: Dict[str, Any], only: Sequence[str] = ()) -> Dict[str, List[Any]]:
    """Call → names (or pairs of names) of the shapes on which it ended the process or did not come back."""
    result = {}
    for name, count, call in calls():
        if only and name not in only:
            continue
        jobs = [(names if count == 2 else names[0], lambda names=names: call(*(shapes[key] for key in names)))
                for names in itertools.product(shapes, repeat=count)]
        ended = [key for key, number in outcomes(jobs).items() if number]
        if ended:
            result[name] = ended
    return result


def read(shapes: Dict[str, Optional[bytes]]) -> Dict[str, Any]:
    """As shapely reads them; what it refuses to read is None."""
    return {name: shapely.from_wkb(data, on_invalid="ignore") if data else None for name, data in shapes.items()}


def through_the_border(shapes: Dict[str, Optional[bytes]]) -> Dict[str, Any]:
    """As the plugin lets them in."""
    from land_inspector.evidence.shapes import polygons_from_wkb, read_wkb, sound_polygons

    wkb = np.array([*shapes.values(), None], dtype=object)[:-1]
    sound, _state = sound_polygons(read_wkb(wkb))
    valid, _state = polygons_from_wkb(list(wkb))
    return {**dict(zip(shapes, sound)), **{f"{name}, valid": shape for name, shape in zip(shapes, valid)}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--border", action="store_true")
    border = parser.parse_args().border
    print(f"shapely {shapely.__version__}, GEOS {shapely.geos_version_string}, {len(SHAPES)} shapes, {len(list(calls()))} calls")
    reading = outcomes([(name, lambda data=data: shapely.from_wkb(data)) for name, data in DEEP.items()])
    print("reading:", [name for name, number in reading.items() if number] or "none")
    for name, ended in deadly_calls(through_the_border(SHAPES) if border else read(SHAPES)).items():
        some = ", ".join(" × ".join(key) if isinstance(key, tuple) else key for key in ended[:4])
        print(f"{name}: {len(ended)}, as {some}", flush=True)


if __name__ == "__main__":
    main()
