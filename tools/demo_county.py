"""Make the synthetic demonstration county: ``python -m tools.demo_county [--out build/demo] [--seed N] [--no-images]``.

Everything in it is invented from a seed, apart from the names and codes of the townships, which come from the public
code list (sample/cn_codes). The same seed gives the same county. What stands in each file: ``SOURCE.txt`` in the folder.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List

from tools.demo.making import make_county
from tools.demo.plan import CountyPlan


def main(arguments: List[str]) -> int:
    parser = argparse.ArgumentParser(description="Make the synthetic demonstration county.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "build" / "demo")
    parser.add_argument("--seed", type=int, default=CountyPlan.seed)
    parser.add_argument("--no-images", action="store_true", help="leave the before and after images out")
    chosen = parser.parse_args(arguments)
    make_county(chosen.out, CountyPlan(seed=chosen.seed), not chosen.no_images, print)
    print(f"The demonstration county is in {chosen.out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
