"""A province or the nation: the kernel as map-only jobs over tiles of per-county files. ``python -m tools.province``."""
