"""Finds the names that stand in the source in both languages: code lists, acts, states, the rule packs' own words."""
from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence

LANGUAGES = ("en", "zh")
_CHINESE = re.compile("[\u4e00-\u9fff]")
#: In a source without any of these there is neither a label nor a class for one; most need not be parsed.
_MAY_SAY = re.compile(rf"[\u4e00-\u9fff]|\\u|\b{LANGUAGES[1]}\b")


@dataclass(frozen=True)
class Pair:
    """An English text, its Chinese, and where they stand."""

    source: str
    translation: str
    place: str


def labels_in(package: Path) -> List[Pair]:
    """Every label under ``package``: from objects with the fields ``en`` and ``zh``, (English, Chinese) tuples, JSON."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    trees = {path: ast.parse(source) for path, source in sources.items() if _MAY_SAY.search(source)}
    own = {path: _bilingual_classes(tree) for path, tree in trees.items()}
    bilingual = {name: fields for classes in own.values() for name, fields in classes.items()}
    found = [pair for path, tree in trees.items()  # two modules may each have their own Field
             for pair in _labels_of(tree, path.relative_to(package), {**bilingual, **own[path]})]
    for path in sorted(package.rglob("*.json")):
        found += _labels_of_json(json.loads(path.read_text(encoding="utf-8")), path.relative_to(package).as_posix())
    return found


def _bilingual_classes(tree: ast.AST) -> Dict[str, List[str]]:
    """Class or function → its fields or parameters in order, for those that have both languages among them."""
    classes = {}
    for node in ast.walk(tree):
        fields: List[str] = []
        if isinstance(node, ast.ClassDef):
            fields = [f.target.id for f in node.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)]
        elif isinstance(node, ast.FunctionDef):
            fields = [a.arg for a in node.args.args]
        if set(LANGUAGES) <= set(fields):
            classes[node.name] = fields
    return classes


def _labels_of(tree: ast.AST, file: Path, bilingual: Dict[str, List[str]]) -> Iterator[Pair]:
    for node in ast.walk(tree):
        words: Sequence[Optional[str]] = ()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in bilingual:
            given = dict(zip(bilingual[node.func.id], node.args))
            given.update((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)
            words = [_literal(given.get(language)) for language in LANGUAGES]
        elif isinstance(node, ast.Tuple) and len(node.elts) == len(LANGUAGES):
            words = [_literal(item) for item in node.elts]
        if all(words) and words and not _CHINESE.match(words[0]) and _CHINESE.search(words[1]):
            yield Pair(words[0], words[1], f"{file.as_posix()}:{node.lineno}")


def _literal(node: Optional[ast.expr]) -> Optional[str]:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _labels_of_json(value: Any, file: str) -> Iterator[Pair]:
    if isinstance(value, dict) and set(value) == set(LANGUAGES):
        yield Pair(value["en"], value["zh"], file)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _labels_of_json(item, file)
