"""Makes the neutral Word templates of papers (``resources/papers``) from their plain text beside this module.

``python -m tools.paper_templates`` writes them; ``python -m tools.paper_templates check`` says which are not what the text makes.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Dict, Iterator, List, Union

from land_inspector.exchange.formats.docx_layout import BODY, HEADING, PLAIN, RIGHT, TITLE, Paragraph, Table, new_document

SOURCE = Path(__file__).with_suffix(".txt")
FOLDER = Path(__file__).resolve().parent.parent / "land_inspector" / "resources" / "papers"
ABOUT = "{{页脚说明}}"
UNNUMBERED = ("cover", "contents", "notes")
_STYLES = {"# ": TITLE, "## ": HEADING, "- ": PLAIN, "> ": RIGHT}


def sections(text: str, mark: str) -> Dict[str, List[str]]:
    """Lines below each heading that begins with ``mark``."""
    found: Dict[str, List[str]] = {}
    lines: List[str] = []
    for line in text.splitlines():
        if line.startswith("=== ") or line.startswith("=@ "):
            lines = found.setdefault(line[len(mark):].strip(), []) if line.startswith(mark) else []
        elif line.strip(" ") and not line.startswith("%%"):
            lines.append(line)
    return found


def expanded(lines: List[str], parts: Dict[str, List[str]]) -> Iterator[str]:
    """The lines with the named parts in the place of their names."""
    for line in lines:
        if line.startswith("@"):
            yield from expanded(parts[line[1:].strip()], parts)
        else:
            yield line


def blocks(lines: Iterator[str]) -> List[Union[Paragraph, Table]]:
    """Paragraphs and tables."""
    made: List[Union[Paragraph, Table]] = []
    rows: List[List[str]] = []
    widths: List[float] = []

    def close() -> None:
        if rows:
            made.append(Table([list(row) for row in rows], widths or [1.0] * len(rows[0])))
            rows.clear()

    for line in lines:
        if line.startswith("|="):
            close()
            widths = [float(width) for width in line[2:].split(",")]
        elif line.startswith("| "):
            rows.append([cell.strip(" ").replace("\\n", "\n") for cell in line[2:].split(" | ")])
        else:
            close()
            made.append(_paragraph(line))
    close()
    return made


def _paragraph(line: str) -> Paragraph:
    style = next((style for mark, style in _STYLES.items() if line.startswith(mark)), BODY)
    text = line[next((len(mark) for mark in _STYLES if line.startswith(mark)), 0):]
    is_tag = text.startswith("{{#") or text.startswith("{{/") or text.startswith("{{?") or text.startswith("{{!")
    return Paragraph(text, PLAIN if is_tag and text.count("{{") == 1 else style)


def templates() -> Dict[str, bytes]:
    """Each template by the code of its paper."""
    text = SOURCE.read_text(encoding="utf-8")
    parts = sections(text, "=@ ")
    return {code: new_document(blocks(expanded(lines, parts)), ABOUT, code not in UNNUMBERED)
            for code, lines in sections(text, "=== ").items()}


def main() -> int:
    """Write, or compare."""
    made = templates()
    if "check" in sys.argv[1:]:
        wrong = [code for code, content in made.items()
                 if not (FOLDER / f"{code}.docx").is_file() or (FOLDER / f"{code}.docx").read_bytes() != content]
        print("\n".join(f"{code}.docx is not what the text makes" for code in wrong))
        return bool(wrong)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for code, content in made.items():
        (FOLDER / f"{code}.docx").write_bytes(content)
    print(f"{len(made)} templates written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
