"""What the libraries say of a damaged file, put into words once for all readers."""
from __future__ import annotations

import csv
import sqlite3
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import Iterator
from xml.parsers import expat

from shapely.errors import GEOSException

from ..errors import InputError, LandInspectorError

#: What reading bytes from outside may end in, whatever the library: none of it is for a user to see.
DAMAGE = (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, AssertionError,
          MemoryError, struct.error, zlib.error, zipfile.BadZipFile, csv.Error, sqlite3.Error, expat.ExpatError, GEOSException)


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Raises InputError, which names the file and the reason, for whatever goes wrong while the block reads from it."""
    try:
        yield
    except LandInspectorError:
        raise
    except PermissionError as wrong:
        raise InputError("{file} cannot be opened: {reason}.", "Close the program that has it open, or ask for the right to read it.",
                         file=file, reason=wrong.strerror or str(wrong)) from wrong
    except FileNotFoundError as wrong:
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=file) from wrong
    except MemoryError as wrong:
        raise InputError("{file} is too big to be read here.", "Take the rows that are meant into a file of their own.",
                         file=file) from wrong
    except DAMAGE as wrong:
        reason = (getattr(wrong, "strerror", None) or str(wrong) or type(wrong).__name__)[:120]
        raise InputError("{file} is damaged or not what its name says ({reason}).",
                         "Open it in the program that wrote it, save it again, and try once more; if it does not open, get it again.",
                         file=file, reason=reason) from wrong
