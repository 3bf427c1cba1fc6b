"""Copies that meet: what is in dispute, packages given out, the shared folder."""
