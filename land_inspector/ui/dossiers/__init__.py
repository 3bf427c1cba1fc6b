"""Dossiers, evidence maps, packed photos and the bulletin from the desktop."""
