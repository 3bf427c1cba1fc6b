"""Figures of old registers that moved because the law was mended, each with the reason (docs/changelog.md says the same in words).

``python -m tests.data.formats.corrections`` writes ``corrected.json`` of each format anew; a figure that moved and is none of these kinds
stops it: either the code is wrong, or the kind and its reason are missing here.
"""
from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

FORMATS = Path(__file__).parent
#: Which figures moved (a pattern of the place, see :func:`moved`), and why.
WHY: Tuple[Tuple[str, str], ...] = (
    (r"/paragraph/\d+", "both bases stand in the text: what should be filed, and what was found"),
    (r"/paragraph", "patrols and what they found have a sentence of their own"),
    (r"/townships/[^/]+/\d+/patrols", "patrols of a station are counted (domain.md R50); the column always said nothing"),
    (r"/townships/[^/]+/\d+/breached", "a line holds for its level and its kind of period only (domain.md §0.2 (13))"),
    (r"/townships/[^/]+/\d+/(figures/construction_cultivated_\w+|ratios|rank|figures/unmeasured)",
     "the denominator of r2 and r4 is what is illegal (WFGD), not what was measured (§0.2 (14))"),
    (r"/townships/[^/]+/\d+/figures/reclaimed\w*", "reclaimed is what was accepted, here as in the paragraph"),
    (r"/work_lists/[^/]+/(overdue|due|unfiled)(/\d+)?",
     "filing has no term of ten days (行政处罚法 54)"),
)


def moved(one: Any, two: Any, where: str = "") -> Iterator[Tuple[str, Any]]:
    """Place and new value of everything that an earlier version told and that is told otherwise now; what it did not tell yet is new."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted(one):
            yield from moved(one[key], two.get(key), f"{where}/{key}")
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for place, (before, after) in enumerate(zip(one, two)):
            yield from moved(before, after, f"{where}/{place}")
    elif one != two:
        yield where, two


def comparable(before: Dict[str, Any], now: Dict[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """Both without what an upgrade adds by itself: its own event, and whoever did it."""
    events, people = now["events"][:len(before["events"])], now["names"]["people"]
    known = {key: value for key, value in people.items() if key in before["names"]["people"]}
    return before, {**now, "events": events, "names": {**now["names"], "people": known}}


def registers(folder: Path = FORMATS) -> List[Path]:
    """The register of every format in or below ``folder``; later ones lie compressed, and :func:`laid_out` unpacks them."""
    return sorted({path.with_suffix("") if path.suffix == ".gz" else path for path in folder.rglob("*.gpkg*")})


def laid_out(path: Path, folder: Path) -> Path:
    """A copy of a register in ``folder``, with what lies beside it."""
    for beside in path.parent.glob(f"{path.stem}.*"):
        if beside.is_dir():
            shutil.copytree(beside, folder / beside.name)
        elif beside.suffix == ".gz":
            (folder / beside.stem).write_bytes(gzip.decompress(beside.read_bytes()))
        else:
            shutil.copy2(beside, folder / beside.name)
    return folder / path.name


def told_then(path: Path) -> Dict[str, Any]:
    """What the version that made a register said of it: figures, and the moments and days they are of."""
    packed = path.with_suffix(".json.gz")
    text = gzip.decompress(packed.read_bytes()) if packed.is_file() else path.with_suffix(".json").read_bytes()
    said: Dict[str, Any] = json.loads(text.decode("utf-8"))
    return said


def corrected(path: Path) -> Dict[str, Dict[str, Any]]:
    """By place: the new value and why, as kept for this register."""
    kept = path.parent / "corrected.json"
    return json.loads(kept.read_text(encoding="utf-8"))[path.stem] if kept.is_file() else {}


def _why(where: str) -> str:
    found = next((why for pattern, why in WHY if re.fullmatch(pattern, where)), None)
    if found is None:
        raise SystemExit(f"{where} moved, and no reason is known")
    return found


def _told(path: Path) -> Iterator[Tuple[str, Any]]:
    from land_inspector.register.register import Register
    from land_inspector.register.upgrading import upgrade

    from .figures import told

    said = told_then(path)
    with tempfile.TemporaryDirectory() as folder:
        made = laid_out(path, Path(folder))
        upgrade(made)
        with Register.open(made) as register:
            yield from moved(*comparable(said["figures"], told(register, said["moments"], said["days"])))


def main() -> None:
    """Write ``corrected.json`` of each format."""
    for folder in sorted(one for one in FORMATS.iterdir() if one.is_dir() and one.name.isdigit()):
        found = {path.stem: {where: {"new": new, "why": _why(where)} for where, new in _told(path)}
                 for path in registers(folder)}
        (folder / "corrected.json").write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        sys.stdout.write(f"{folder.name}: {sum(map(len, found.values()))} figures corrected\n")


if __name__ == "__main__":
    main()
