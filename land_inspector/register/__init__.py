"""The register: events, their fold, their storage (docs/architecture.md)."""
