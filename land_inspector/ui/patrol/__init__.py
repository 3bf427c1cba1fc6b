"""Patrols at the desk: the month, the log, findings on the map, work lists."""
