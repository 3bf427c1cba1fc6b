from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def catalogue_of_this_tree(tmp_path_factory):
    """A .qm of the Chinese catalogue of this tree as it is now: every source is read for it."""
    from tools import translations

    folder = tmp_path_factory.mktemp("catalogue")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translations, "TS", folder / "zh.ts")
        translations.build(folder / "zh.qm")
    return folder / "zh.qm"


@pytest.fixture
def current_catalogue(monkeypatch, catalogue_of_this_tree):
    """The Chinese catalogue of this tree as it is now, not as it was when the .qm was last built."""
    from land_inspector import i18n

    monkeypatch.setattr(i18n, "QM_FILE", catalogue_of_this_tree)


@pytest.fixture(scope="module", params=["boundaries", "overlays"])
def both_ways(request):
    """Every test of a module by boundaries alone (green.py, compiled) and by overlays (GEOS), whatever its size."""
    from land_inspector.evidence import accelerator, survey

    problem = accelerator.prepare()
    if request.param == "boundaries" and problem is not None:
        pytest.fail(f"The fast way of measuring is not there: {problem}")
    green = accelerator.green_for(0) if request.param == "boundaries" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "green_for", lambda patches, progress=None: green)
        yield request.param
