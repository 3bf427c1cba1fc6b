from __future__ import annotations

import pytest


@pytest.fixture
def current_catalogue(monkeypatch, tmp_path):
    """The Chinese catalogue of this tree as it is now, not as it was when the .qm was last built."""
    from land_inspector import i18n
    from tools import translations

    built = tmp_path / "zh.qm"
    monkeypatch.setattr(translations, "TS", tmp_path / "zh.ts")
    translations.build(built)
    monkeypatch.setattr(i18n, "QM_FILE", built)
