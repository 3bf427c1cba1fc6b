"""Splitting and merging parcels on the map, with the areas before anything is recorded."""
