"""Baskets of ticks (:mod:`land_inspector.law.what_if`) beside a register, by name: saved, opened, handed to a colleague.

A small JSON file of the register's id and parcel ids: no names, no areas. It can be made again and proves nothing; the register knows
nothing of it.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List

from ..errors import InputError
from ..law.what_if import Basket, is_wish
from .atomic_files import write_whole
from ..evidence.damage import reading

FORMAT = "land_inspector.baskets"
_MOST_BYTES = 64 << 20


def read_baskets(path: Path, register_id: str) -> List[Basket]:
    """The baskets of a file, none where it does not exist. InputError for a file that is damaged, or of another register."""
    if not path.exists():
        return []
    with reading(path.name):
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too big")
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ValueError(FORMAT)
        baskets = [Basket(str(one["name"]), _ticks(one["ticks"])) for one in said["baskets"]]
        belongs_to = str(said["register"])
    if belongs_to != register_id:
        raise InputError("{file} holds the what-ifs of another register.", "Open the register that it was made beside.", file=path.name)
    return baskets


def _ticks(said: Dict[str, str]) -> Dict[str, str]:
    wrong = next((wish for wish in said.values() if not is_wish(wish)), None)
    if wrong is not None:
        raise ValueError(wrong)
    return {str(parcel): wish for parcel, wish in said.items()}


def write_baskets(path: Path, register_id: str, baskets: List[Basket]) -> None:
    """Replace the file in one step. InputError for two baskets of one name, or one without."""
    names = [basket.name.strip() for basket in baskets]
    if not all(names) or len(set(names)) != len(names):
        raise InputError("Every what-if needs a name of its own.", "Give it another name.")
    made = {"format": FORMAT, "register": register_id,
            "baskets": [{"name": name, "ticks": dict(sorted(basket.ticks.items()))} for name, basket in zip(names, baskets)]}
    write_whole(path, json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8"))
