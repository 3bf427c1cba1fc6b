"""Which encoding Chinese text is in: decided on the raw bytes, because what a file says of itself is often wrong.

Shapefiles of the bureaus come in UTF-8 or GBK, with a right, a wrong or no .cpg, and with names cut at ten bytes in
the middle of a character.
"""
from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Iterable, List, Optional, Tuple

from ..errors import InputError

UTF_8 = "UTF-8"
GB = "GB18030"
REPLACED = "\ufffd"
_GB_NAMES = {"gbk", "gb2312", "gb18030", "hz"}
_UNKNOWN_ANSI = {"iso8859-1", "cp1252", "ascii"}
_OTHER_FAMILY = {UTF_8: GB, GB: UTF_8}


@dataclass(frozen=True)
class Sample:
    """Raw bytes of one value; ``full`` where they fill their field, so that the last character may be cut."""

    raw: bytes
    full: bool = False


def codec_name(declared: Optional[str]) -> Optional[str]:
    """Python's name for what a .cpg says (``UTF-8``, ``936``, ``CP936``, ``ANSI 936``); None if it says nothing known."""
    text = (declared or "").strip().strip("\ufeff\0").lower()
    digits = "".join(ch for ch in text if ch.isdigit())
    for name in (text, text.replace(" ", ""), {"65001": "utf-8", "54936": "gb18030"}.get(digits), f"cp{digits}"):
        try:
            b"a".decode(name or "?")  # refuses codecs that are none of text, such as hex
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
    return None


def family(codec: Optional[str]) -> Optional[str]:
    """``UTF-8``, ``GB18030`` (which reads GB2312 and GBK too) or the codec itself."""
    if codec is None:
        return None
    if codec in ("utf-8", "utf-8-sig"):
        return UTF_8
    return GB if codec in _GB_NAMES else codec


def checked_encoding(encoding: str) -> str:
    """The given encoding by its usual name; raises InputError if there is none of that name."""
    codec = codec_name(encoding)
    if codec is None:
        raise InputError("There is no encoding called {name}.", "Give UTF-8 or GBK, or leave it empty.", name=encoding)
    return family(codec) or codec


def decode(sample: Sample, encoding: str) -> Optional[str]:
    """The text, less a last character that the field's width has cut; None where the bytes are not of this encoding."""
    try:
        return sample.raw.decode(encoding)
    except UnicodeDecodeError:
        pass
    if not sample.full:
        return None
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample.raw, False)
    except UnicodeDecodeError:
        return None


def decide(samples: Iterable[Sample], declared: Optional[str]) -> str:
    """The encoding in which most samples are sound text.

    A declared encoding of neither family (say Big5 or CP1251) is believed if everything can be read in it and it is
    not the "ANSI" that every Western library writes for want of better. Where the bytes cannot tell, the declared
    one wins, then UTF-8. Pairs such as 亩 or 联通 in GBK are sound UTF-8 too, though not of Chinese: beside values that
    are GBK alone they do not count for UTF-8 unless the file says that it is.
    """
    values = [sample for sample in samples if not sample.raw.isascii()]
    stated = family(declared)
    if not values:
        return stated if stated in (UTF_8, GB) else UTF_8
    if stated not in (None, UTF_8, GB) and _believable(values, stated):
        return stated
    texts = [decode(value, UTF_8) for value in values]
    utf = sum(text is not None for text in texts)
    certain = utf if stated == UTF_8 else sum(_has_wide(text) for text in texts)
    only_gb = sum(text is None and decode(value, GB) is not None for value, text in zip(values, texts))
    if utf == len(values):
        ambiguous = stated == GB and not any(_has_wide(text) for text in texts)
        return GB if ambiguous and all(decode(value, GB) is not None for value in values) else UTF_8
    if stated in _UNKNOWN_ANSI and _isolated_high_bytes(values):
        return stated
    return UTF_8 if certain > only_gb else GB


def _believable(values: List[Sample], codec: str) -> bool:
    return codec not in _UNKNOWN_ANSI and all(decode(value, codec) is not None for value in values)


def _has_wide(text: Optional[str]) -> bool:
    return any(ch >= "\u2e80" for ch in text or "")


def _isolated_high_bytes(values: List[Sample]) -> bool:
    """Western text has single accented letters between ASCII ones; GBK has its high bytes in runs."""
    single = pairs = 0
    for value in values:
        runs = "".join("x" if byte > 127 else " " for byte in value.raw).split()
        single += sum(len(run) == 1 for run in runs)
        pairs += sum(len(run) > 1 for run in runs)
    return single > 4 * pairs


class Decoder:
    """Reads values in one encoding and, where a file mixes both, the odd ones in the other."""

    def __init__(self, encoding: str, samples: Iterable[Sample]):
        self.encoding = encoding
        self.foreign: List[bytes] = []
        self.damaged: List[bytes] = []
        self._other = _OTHER_FAMILY.get(encoding)
        self._mixed = encoding == GB and _mixed_with_utf8(samples)

    def text(self, sample: Sample) -> str:
        """The value's text; bytes of the other encoding are noted in ``foreign``, unreadable ones (as U+FFFD) in
        ``damaged``."""
        if sample.raw.isascii():
            return sample.raw.decode("ascii")
        if self._mixed:
            as_utf = decode(sample, UTF_8)
            if _has_wide(as_utf):
                return self._noted(self.foreign, sample, as_utf)
        text = decode(sample, self.encoding)
        if text is not None:
            return text
        other = decode(sample, self._other) if self._other else None
        if other is not None:
            return self._noted(self.foreign, sample, other)
        return self._noted(self.damaged, sample, sample.raw.decode(self.encoding, "replace"))

    @staticmethod
    def _noted(where: List[bytes], sample: Sample, text: Optional[str]) -> str:
        where.append(sample.raw)
        return text or ""


def _mixed_with_utf8(samples: Iterable[Sample]) -> bool:
    """GBK text is almost never sound UTF-8 with wide characters by chance: one value in a hundred is no chance."""
    values = [sample for sample in samples if not sample.raw.isascii()]
    found = sum(_has_wide(decode(value, UTF_8)) for value in values)
    return found > 0 and found >= 0.01 * len(values)


def _unmarked_utf16(content: bytes) -> Optional[str]:
    """UTF-16 whose mark is missing: its digits, commas and line ends have a zero byte on one side, always the same."""
    head = content[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(content) % 2 or max(even, odd) < max(2, len(head) // 20) or min(even, odd) > max(even, odd) // 20:
        return None
    name = "utf-16-be" if even > odd else "utf-16-le"
    try:
        text = content.decode(name)
    except UnicodeDecodeError:
        return None
    return name if "\n" in text or "," in text or "\t" in text else None


def decode_file(content: bytes, encoding: Optional[str] = None) -> Tuple[str, str]:
    """The text of a whole file and its encoding: byte order mark, else ``encoding``, else UTF-8, else GB18030.

    Bytes that are no text become U+FFFD. A few of them do not make a file of UTF-8 one of GBK.
    """
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            return content.decode(name, "replace"), UTF_8 if name == "utf-8-sig" else "UTF-16"
    if encoding:
        return content.decode(encoding, "replace"), encoding
    wide = _unmarked_utf16(content)
    if wide is not None:
        return content.decode(wide, "replace"), "UTF-16"
    text = content.decode(UTF_8, "replace")
    wrong = text.count(REPLACED)
    if wrong == 0 or sum(_has_wide(ch) for ch in text if ch != REPLACED) > 10 * wrong:
        return text, UTF_8
    other = content.decode(GB, "replace")
    return (other, GB) if other.count(REPLACED) < wrong else (text, UTF_8)
