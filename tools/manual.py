"""The manual: one source in both languages (``docs/manual/*.md``), made into pages that the plugin opens without a network.

In a source page each block (heading, paragraph, list, table) stands in English and then in Chinese; pictures stand for both, ``en-x.png``
for ``zh-x.png`` too where there is one. The page of the algorithms is made of the algorithms themselves, that of each ledger of its pack.

``python -m tools.manual build`` · ``python -m tools.manual check``
"""
from __future__ import annotations

import argparse
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from markdown_it import MarkdownIt

from tools.manual_ledgers import ledger_pages

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "manual"
BUILT = ROOT / "land_inspector" / "resources" / "manual"
LANGUAGES = ("en", "zh")
ALGORITHMS = "algorithms"
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")
_CJK = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{3,}")
_STYLE = """
body{font:15px/1.6 "Noto Sans","Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif;margin:0;color:#1c2733;background:#fff}
nav{position:fixed;top:0;bottom:0;width:15em;overflow:auto;padding:1em;background:#f1f4f7;box-sizing:border-box}
nav a{display:block;padding:.25em .4em;color:#12457a;text-decoration:none}nav a.here{font-weight:bold;border-left:4px solid #12457a}
main{margin-left:15em;padding:1em 2em;max-width:60em}img{max-width:100%;border:1px solid #ccd3da;margin:.3em 0}
table{border-collapse:collapse;margin:.8em 0}th,td{border:1px solid #ccd3da;padding:.3em .6em;text-align:left;vertical-align:top}
code{background:#eef1f4;padding:0 .25em}h1{margin-top:.2em}:target{background:#fff3c4}
@media(max-width:50em){nav{position:static;width:auto}main{margin:0;padding:1em}}
@media print{nav{display:none}main{margin:0}}
@media(prefers-color-scheme:dark){body{background:#16191d;color:#e4e8ec}nav{background:#1f242a}nav a{color:#9cc8f5}
nav a.here{border-color:#9cc8f5}code{background:#2a3037}th,td,img{border-color:#444c55}a{color:#9cc8f5}:target{background:#4a4220}}
"""


class ManualError(SystemExit):
    """A page whose two languages do not stand beside each other."""


def pages() -> List[Path]:
    """The source pages in their order."""
    numbered = (path for path in SOURCE.glob("*.md") if path.name[0].isdigit())
    return sorted(numbered, key=lambda path: (int(path.name.split("-")[0]), path.name))


def name_of(page: Path) -> str:
    """``2-review.md`` → ``review``: what the plugin's Help buttons call it."""
    return page.stem.split("-", 1)[1]


def in_language(page: Path, language: str) -> str:
    """The page's Markdown in one language; ManualError, naming the block, where one stands without the other."""
    taken: List[str] = []
    waiting = ""
    for block in _blocks(page.read_text(encoding="utf-8")):
        if _PICTURE.match(block) and not _PICTURE.sub("", block).strip():
            taken.append(_pictures(block, language))
        elif not waiting:
            if _is_chinese(block):
                raise ManualError(f"{page.name}: the English is missing before: {block[:60]}")
            waiting = block
        else:
            if not _is_chinese(block):
                raise ManualError(f"{page.name}: the Chinese is missing after: {waiting[:60]}")
            if _kind(waiting) != _kind(block):
                raise ManualError(f"{page.name}: heading, list or table in one language only: {waiting[:60]}")
            taken.append(waiting if language == "en" else block)
            waiting = ""
    if waiting:
        raise ManualError(f"{page.name}: the Chinese is missing after: {waiting[:60]}")
    return "\n\n".join(taken) + "\n"


def _blocks(text: str) -> Iterator[str]:
    return (block.strip("\n") for block in re.split(r"\n\s*\n", text) if block.strip())


def _is_chinese(block: str) -> bool:
    return 2 * len(_CJK.findall(block)) > len(_WORD.findall(block))


def _kind(block: str) -> Tuple[str, int]:
    """What a block is, and how many headings, items or rows it has."""
    lines = block.split("\n")
    for mark in ("#", "|", "* ", "1. "):
        if lines[0].startswith(mark):
            depth = len(lines[0]) - len(lines[0].lstrip("#"))
            return mark, depth if mark == "#" else sum(bool(re.match(r"\||\* |\d+\. ", line)) for line in lines)
    return "", 0


