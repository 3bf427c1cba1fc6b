"""A slot for a net that a province trained: an ``.npz`` with a manifest, run in numpy alone. None is shipped.

The file holds arrays and one text, nothing that runs. The manifest says what the net may be used on; where bands or pixel size do not
fit it is refused, and what it was trained on, under which licence and how well it did elsewhere must be said.
"""
from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from ..errors import InputError
from ..evidence.gdal_quiet import DAMAGE
from .features import CELL, Bands
from .pair import EXAMINED, Pair, Window
from .radiometry import Normalisation

MANIFEST = "manifest"
#: What a manifest must say: its own kind, the bands in their order, metres, mean and spread of each band of a date, the pixels that
#: the result of one depends on, the licence, where it was trained, what it reached on which places, and its layers.
REQUIRED = ("kind", "bands", "pixel_m", "mean", "std", "reach", "licence", "places", "validation", "layers")
KIND = "land-inspector-net-1"
#: A net may be used on pixels of this share of its own, or the inverse.
MOST_RATIO = 1.3
_MOST_REACH, _MOST_BYTES, _MOST_LAYERS = 96, 256 * 1024 ** 2, 200
#: A probability of 1 as a score.
_FULL_SCORE = 31.0


@dataclass(frozen=True)
class Network:
    """``layers`` are steps over named stacks of planes (channels × rows × columns); ``before`` and ``after`` are there from the
    beginning, ``change`` (one plane, 0 to 1) is what comes out. ``stride`` is how many pixels its poolings join."""

    name: str
    manifest: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    stride: int

    @property
    def reach(self) -> int:
        """Pixels around a window that its result depends on."""
        return int(self.manifest["reach"])

    def probability(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Of each pixel of two standardised images (bands × rows × columns); rows and columns are multiples of ``stride``."""
        planes: Dict[str, np.ndarray] = {"before": before, "after": after}
        for layer in self.manifest["layers"]:
            taken = [planes[name] for name in layer["in"]]
            planes[layer["out"]] = _STEPS[layer["op"]](taken, [self.arrays[name] for name in layer.get("weights", ())])
        return planes["change"][0]

    def score(self, pair: Pair, normalisation: Normalisation, window: Window) -> np.ndarray:
        """The probability of each pixel of a window as a score from 0 to 31; 0 where there is no picture."""
        row, column, rows, columns = window
        step = int(np.lcm(self.stride, CELL))
        top, left = ((place - self.reach) // step * step for place in (row, column))
        bottom, right = (-(-(end + self.reach) // step) * step for end in (row + rows, column + columns))
        pixels = pair.read((top, left, bottom - top, right - left))
        mean, std = (np.array(self.manifest[name], np.float32)[:, None, None] for name in ("mean", "std"))
        carried = np.stack([normalisation.of_band(band, plane) for band, plane in enumerate(pixels.before)])
        result = self.probability((carried - mean) / std, (pixels.after - mean) / std).astype(np.float32) * np.float32(_FULL_SCORE)
        result[pixels.code != EXAMINED] = 0
        return result[row - top:row - top + rows, column - left:column - left + columns]


def read_network(path: Path) -> Network:
    """Raises InputError for a file that is none, says too little of itself, or asks for what the runner does not do."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError("{file} is too large for a net that runs here.", "Use one of less than 256 MB.", file=path.name)
        with np.load(str(path), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        manifest = json.loads(bytes(arrays.pop(MANIFEST).astype(np.uint8)).decode("utf-8"))
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError("{file} is no net of this kind: {reason}.", "docs/changes.md says what the file must hold.", file=path.name,
                         reason=str(error)[:120] or type(error).__name__) from error
    missing = [name for name in REQUIRED if not isinstance(manifest, dict) or manifest.get(name) in (None, "", [])]
    if missing or manifest["kind"] != KIND:
        raise InputError("{file} does not say enough of itself: {missing}.", "Have whoever trained it write the whole manifest.",
                         file=path.name, missing=", ".join(missing) or manifest["kind"])
    try:
        stride = _checked(manifest, arrays)
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise InputError("{file} is no net of this kind: {reason}.", "docs/changes.md says what the file must hold.", file=path.name,
                         reason=str(error)[:120]) from error
    return Network(path.name, manifest, {name: np.asarray(value, np.float32) for name, value in arrays.items()}, stride)


def _checked(manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> int:
    """The stride; ValueError or KeyError for what cannot be run."""
    bands, layers = manifest["bands"], manifest["layers"]
    if not len(bands) == len(manifest["mean"]) == len(manifest["std"]) or min(float(one) for one in manifest["std"]) <= 0:
        raise ValueError("mean and std of each band")
    if not 0 <= int(manifest["reach"]) <= _MOST_REACH or not 0 < len(layers) <= _MOST_LAYERS or float(manifest["pixel_m"]) <= 0:
        raise ValueError("reach, pixel_m, layers")
    depth = {"before": (len(bands), 1), "after": (len(bands), 1)}
    for layer in layers:
        if layer["op"] not in _STEPS:
            raise ValueError(f"op {layer['op']}")
        planes, strides = zip(*(depth[name] for name in layer["in"]))
        if len(set(strides)) != 1:
            raise ValueError(f"{layer['out']}: planes of different size")
        depth[layer["out"]] = _depth(layer["op"], planes, strides[0], [arrays[name] for name in layer.get("weights", ())])
    if depth["change"] != (1, 1):
        raise ValueError("change")
    return max(stride for _planes, stride in depth.values())


def _depth(op: str, planes: Sequence[int], stride: int, weights: Sequence[np.ndarray]) -> Tuple[int, int]:
    if op == "conv":
        kernel, bias = weights
        if kernel.ndim != 4 or kernel.shape[1] != planes[0] or kernel.shape[2] % 2 == 0 or kernel.shape[2:] != (kernel.shape[2],) * 2 \
                or bias.shape != kernel.shape[:1] or not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            raise ValueError("conv")
        return kernel.shape[0], stride
    if op in ("concat", "difference"):
        return sum(planes) if op == "concat" else planes[0], stride
    return planes[0], stride * 2 if op == "pool" else stride // 2 if op == "up" else stride


def refuse_misfit(net: Network, pair: Pair, bands: Bands) -> None:
    """Raise InputError where the images are not what the net was trained on."""
    wanted, known = list(net.manifest["bands"]), bands.names
    if len(wanted) != pair.bands_compared or known and [name for name in wanted if name in known] != known:
        raise InputError("{net} was trained on the bands {wanted}; these images have {known}.",
                         "Use images with these bands in this order, or another net, or none.", net=net.name, wanted=", ".join(wanted),
                         known=", ".join(known) or str(pair.bands_compared))
    own, here = float(net.manifest["pixel_m"]), pair.grid.pixel_m
    if not own / MOST_RATIO <= here <= own * MOST_RATIO:
        raise InputError("{net} was trained on pixels of {own:g} m; these have {here:.2f} m.",
                         "Use images of that pixel size, or another net, or none.", net=net.name, own=own, here=here)


# --- its steps ----------------------------------------------------------------------------------------------------------

def _conv(planes: List[np.ndarray], weights: List[np.ndarray]) -> np.ndarray:
    """A convolution with as many pixels out as in, zeros beyond the edge."""
    kernel, bias = weights
    side, source = kernel.shape[2], planes[0]
    padded = np.pad(source, ((0, 0), (side // 2,) * 2, (side // 2,) * 2))
    result = np.broadcast_to(bias[:, None, None], (len(bias), *source.shape[1:])).astype(np.float32)
    for dy in range(side):
        for dx in range(side):
            part = padded[:, dy:dy + source.shape[1], dx:dx + source.shape[2]]
            result += np.einsum("oi,irc->orc", kernel[:, :, dy, dx], part, optimize=True)
    return result


def _pool(planes: List[np.ndarray], _weights: List[np.ndarray]) -> np.ndarray:
    one = planes[0]
    return np.maximum(np.maximum(one[:, ::2, ::2], one[:, 1::2, ::2]), np.maximum(one[:, ::2, 1::2], one[:, 1::2, 1::2]))


def _sigmoid(planes: List[np.ndarray], _weights: List[np.ndarray]) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(planes[0], -60, 60)))


_STEPS: Dict[str, Callable[[List[np.ndarray], List[np.ndarray]], np.ndarray]] = {
    "conv": _conv, "pool": _pool, "sigmoid": _sigmoid,
    "relu": lambda planes, _weights: np.maximum(planes[0], 0),
    "up": lambda planes, _weights: np.repeat(np.repeat(planes[0], 2, axis=1), 2, axis=2),
    "concat": lambda planes, _weights: np.concatenate(planes),
    "difference": lambda planes, _weights: np.abs(planes[0] - planes[1]),
}


# --- chips to train one -------------------------------------------------------------------------------------------------

def write_chips(path: Path, before: np.ndarray, after: np.ndarray, mask: np.ndarray, said: Mapping[str, Any]) -> None:
    """``before`` and ``after`` chips × bands × rows × columns as stored, ``mask`` chips × rows × columns (1 a confirmed change, 0 none,
    255 nobody knows), and what is said of them, as JSON. The same chips make the same bytes."""
    arrays = {"before": before, "after": after, "mask": mask,
              MANIFEST: np.frombuffer(json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8"), np.uint8)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(values), allow_pickle=False)
