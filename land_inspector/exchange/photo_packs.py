"""The photos of each parcel, renamed as the office's system wants them and packed: one archive (or folder) a parcel, every file as it was
taken in, proved by its digest."""
from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Set, Tuple

from ..errors import InputError, LandInspectorError, Message, message
from ..i18n import tr
from ..progress import Progress
from ..register.field_work import KeptPhoto, kept_photos
from ..register.register import Register
from ..register.views.parcels import rows_of
from .atomic_files import given_out, one_given_out, plain_stem
from .dossiers import Chosen, file_names

#: One archive a parcel, one archive of all with a folder a parcel, or plain files side by side.
ZIP_EACH, ZIP_ALL, FILES = "zip_each", "zip_all", "files"
PACKINGS = (ZIP_EACH, ZIP_ALL, FILES)
PATTERN = "{number}_{n:2}"
ALL_NAME = "photos.zip"
_AT_ONCE = 64
_FIELD = re.compile(r"\{([^{}:]*)(?::0?(\d))?\}")
#: What a pattern may name: by its English and by its Chinese word.
_WORDS = {"number": "地块编号", "patch": "监测编号", "n": "序号", "date": "日期", "time": "时间", "bearing": "方位角", "township": "乡镇",
          "village": "村", "batch": "批次", "name": "原文件名"}
_BY_WORD = {**{word: word for word in _WORDS}, **{zh: word for word, zh in _WORDS.items()}}
_LIST = ("file", "number", "taken_at", "lon", "lat", "bearing", "magnetic", "distance_m", "sha256")


@dataclass
class Packed:
    """Archives or files written, photos in them, and what could not be packed with the reason."""

    files: List[Path] = field(default_factory=list)
    photos: int = 0
    without: List[str] = field(default_factory=list)
    refused: List[Tuple[str, Message]] = field(default_factory=list)


@dataclass(frozen=True)
class _Named:
    """A photo under its new name, with its line of the list."""

    name: str
    photo: KeptPhoto
    line: Mapping[str, Any]


def check_pattern(pattern: str) -> None:
    """InputError for a pattern with an unknown field or none that tells a parcel's photos apart, or with signs that no name may have."""
    for word, _width in _FIELD.findall(pattern):
        if word not in _BY_WORD:
            raise InputError("The pattern has no field {{{word}}}.", "Use {known}.", word=word,
                             known=", ".join("{" + key + "}" for key in _BY_WORD))
    rest = _FIELD.sub("", pattern)
    if re.search(r'[\\/:*?"<>|{}\x00-\x1f]', rest) or not pattern.strip():
        raise InputError("The pattern {pattern} holds signs that no file's name may have.",
                         "Leave out slashes, colons, stars, quotes and single braces.", pattern=pattern)
    words = {_BY_WORD[word] for word, _width in _FIELD.findall(pattern)}
    if not words & {"n", "name"}:
        raise InputError("The pattern {pattern} gives all photos of a parcel the same name.", "Put {{n}} into it, such as {usual}.",
                         pattern=pattern, usual=PATTERN)


def pack_photos(register: Register, chosen: Sequence[Chosen], folder: Path, pattern: str, packing: str, with_list: bool,
                inputs: Iterable[Path], progress: Progress) -> Packed:
    """Photos in force of some parcels (id, number, batch). A photo that is missing or altered is left out and said; each archive and each
    file is there whole or not at all.

    InputError for a pattern that cannot name them, for a folder that is not there."""
    check_pattern(pattern)
    if not folder.is_dir():
        raise InputError("The folder {folder} does not exist.", "Create it first, or choose another one.", folder=str(folder))
    done, names, protected = Packed(), file_names(register), list(inputs)
    if packing == ZIP_ALL:
        _all_in_one(register, chosen, folder / ALL_NAME, pattern, with_list, protected, progress, done, names)
        return done
    for number, (label, stem, photos) in enumerate(_photos(register, chosen, pattern, names)):
        progress.step(number / max(len(chosen), 1), message("Packing the photos of {number}", number=label))
        if not photos:
            done.without.append(label)
            continue
        whole = _whole(photos, done)
        try:
            if whole:
                _write(folder, stem, whole, packing, with_list, protected, done)
        except LandInspectorError as error:
            done.refused.append((label, error.message))
    progress.step(1.0)
    return done


def _photos(register: Register, chosen: Sequence[Chosen], pattern: str, names: Mapping[str, str]
            ) -> Iterable[Tuple[str, str, List[_Named]]]:
    """Number, file stem and photos of each parcel, oldest photo first."""
    taken: Set[str] = set()
    for start in range(0, len(chosen), _AT_ONCE):
        part = chosen[start:start + _AT_ONCE]
        rows = {row["parcel_id"]: row for row in rows_of(register, [key for key, _number, _batch in part])}
        state = register.storage.load_state(patches=list(dict.fromkeys(row["patch_id"] for row in rows.values())))
        for key, number, _batch in part:
            if key in rows:
                mine = [photo for photo in state.photos_in(rows[key]["patch_id"]) if key in json.loads(photo.parcels)]
                yield number, names.get(key, plain_stem(number)), _named(kept_photos(register, mine), rows[key], pattern, taken)


