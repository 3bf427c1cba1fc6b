"""The Chinese catalogue: checks that every text users can see has its translation, and builds the .qm file.

Translations stand in ``resources/i18n/zh_Hans/*.csv``; labels that carry both languages in the source need none there.

``python -m tools.translations build`` · ``python -m tools.translations check``
"""
from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess  # nosec B404 - a build tool, not shipped
import sys
from pathlib import Path
from string import Formatter
from typing import Dict, FrozenSet, Iterator, List, Sequence
from xml.sax.saxutils import escape

from tools.labels import Pair, labels_in
from tools.texts import Text, texts_in

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "land_inspector"
CATALOGUE = PLUGIN / "resources" / "i18n" / "zh_Hans"
QM = PLUGIN / "resources" / "i18n" / "land_inspector_zh_Hans.qm"
TS = ROOT / "build" / "i18n" / "land_inspector_zh_Hans.ts"
# the same name as land_inspector.i18n.CONTEXT; a test compares them
CONTEXT = "LandInspector"


def read_catalogue(folder: Path = CATALOGUE) -> List[Pair]:
    """Every row of every ``*.csv`` in ``folder``, files in the order of their names."""
    return [pair for path in sorted(folder.glob("*.csv")) for pair in _read_file(path)]


def _read_file(path: Path) -> Iterator[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        for row in rows:
            yield Pair(row["source"], row["translation"], f"{path.name}:{rows.line_num}")


def problems(texts: Sequence[Text], pairs: Sequence[Pair], labels: Sequence[Pair] = ()) -> List[str]:
    """What is wrong, one line each with its place: untranslatable, missing, contradictory or badly filled texts."""
    known = {pair.source for pair in (*pairs, *labels)}
    found = [f"{text.place}: not a literal, cannot be translated" for text in texts if text.template is None]
    found += [f"{text.place}: no Chinese for {text.template!r}"
              for text in texts if text.template is not None and text.template not in known]
    return found + list(_catalogue_problems(pairs))


def _catalogue_problems(pairs: Sequence[Pair]) -> Iterator[str]:
    first: Dict[str, Pair] = {}
    for pair in pairs:
        same = first.setdefault(pair.source, pair)
        if same.translation != pair.translation:
            yield f"{pair.place}: {pair.source!r} is translated otherwise in {same.place}"
        if not pair.translation.strip():
            yield f"{pair.place}: the translation of {pair.source!r} is empty"
        elif placeholders(pair.source) != placeholders(pair.translation):
            yield f"{pair.place}: the placeholders of {pair.source!r} and its translation differ"


def placeholders(template: str) -> FrozenSet[str]:
    """``"{n} of {total:.1f}"`` → ``{"n", "total"}``. Raises ValueError for braces that do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def unused(texts: Sequence[Text], pairs: Sequence[Pair]) -> List[str]:
    """Rows whose text stands nowhere in the code any more."""
    wanted = {text.template for text in texts}
    return [f"{pair.place}: {pair.source!r} is not used" for pair in pairs if pair.source not in wanted]


def write_ts(pairs: Sequence[Pair], target: Path) -> None:
    """Qt's own catalogue format, of which lrelease makes the .qm; of pairs with one source the first counts."""
    messages = {pair.source: pair.translation for pair in reversed(pairs)}
    rows = [f"<message><source>{escape(source)}</source><translation>{escape(translation)}</translation></message>"
            for source, translation in messages.items()]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
                      f'<TS version="2.1" language="zh_CN"><context><name>{CONTEXT}</name>\n'
                      + "\n".join(rows) + "\n</context></TS>\n", encoding="utf-8")


def build(target: Path = QM) -> None:
    """Compile the catalogue. Needs Qt's lrelease, which `make setup` installs."""
    lrelease = shutil.which("lrelease") or shutil.which("lrelease", path="/usr/lib/qt5/bin:/usr/lib/qt6/bin")
    if lrelease is None:
        raise SystemExit("lrelease is not installed: make setup")
    pairs = read_catalogue() + labels_in(PLUGIN)
    write_ts(pairs, TS)
    whole = target.with_suffix(".whole.qm")  # Qt maps the file: a desktop that has it open would lose its language half-way
    subprocess.run([lrelease, "-silent", str(TS), "-qm", str(whole)], check=True)  # nosec B603
    os.replace(whole, target)
    print(f"{target.relative_to(ROOT) if target.is_relative_to(ROOT) else target}: {len(pairs)} texts")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("build", "check"))
    if parser.parse_args().act == "build":
        build()
        return 0
    texts, pairs = texts_in(PLUGIN), read_catalogue()
    wrong = problems(texts, pairs, labels_in(PLUGIN)) + unused(texts, pairs)
    print("\n".join(wrong) or f"{len(pairs)} texts, all translated")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
