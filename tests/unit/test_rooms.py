"""The house rules of docs/architecture.md, kept over the source itself."""
from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Dict, FrozenSet, Iterator, List, Optional, Set, Tuple, Union

import pytest

from land_inspector import errors

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "land_inspector"

# what stands at the top of the package, beside the rooms
GROUND = frozenset({"errors", "progress", "values", "crs_texts"})
TEXT = frozenset({"i18n"})
QGIS_GROUND = frozenset({"compat", "settings", "log"})
# room → the rooms and modules of ours that it may import besides itself
MAY_IMPORT: Dict[str, FrozenSet[str]] = {
    "errors": frozenset(),
    "progress": GROUND,
    "values": GROUND,
    "crs_texts": GROUND,
    "i18n": GROUND,
    "dependencies": GROUND,
    "compat": GROUND,
    "settings": GROUND,
    "log": GROUND | TEXT,
    "law": GROUND,
    "evidence": GROUND | {"compat"},
    "changes": GROUND | {"evidence"},
    "register": GROUND | {"law", "evidence", "changes", "compat"},
    "exchange": GROUND | TEXT | QGIS_GROUND | {"law", "evidence", "changes", "register"},
    "processing": GROUND | TEXT | QGIS_GROUND | {"law", "evidence", "changes", "register", "exchange"},
    "ui": GROUND | TEXT | QGIS_GROUND | {"law", "evidence", "changes", "register", "exchange", "dependencies"},
    "app": GROUND | TEXT | QGIS_GROUND | {"law", "evidence", "register", "exchange", "ui"},
    "plugin": TEXT | {"log", "dependencies", "app", "processing", "ui"},
    "__init__": frozenset({"plugin"}),
}
# room → libraries that it may not touch
QT = frozenset({"qgis", "PyQt5", "PyQt6", "sip"})
WIDGETS = frozenset({"qgis.gui", "qgis.utils", "qgis.PyQt.QtWidgets"})
FORBIDDEN: Dict[str, FrozenSet[str]] = {
    "errors": QT | {"pandas", "osgeo", "shapely"},
    "progress": QT | {"pandas", "osgeo", "shapely"},
    "values": QT | {"osgeo", "shapely"},
    "law": QT | {"sqlite3", "osgeo", "shapely", "openpyxl"},
    "evidence": WIDGETS,
    "changes": QT | {"pandas", "sqlite3", "scipy"},
    "register": WIDGETS,
    "exchange": WIDGETS,
    "processing": WIDGETS,
    "ui": frozenset({"qgis.utils"}),
    "app": frozenset({"qgis.utils"}),
}
NOWHERE = frozenset({"PyQt5", "PyQt6", "sip", "pickle", "shelve", "marshal", "multiprocessing", "pyarrow", "geopandas"})

#: What the oldest QGIS that is supported ships: every source is parsed as it would be there.
OLDEST_PYTHON = (3, 9)

MODULE_LINES = 600
FUNCTION_LINES = 60
MOST_FUNCTIONS_LINES = 36
LONG_BY_NATURE = frozenset({"initAlgorithm"})

#: Names of one word that Qt or QGIS call; with those in camelCase they are documented there.
QT_CALLS = frozenset({"accept", "clone", "data", "done", "event", "finished", "flags", "group", "icon", "id", "name", "paint", "run"})


@dataclass(frozen=True)
class Source:
    """A module of ours. What is parsed is kept as long as the source is."""

    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), filename=str(self.path), feature_version=OLDEST_PYTHON)

    @cached_property
    def imports(self) -> List[Tuple[str, int]]:
        """Full dotted names of all that the module imports, ``if TYPE_CHECKING`` aside, with the line."""
        return list(_imports(self))

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        return self.path.relative_to(PLUGIN).parts[0].replace(".py", "")


@pytest.fixture(scope="module")
def sources() -> List[Source]:
    """Every module of the plugin; their trees go when these tests are over, because all of them together are millions of objects."""
    return [Source(path) for path in sorted(PLUGIN.rglob("*.py"))]


def _imports(source: Source) -> Iterator[Tuple[str, int]]:
    skipped = _type_checking_nodes(source.tree)
    for node in ast.walk(source.tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def _type_checking_nodes(tree: ast.Module) -> Set[ast.AST]:
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and _is_type_checking(node.test)]
    return {inner for block in blocks for inner in ast.walk(block)}


def _is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.path.relative_to(ROOT).with_suffix("").parts[:-node.level]
    return ".".join(package + ((node.module,) if node.module else ()))


def our_rooms(source: Source) -> Iterator[Tuple[str, int]]:
    for name, line in source.imports:
        parts = name.split(".")
        if parts[0] == PLUGIN.name and len(parts) > 1:
            yield parts[1], line


