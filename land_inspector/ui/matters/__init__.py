"""Ledgers at the desk: kinds, lists, the file of a matter, its next act."""
