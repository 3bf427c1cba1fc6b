"""Formats: how tables that offices hand in are read, and how files that are handed out are written."""