def test_every_room_is_known_to_these_rules(sources):
    assert {source.room for source in sources} <= set(MAY_IMPORT)


def test_a_room_imports_only_rooms_below_it(sources):
    wrong = [f"{source.name}:{line}: {source.room} may not import {room}"
             for source in sources for room, line in our_rooms(source)
             if room != source.room and room not in MAY_IMPORT[source.room]]
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_room_keeps_its_hands_off_libraries_of_other_rooms(sources):
    wrong = [f"{source.name}:{line}: {name}"
             for source in sources for name, line in source.imports
             if _touches(name, FORBIDDEN.get(source.room, frozenset()) | NOWHERE)]
    assert not wrong, "\n" + "\n".join(wrong)


def _touches(name: str, forbidden: FrozenSet[str]) -> bool:
    return any(name == other or name.startswith(other + ".") for other in forbidden)


#: What stands for a storage above ``register/``: pages and algorithms read through ``register.views`` and name a register by its address.
_STORED = ("storage", "sqlite3")


def test_pages_and_algorithms_name_no_storage_no_sql_and_no_path_of_a_register(sources):
    wrong = []
    for source in sources:
        if source.room not in ("ui", "processing"):
            continue
        wrong += [f"{source.name}:{line}: {name}" for name, line in source.imports if set(name.split(".")) & set(_STORED)]
        wrong += [f"{source.name}:{node.lineno}: .{node.attr}" for node in ast.walk(source.tree)
                  if isinstance(node, ast.Attribute) and (node.attr == "storage" or node.attr == "path" and _is_of_a_register(node.value))]
        wrong += [f"{source.name}:{node.lineno}: {node.value[:40]!r}" for node in ast.walk(source.tree)
                  if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_stored(node.value)]
    assert not wrong, "\n" + "\n".join(wrong)


def _is_of_a_register(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] in ("session", "address", "register")


def _is_stored(text: str) -> bool:
    """A statement of SQL, or a table that only a register has."""
    return text.startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ")) or text in ("li_meta", "event_subject", "case_")