def _pictures(block: str, language: str) -> str:
    def own(found: "re.Match[str]") -> str:
        name = re.sub(r"^en-", f"{language}-", found.group(1))
        return found.group().replace(found.group(1), name if (SOURCE / name).exists() else found.group(1))
    return _PICTURE.sub(own, block)


def build(target: Path = BUILT) -> int:
    """Write every page in both languages; how many."""
    shutil.rmtree(target, ignore_errors=True)
    count = 0
    for language in LANGUAGES:
        folder = target / language
        folder.mkdir(parents=True)
        texts = {name_of(page): in_language(page, language) for page in pages()}
        texts.update(ledger_pages(language))
        texts[ALGORITHMS] = _algorithms(language)
        titles = {name: text.split("\n", 1)[0].lstrip("# ") for name, text in texts.items()}
        for name, text in texts.items():
            (folder / f"{name}.html").write_text(_page(name, text, titles, language), encoding="utf-8")
            for picture in _PICTURE.findall(text):
                shutil.copyfile(SOURCE / picture, folder / picture)
            count += 1
    return count


def _page(name: str, text: str, titles: Dict[str, str], language: str) -> str:
    links = "".join(f'<a href="{other}.html"{" class=here" if other == name else ""}>{escape(title)}</a>'
                    for other, title in titles.items())
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return (f'<!DOCTYPE html>\n<html lang="{"zh-Hans" if language == "zh" else "en"}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(titles[name])}</title><style>{_STYLE}</style></head>"
            f"<body><nav>{links}</nav><main>\n{body}</main></body></html>\n")


def _algorithms(language: str) -> str:
    """Every algorithm with its parameters and results, from what it says of itself."""
    import tools.headless  # noqa: F401 - before Qt
    from qgis.core import QgsApplication
    from qgis.PyQt.QtCore import QCoreApplication

    from land_inspector.i18n import install_translator
    from land_inspector.processing.provider import LandInspectorProvider

    if QgsApplication.instance() is None:
        _keep.append(QgsApplication([], False))
        QgsApplication.initQgis()
    translator = install_translator(language)
    try:
        provider = LandInspectorProvider()
        provider.loadAlgorithms()
        found = sorted(provider.algorithms(), key=lambda one: one.name())
        return "\n\n".join([_ALGORITHMS_HEAD[language], *(_algorithm(one, language) for one in found)]) + "\n"
    finally:
        if translator is not None:
            QCoreApplication.removeTranslator(translator)


#: QGIS must outlive what is made with it.
_keep: List[object] = []
_ALGORITHMS_HEAD = {
    "en": "# Every algorithm\n\nIn *Processing ▸ Toolbox ▸ Land Inspector*, for scripts and batches as `land_inspector:…`.",
    "zh": "# 算法一览\n\n位于“数据处理 ▸ 工具箱 ▸ 土地卫片执法”，脚本和批处理中写作 `land_inspector:…`。"}
_COLUMNS = {"en": ("parameter", "what it is", "result"), "zh": ("参数", "含义", "结果")}


def _algorithm(algorithm: Any, language: str) -> str:
    parameter, meaning, result = _COLUMNS[language]
    takes = [(one.name(), one.description()) for one in algorithm.parameterDefinitions()]
    known = {name for name, _text in takes}
    gives = [(one.name(), one.description()) for one in algorithm.outputDefinitions() if one.name() not in known]
    name = algorithm.name()
    title = f'## <a id="{name}"></a>{_text(algorithm.displayName())}'
    lines = [title, f"`land_inspector:{name}`", _text(algorithm.shortHelpString())]
    lines += ["\n".join([f"| {title} | {meaning} |", "|---|---|", *_rows(rows)])
              for title, rows in ((parameter, takes), (result, gives)) if rows]
    return "\n\n".join(lines)


def _rows(named: Sequence[Tuple[str, str]]) -> List[str]:
    return [f"| `{name}` | {_text(text)} |" for name, text in named]


def _text(text: str) -> str:
    return escape(text, quote=False).replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def check() -> int:
    """How many pages there are; ManualError where a page is not whole."""
    for page in pages():
        for language in LANGUAGES:
            for picture in _PICTURE.findall(in_language(page, language)):
                if not (SOURCE / picture).exists():
                    raise ManualError(f"{page.name}: there is no picture {picture}")
    return len(pages())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("build", "check"))
    what = parser.parse_args().what
    print(f"{build() if what == 'build' else check()} pages")


if __name__ == "__main__":
    main()
