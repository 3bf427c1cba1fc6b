"""GDAL without its noise: the same answers whether or not somebody switched its Python exceptions on."""
from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Dict, Iterator, Optional

from osgeo import gdal, ogr, osr

from ..crs_texts import plain_crs_text

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
