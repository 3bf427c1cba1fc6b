"""The libraries that read files, kept quiet and in words: GDAL's exceptions and noise, and what each says of damage."""
from __future__ import annotations

import csv
import sqlite3
import struct
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Dict, Iterator, Optional
from xml.parsers import expat

from osgeo import gdal, ogr, osr
from shapely.errors import GEOSException

from ..crs_texts import plain_crs_text
from ..errors import InputError, LandInspectorError


# GDAL without its noise: the same answers whether or not somebody switched its Python exceptions on.

#: What no reading ever does: fetch over the network, whatever a file names.
NO_NETWORK = {"GDAL_HTTP_PROXY": "127.0.0.1:1", "GDAL_HTTPS_PROXY": "127.0.0.1:1",
              "CPL_VSIL_CURL_ALLOWED_FILENAME": "none", "GML_SKIP_RESOLVE_ELEMS": "ALL", "GML_DOWNLOAD_SCHEMA": "NO",
              "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}


@contextmanager
def quiet(options: Optional[Dict[str, str]] = None) -> Iterator[None]:
    """No messages on stderr, no exceptions of GDAL's own, and ``options`` set, for this thread until the block ends."""
    options = options or {}
    before = {key: gdal.GetThreadLocalConfigOption(key, None) for key in options}
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        for key, value in options.items():
            gdal.SetThreadLocalConfigOption(key, value)
        with _answers_instead_of_exceptions():
            yield
    finally:
        for key, value in before.items():
            gdal.SetThreadLocalConfigOption(key, value)
        gdal.PopErrorHandler()


@contextmanager
def small_cache(most: int = 64 << 20) -> Iterator[None]:
    """GDAL keeps at most so many bytes of images in memory until the block ends: left alone it fills a twentieth of the computer's."""
    before = gdal.GetCacheMax()
    gdal.SetCacheMax(min(before, most))
    try:
        yield
    finally:
        gdal.SetCacheMax(before)


@contextmanager
def _answers_instead_of_exceptions() -> Iterator[None]:
    """With exceptions on, a row whose geometry is broken would never be handed out.

    GDAL before 3.7 has no switch for one thread, and its exceptions are off unless a script of the user's wants them.
    """
    with ExitStack() as stack:
        for module in (gdal, ogr, osr):
            if hasattr(module, "ExceptionMgr"):
                stack.enter_context(module.ExceptionMgr(useExceptions=False))
        yield


def attempt(call: Callable[..., Any], *args: Any) -> Any:
    """What ``call`` returns, or None where GDAL refuses by raising (its exceptions mode is the host's choice)."""
    try:
        return call(*args)
    except RuntimeError:
        return None


def spatial_reference(definition: str) -> Optional[osr.SpatialReference]:
    """A CRS from "EPSG:4528", WKT or PROJ text with x = east, y = north; None if it cannot be understood.

    Only such texts reach GDAL: it would fetch a URL and open a path.
    """
    text = plain_crs_text(definition)
    srs = osr.SpatialReference()
    with quiet():
        if text is None or attempt(srs.SetFromUserInput, text) != 0:
            return None
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


# What the libraries say of a damaged file, put into words once for all readers.

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
