"""Papers and photos of acts, copied beside the register under the hash of their content: they neither change nor get lost unseen."""
from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Iterable, List

from ..errors import InputError
from .addresses import RegisterAddress
from .register import Register

_DIGITS = 16


def folder_beside(address: RegisterAddress) -> Path:
    """``<register>.papers`` beside the register's file."""
    return address.beside(f"{address.name}.papers")


def keep(register: Register, files: Iterable[Path]) -> List[str]:
    """Copy files in; the names under which acts speak of them. The same file twice is kept once.

    InputError names a file that cannot be read.
    """
    folder = folder_beside(register.address)
    names = []
    for file in files:
        try:
            folder.mkdir(exist_ok=True)
            name = f"{hashlib.sha256(file.read_bytes()).hexdigest()[:_DIGITS]}_{file.name}"
            if not (folder / name).exists():
                shutil.copyfile(file, folder / name)
        except OSError as error:
            raise InputError("{file} cannot be kept: {reason}", "Choose a file that can be read.", file=file.name,
                             reason=error.strerror or str(error)) from error
        names.append(name)
    return names


def is_whole(register: Register, name: str) -> bool:
    """Whether a kept file is there and has the content that its name tells."""
    file = folder_beside(register.address) / name
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest()[:_DIGITS] == name[:_DIGITS]
