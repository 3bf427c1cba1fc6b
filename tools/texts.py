"""Finds in the source every text that a user can see.

A text is born where a literal is handed to tr(), message(), one of the plugin's errors, or any function of ours with
a parameter called ``template`` or ``remedy``. ``Message(label.en)`` and ``Error(reason.template)`` hand on what was
born elsewhere; ``tools.labels`` finds the labels.
"""
from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, Union

ROOT_ERROR = "LandInspectorError"
TEXT_PARAMETERS = ("template", "remedy")
BASIC_TAKERS = {"tr": (0,), "message": (0,), "Message": (0,)}
# these modules define the basic takers; what they are called with there is a variable
DEFINING_MODULES = frozenset({"errors.py", "i18n.py"})

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
# name of a function, method or class → positions of its arguments that are texts
Takers = Mapping[str, Tuple[int, ...]]


@dataclass(frozen=True)
class Text:
    """A text and where it stands; ``template`` is None where the source does not give it as a literal."""

    template: Optional[str]
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Module:
    """A parsed source file, the classes and calls in it (one walk finds both), and the strings that its top level names."""

    file: str
    tree: ast.Module
    classes: Sequence[ast.ClassDef]
    calls: Sequence[ast.Call]
    constants: Mapping[str, str]


@dataclass(frozen=True)
class Vocabulary:
    """Who takes texts. Methods are called as ``x.name(…)`` and may share a function's name."""

    functions: Takers
    methods: Takers

    def positions(self, called: ast.expr) -> Optional[Tuple[int, ...]]:
        if isinstance(called, ast.Attribute):
            return self.methods.get(called.attr, self.functions.get(called.attr))
        return self.functions.get(called.id) if isinstance(called, ast.Name) else None


def texts_in(package: Path) -> List[Text]:
    """Every visible text under ``package``, in the order of files and lines."""
    modules = [_read(path, package) for path in sorted(package.rglob("*.py"))]
    vocabulary = _vocabulary(modules)
    return [text for module in modules
            for text in sorted(_texts_of(module, vocabulary), key=lambda text: text.line)]


def _read(path: Path, package: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                constants[node.targets[0].id] = value.value
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.Call))]
    return Module(path.relative_to(package).as_posix(), tree, [node for node in nodes if isinstance(node, ast.ClassDef)],
                  [node for node in nodes if isinstance(node, ast.Call)], constants)


def _vocabulary(modules: Sequence[Module]) -> Vocabulary:
    classes = {node.name: node for module in modules for node in module.classes}
    methods = {f.name: _text_positions(f) for kind in classes.values() for f in _functions(kind.body)}
    functions: Dict[str, Tuple[int, ...]] = {
        f.name: _text_positions(f) for module in modules for f in _functions(module.tree.body)}
    functions.update((name, _init_positions(name, classes)) for name in _error_family(classes))
    functions.update(BASIC_TAKERS)
    return Vocabulary({name: at for name, at in functions.items() if at},
                      {name: at for name, at in methods.items() if at and name != "__init__"})


def _functions(body: Sequence[ast.stmt]) -> Iterator[Function]:
    return (node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _text_positions(function: Function) -> Tuple[int, ...]:
    names = [argument.arg for argument in function.args.args]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    return tuple(at for at, name in enumerate(names) if name in TEXT_PARAMETERS)


def _error_family(classes: Mapping[str, ast.ClassDef]) -> Set[str]:
    """The root error and all that descend from it."""
    family = {ROOT_ERROR}
    while True:
        children = {name for name, node in classes.items() if family & set(map(_last_name, node.bases))} - family
        if not children:
            return family
        family |= children


def _init_positions(name: str, classes: Mapping[str, ast.ClassDef]) -> Tuple[int, ...]:
    """An error without its own ``__init__`` is made as its base is: the template, then the remedy."""
    while name in classes:
        for function in _functions(classes[name].body):
            if function.name == "__init__":
                return _text_positions(function)
        bases = [_last_name(base) for base in classes[name].bases]
        name = next((base for base in bases if base in classes), "")
    return (0, 1)


def _texts_of(module: Module, vocabulary: Vocabulary) -> Iterator[Text]:
    for node in module.calls:
        positions = vocabulary.positions(node.func)
        if positions is None and _last_name(node.func) == "__init__":  # an error's own words: super().__init__("…")
            positions = (0, 1)
        if positions is not None:
            for argument in _arguments(node, positions):
                yield from _texts_from(argument, node, module)


def _arguments(call: ast.Call, positions: Sequence[int]) -> List[ast.expr]:
    given = [call.args[at] for at in positions if at < len(call.args)]
    return given + [keyword.value for keyword in call.keywords if keyword.arg in TEXT_PARAMETERS]


def _texts_from(argument: ast.expr, call: ast.Call, module: Module) -> Iterator[Text]:
    for template in _literals(argument, module.constants):
        if template is None and (_hands_on(argument, call) or module.file in DEFINING_MODULES):
            continue
        if template != "":
            yield Text(template, module.file, argument.lineno)


def _hands_on(argument: ast.expr, call: ast.Call) -> bool:
    is_parameter = isinstance(argument, ast.Name) and argument.id in TEXT_PARAMETERS
    is_message_part = isinstance(argument, ast.Attribute) and argument.attr in TEXT_PARAMETERS
    is_message = isinstance(argument, ast.Call) and _last_name(argument.func) in ("message", "Message")
    return is_parameter or is_message_part or is_message or _last_name(call.func) in ("Message", "__init__")


def _literals(node: ast.expr, constants: Mapping[str, str]) -> List[Optional[str]]:
    """The strings that an expression can stand for; [None] where that cannot be seen in the source."""
    if isinstance(node, ast.IfExp):
        return _literals(node.body, constants) + _literals(node.orelse, constants)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Name) and node.id in constants:
        return [constants[node.id]]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        lefts, rights = _literals(node.left, constants), _literals(node.right, constants)
        return [None if left is None or right is None else left + right for left in lefts for right in rights]
    return [None]


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
