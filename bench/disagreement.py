"""``python -m bench.disagreement REFERENCE.npz OTHER.npz RESULT.json``: how far two engines' areas are apart."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Dict

import numpy as np

FLOOR_M2 = 1e-6  # below this one engine says "touches" and another "nothing"


def largest(reference: str, other: str) -> Dict[str, Dict[str, float]]:
    """For each layer: the largest difference in m² of one patch and class, and how many values were compared.

    A value that only one of the two has counts as 0 in the other.
    """
    one, two = np.load(reference), np.load(other)
    keys = [np.char.add(np.char.add(z["patch"].astype("U12"), "|"), z["value"]) for z in (one, two)]
    result = {}
    for layer in np.unique(two["layer"]):
        mine, theirs = one["layer"] == layer, two["layer"] == layer
        names, row = np.unique(np.concatenate([keys[0][mine], keys[1][theirs]]), return_inverse=True)
        signed = np.concatenate([one["area"][mine], -two["area"][theirs]])
        apart = np.abs(np.bincount(row.ravel(), signed, len(names)))
        result[str(layer)] = {"m2": float(apart.max(initial=0.0)), "values": len(names), "apart": int((apart > FLOOR_M2).sum())}
    return result


def without_classes(path: str, target: str) -> None:
    """The same areas summed over classes, for an engine that knows none."""
    stored = np.load(path)
    names, row = np.unique(np.char.add(stored["layer"], stored["patch"].astype("U12")), return_inverse=True)
    patch = np.array([int(name[1:]) for name in names])
    np.savez(target, patch=patch, layer=np.array([name[0] for name in names]), value=np.full(len(names), "", "U16"),
             area=np.bincount(row.ravel(), stored["area"], len(names)))


def main(reference: str, other: str, result: str) -> None:
    values = np.load(other)["value"]
    if not (values != "").any():
        without_classes(reference, result + ".npz")
        reference = result + ".npz"
    Path(result).write_text(json.dumps(largest(reference, other)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