def _named(photos: Sequence[KeptPhoto], row: Mapping[str, Any], pattern: str, taken: Set[str]) -> List[_Named]:
    """No name is given twice in a run: what the pattern cannot tell apart gets a figure behind it."""
    found = []
    for number, photo in enumerate(photos, 1):
        stem, suffix = plain_stem(_FIELD.sub(_filler(photo, row, number), pattern)), photo.path.suffix.lower()
        name = next(one for one in (f"{stem}{tail}{suffix}" for tail in ("", *(f"_{again}" for again in range(2, 10_000))))
                    if one.lower() not in taken)
        taken.add(name.lower())
        found.append(_Named(name, photo, {
            "file": name, "number": row["DKBH"], "taken_at": photo.taken_at, "lon": photo.lon, "lat": photo.lat, "bearing": photo.direction,
            "magnetic": int(photo.magnetic), "distance_m": photo.distance_m, "sha256": photo.sha256}))
    return found


def _filler(photo: KeptPhoto, row: Mapping[str, Any], number: int) -> Callable[["re.Match[str]"], str]:
    taken = photo.taken_at or ""
    said: Dict[str, str] = {
        "number": row["DKBH"], "patch": row["JCBH"], "n": str(number), "date": taken[:10].replace("-", ""),
        "time": taken[11:19].replace(":", ""), "bearing": "" if photo.direction is None else f"{photo.direction:.0f}",
        "township": row["XZMC"] or "", "village": row["CMC"] or "", "batch": row["PCBH"], "name": Path(photo.name).stem}

    def fill(found: "re.Match[str]") -> str:
        value = str(said[_BY_WORD[found.group(1)]])
        return value.zfill(int(found.group(2))) if found.group(2) and value.isdecimal() else value

    return fill


def _whole(photos: Sequence[_Named], done: Packed) -> List[Tuple[_Named, bytes]]:
    """Those whose file is there and unaltered, with its bytes; the others are said."""
    found = []
    for one in photos:
        try:
            content = one.photo.path.read_bytes()
        except OSError:
            done.refused.append((str(one.line["number"]), message("The photo {file} is missing.", file=one.photo.name)))
            continue
        if hashlib.sha256(content).hexdigest() != one.photo.sha256:
            said = message("The photo {file} is not the one that was taken in.", file=one.photo.name)
            done.refused.append((str(one.line["number"]), said))
            continue
        found.append((one, content))
    return found


def _write(folder: Path, stem: str, whole: Sequence[Tuple[_Named, bytes]], packing: str, with_list: bool, inputs: List[Path], done: Packed
           ) -> None:
    if packing == ZIP_EACH:
        target = folder / f"{stem}.zip"
        with one_given_out(target, inputs) as draft, zipfile.ZipFile(draft, "w") as archive:
            _into(archive, "", whole, with_list)
        done.files.append(target)
    else:
        targets = [folder / one.name for one, _content in whole]
        with given_out(targets[0], *targets[1:], inputs=inputs,
                       copies={one.name for one, _content in whole}) as drafts:
            for one, content in whole:
                (drafts / one.name).write_bytes(content)
            if with_list:
                (drafts / f"{stem}.csv").write_bytes(_list_of([one for one, _content in whole]))
        done.files += targets
    done.photos += len(whole)


def _into(archive: zipfile.ZipFile, folder: str, whole: Sequence[Tuple[_Named, bytes]], with_list: bool) -> None:
    """Photos are packed as they are: JPEGs do not shrink."""
    for one, content in whole:
        archive.writestr(_entry(folder + one.name), content)
    if with_list:
        archive.writestr(_entry(f"{folder}{tr('photos')}.csv"), _list_of([one for one, _content in whole]))


def _entry(name: str) -> zipfile.ZipInfo:
    """The same photos make the same archive."""
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def _list_of(photos: Sequence[_Named]) -> bytes:
    """What is known of each photo, as a table that Excel opens with its Chinese."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _LIST)
    writer.writeheader()
    writer.writerows(one.line for one in photos)
    return text.getvalue().encode("utf-8-sig")


def _all_in_one(register: Register, chosen: Sequence[Chosen], target: Path, pattern: str, with_list: bool, inputs: List[Path],
                progress: Progress, done: Packed, names: Mapping[str, str]) -> None:
    with one_given_out(target, inputs) as draft:
        with zipfile.ZipFile(draft, "w") as archive:
            for number, (label, stem, photos) in enumerate(_photos(register, chosen, pattern, names)):
                progress.step(number / max(len(chosen), 1), message("Packing the photos of {number}", number=label))
                whole = _whole(photos, done)
                if not photos:
                    done.without.append(label)
                elif whole:
                    _into(archive, f"{stem}/", whole, with_list)
                    done.photos += len(whole)
        if not done.photos:
            raise InputError("None of these parcels has a photo.", "Add photos first, or choose other parcels.")
    done.files.append(target)
    progress.step(1.0)
