"""Intake: issued patches and layers read whole, placed, mended, and every row accounted for."""
