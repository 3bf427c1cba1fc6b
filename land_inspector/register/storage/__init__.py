"""Where a register lives. Nothing above this package knows whether it is a GeoPackage or, later, a PostGIS."""