def test_no_module_is_longer_than_a_reader_keeps_in_mind(sources):
    long = [f"{source.name}: {lines} lines" for source in sources
            if (lines := len(source.path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES]
    assert not long, "\n" + "\n".join(long)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _length(function: ast.FunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_function_is_longer_than_a_screen_and_nine_in_ten_are_short(sources):
    lengths = {f"{source.name}:{function.lineno}: {function.name}": _length(function)
               for source in sources for function in _functions(source.tree) if function.name not in LONG_BY_NATURE}
    long = [f"{name} has {lines} lines" for name, lines in lengths.items() if lines > FUNCTION_LINES]
    assert not long, "\n" + "\n".join(long)
    short = sum(lines < MOST_FUNCTIONS_LINES for lines in lengths.values())
    assert short / len(lengths) >= 0.9


def test_every_function_says_its_types(sources):
    wrong = []
    for source in sources:
        for function in _functions(source.tree):
            arguments = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
            bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
            if bare or (function.returns is None and function.name != "__init__"):
                wrong.append(f"{source.name}:{function.lineno}: {function.name}({', '.join(bare)})")
    assert not wrong, "\n" + "\n".join(wrong)


Defined = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
Classes = Dict[str, List[ast.ClassDef]]
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.fixture(scope="module")
def classes(sources) -> Classes:
    """Classes of ours by name; several where rooms use one name twice."""
    found: Classes = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(node)
    return found


def _inherits_docstring(classes: Classes, owner: ast.ClassDef, method: str) -> bool:
    """Whether a base class of ours, or one of its bases, documents the method, or it is Qt's or QGIS's own."""
    names = [ast.unparse(base).split("[")[0].rpartition(".")[2] for base in owner.bases]
    bases = [base for name in names if name != owner.name for base in classes.get(name, ())]
    is_qt = any(name.startswith("Q") and name not in classes for name in names)
    return (is_qt and (method in QT_CALLS or not method.islower() and "_" not in method)
            or any(_documents(base, method) or _inherits_docstring(classes, base, method) for base in bases))


def _documents(owner: ast.ClassDef, method: str) -> bool:
    return any(isinstance(node, _FUNCTION) and node.name == method and ast.get_docstring(node) for node in owner.body)


def _public(body: List[ast.stmt], owner: Optional[ast.ClassDef] = None) -> Iterator[Tuple[Defined, Optional[ast.ClassDef]]]:
    """Classes, functions, methods and properties whose name is public, with the class they stand in; no second face of a property."""
    for node in body:
        if not isinstance(node, (*_FUNCTION, ast.ClassDef)) or node.name.startswith("_"):
            continue
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body, node)
        elif any(ast.unparse(one).endswith((".setter", ".deleter", "overload")) for one in node.decorator_list):
            continue
        yield node, owner


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_all_that_is_public_says_what_a_caller_needs(room, sources, classes):
    sources = [source for source in sources if source.room == room]
    wrong = [f"{source.name}: the module" for source in sources if not ast.get_docstring(source.tree)]
    wrong += [f"{source.name}:{node.lineno}: {owner.name + '.' if owner else ''}{node.name}"
              for source in sources for node, owner in _public(source.tree.body)
              if not ast.get_docstring(node) and not (owner and _inherits_docstring(classes, owner, node.name))]
    assert sources and not wrong, "\n" + "\n".join(wrong)


#: Where errors are shown and not handed on.
_SHOWN = ("ui", "processing")


def test_what_a_public_function_raises_its_docstring_says(sources):
    """Of the errors that users are told (InputError and its like): by name, with "raises" or "refuses", or by the interface it writes."""
    wrong = [f"{source.name}:{node.lineno}: {node.name} raises {', '.join(sorted(raised))}"
             for source in sources if source.room not in _SHOWN for node, owner in _public(source.tree.body)
             if isinstance(node, _FUNCTION) for raised in [_raised(node)]
             if raised and not any(word in f"{ast.get_docstring(node) or ''} {ast.get_docstring(owner) or '' if owner else ''}"
                                   for word in (*raised, "aise", "efuse", "Error")) and ast.get_docstring(node)]
    assert not wrong, "\n" + "\n".join(wrong)


def _raised(function: ast.AST) -> Set[str]:
    """Errors of ours that a function raises in its own body."""
    called = {ast.unparse(node.exc).partition("(")[0] for node in ast.walk(function) if isinstance(node, ast.Raise) and node.exc}
    return {name for name in called if name.endswith("Error") and hasattr(errors, name)}


def test_nothing_is_caught_blindly_run_from_text_or_gone_in_qt6(sources):
    wrong = []
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                wrong.append(f"{source.name}:{node.lineno}: bare except")
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in ("eval", "exec", "compile") or called.endswith(".exec_"):
                    wrong.append(f"{source.name}:{node.lineno}: {called}()")
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_source_parses_on_the_oldest_python_that_qgis_ships(sources):
    assert len(sources) > 100 and all(source.tree.body or source.path.name == "__init__.py" for source in sources)
    with pytest.raises(SyntaxError):
        ast.parse("match a:\n    case 1:\n        pass\n", feature_version=OLDEST_PYTHON)


def test_annotations_are_never_evaluated_so_that_new_syntax_in_them_is_safe(sources):
    missing = [source.name for source in sources
               if any(_functions(source.tree)) and "from __future__ import annotations" not in source.path.read_text("utf-8")]
    assert not missing


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "unit").rglob("*.py")), ids=lambda path: path.stem)
def test_a_unit_test_needs_no_qgis(path):
    source = Source(path)
    assert not [f"{source.name}:{line}: {name}" for name, line in source.imports if _touches(name, QT)]


def test_the_unit_tests_can_be_collected_where_there_is_no_qgis():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tools.without_qgis",
               "-p", "no:pytest_qgis", "-p", "no:pytest-qt", "tests/unit"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1000)
    assert result.returncode == 0, result.stdout[-3000:]


def test_every_file_that_the_architecture_page_names_is_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.[a-z]+)?|(?:[a-z_]+/)+)`", page))
    places = (ROOT, PLUGIN, PLUGIN / "ui", PLUGIN / "register")
    assert len(named) > 60 and sorted(name for name in named if not any((place / name).exists() for place in places)) == []


def test_every_module_that_the_architecture_page_names_is_there_and_no_line_names_one_twice():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    dotted = set(re.findall(r"`((?:changes|evidence|exchange|law|processing|register|ui)(?:\.[a-z_]+)+)`", page)) - {"register.record"}
    places = [PLUGIN.joinpath(*name.split(".")) for name in dotted]
    assert len(dotted) > 20 and [str(place) for place in places if not place.is_dir() and not place.with_suffix(".py").exists()] == []
    bare = set(re.findall(r"`([a-z_]+\.py)`", page))
    known = {path.name for folder in (PLUGIN, ROOT / "tests") for path in folder.rglob("*.py")}
    assert bare and bare <= known
    rows = [re.findall(r"`([^`]+)`", line) for line in page.splitlines() if line.startswith("|")]
    assert [row for row in rows if len(set(row)) < len(row)] == []
