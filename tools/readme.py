"""Writes the table of algorithms into both READMEs, from the algorithms themselves: ``python -m tools.readme``."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, List, Tuple

import tools.headless  # noqa: F401 - before Qt
from qgis.core import QgsApplication, QgsProcessingAlgorithm
from qgis.PyQt.QtCore import QCoreApplication

from land_inspector.i18n import install_translator
from land_inspector.processing.provider import LandInspectorProvider

ROOT = Path(__file__).resolve().parent.parent
READMES: Dict[str, Path] = {"en": ROOT / "README.md", "zh": ROOT / "README.zh_CN.md"}
HEADINGS: Dict[str, Tuple[str, str, str]] = {
    "en": ("algorithm", "what it does", "parameters → results"),
    "zh": ("算法", "作用", "参数 → 结果"),
}
START, END = "<!-- algorithms: python -m tools.readme -->", "<!-- end of algorithms -->"
_FIRST_SENTENCE = re.compile(r"^.+?(?:\.(?=\s|$)|。|(?=\n)|$)")


def table(language: str) -> str:
    """The section of the README in ``en`` or ``zh``, marks included."""
    translator = install_translator(language)
    try:
        rows = ["| " + " | ".join(HEADINGS[language]) + " |", "|---|---|---|", *_rows()]
    finally:
        if translator is not None:
            QCoreApplication.removeTranslator(translator)
    return "\n".join([START, *rows, END])


def _rows() -> List[str]:
    provider = LandInspectorProvider()
    provider.loadAlgorithms()
    return [_row(algorithm) for algorithm in sorted(provider.algorithms(), key=lambda algorithm: algorithm.name())]


def _row(algorithm: QgsProcessingAlgorithm) -> str:
    takes = [definition.name() for definition in algorithm.parameterDefinitions()]
    gives = [definition.name() for definition in algorithm.outputDefinitions() if definition.name() not in takes]
    sentence = _FIRST_SENTENCE.match(algorithm.shortHelpString())
    what = f"**{algorithm.displayName()}.** {sentence.group() if sentence else ''}".strip().replace("|", "\\|")
    return f"| `land_inspector:{algorithm.name()}` | {what} | {', '.join(takes)} → {', '.join(gives) or '–'} |"


def with_table(text: str, language: str) -> str:
    """The README's text with its table made anew."""
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    return before + table(language) + after


def main() -> None:
    application = QgsApplication([], False)
    application.initQgis()
    for language, path in READMES.items():
        path.write_text(with_table(path.read_text(encoding="utf-8"), language), encoding="utf-8")
    application.exitQgis()


if __name__ == "__main__":
    main()
