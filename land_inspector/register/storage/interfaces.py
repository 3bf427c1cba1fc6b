"""The parts of a storage, each small enough to be written twice."""
from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import List, Optional, Sequence


class AttachmentStore(ABC):
    """Photos and papers, told by their content: a name begins with digits of the file's SHA-256 and stands for one content for ever.

    A file is there whole or not at all, and on disk before an event names it."""

    @abstractmethod
    def find(self, name: str) -> Path:
        """Where a kept file can be read; a place where it would lie for one that is not there. Never leads out of the store."""

    @abstractmethod
    def is_whole(self, name: str, digest: Optional[str] = None) -> bool:
        """Whether a kept file is there and has the content that ``digest`` (SHA-256, hex), or else its name, tells. Reads all of it."""

    @abstractmethod
    def keep(self, source: Path, digest: str, name: Optional[str] = None) -> str:
        """Copy a file of this digest in, on disk when this returns; its name in the store, ``name`` where it has one already.

        OSError where it cannot be read or written, or changed while it was copied; then nothing is left."""

    @abstractmethod
    def discard(self, names: Sequence[str]) -> None:
        """Take away files that no event names, after an act that was refused."""

    @abstractmethod
    def names(self) -> List[str]:
        """Names of everything kept, sorted."""
