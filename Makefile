# Land Inspector: every command a newcomer needs. `make help` lists them.
# Each one does the set-up it needs; after the first time that costs nothing.

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
QM := land_inspector/resources/i18n/land_inspector_zh_Hans.qm
MANUAL := land_inspector/resources/manual/zh/algorithms.html
# the catalogue, and the rooms whose labels carry their Chinese in the source
TRANSLATIONS := $(wildcard land_inspector/resources/i18n/zh_Hans/*.csv) $(shell find land_inspector/law -name '*.py' -o -name '*.json')
RUN := build/run
SUITE ?= trixie
# files of tests run side by side, each worker in a QGIS of its own: two more than there are processors, because a desktop or a disk
# is waited for now and then; in the order of their folders, so that the long journeys do not begin when all else is over
JOBS ?= $(shell expr $$(nproc) + 2)
SIDE_BY_SIDE := -n $(JOBS) --dist loadfile --no-loadscope-reorder

# Debian's pyproj does not look for proj.db outside its own place; without a screen Qt needs "offscreen"
export PROJ_DATA ?= /usr/share/proj
export QT_QPA_PLATFORM ?= offscreen
# every QGIS and every process that a test starts would compile the plugin anew where Python may not keep what it compiled
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run qgis test unit package office-zip matrix lint bench clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: $(READY) $(QM) $(MANUAL)  ## install QGIS and the Python environment where they are missing

$(READY): tools/setup.sh constraints.txt requirements.txt requirements-fast.txt requirements-dev.txt
	tools/setup.sh $(VENV)
	@touch $@

$(QM): $(TRANSLATIONS) tools/translations.py tools/labels.py | $(READY)
	$(PY) -m tools.translations build

$(MANUAL): $(wildcard docs/manual/*) $(wildcard land_inspector/processing/*.py) tools/manual.py $(QM)
	$(PY) -m tools.manual build

run: setup  ## the whole main job, headless, on the demonstration county; results in build/run; REGISTER=postgres on a server
	$(PY) tools/run_main_job.py $(RUN) $(if $(filter en,$(LOCALE)),--language en) $(if $(REGISTER),--register "$(REGISTER)")

qgis: setup  ## open the desktop with the plugin on the project that `make run` left
	tools/open_desktop.sh $(RUN) $(LOCALE)

# what failed among the others is told, and tried once more alone: a window that lost its turn passes then, a fault fails again;
# 5 says that nothing is left to try: what a fallen worker was at has passed with the next worker
test: setup  ## every test, with set-up from nothing
	$(PY) -m pytest $(SIDE_BY_SIDE) $(TESTS) || { [ $$? -eq 1 ] && echo "What failed above, once more and alone:" && \
	{ $(PY) -m pytest --last-failed --last-failed-no-failures none $(TESTS) || [ $$? -eq 5 ]; }; }

unit: setup  ## the tests that need no QGIS, with QGIS hidden from them
	$(PY) -m pytest -p tools.without_qgis -p no:pytest_qgis -p no:pytest-qt $(SIDE_BY_SIDE) tests/unit

package: setup  ## build/land_inspector.zip, which QGIS installs
	$(PY) -m tools.package

office-zip: setup  ## one zip with every library in it, for PLATFORM=win_amd64|manylinux_x86_64|manylinux_aarch64 PYTHON=3.9|3.12|3.13
	$(PY) -m tools.office_zip $(PLATFORM) $(PYTHON)

matrix: setup  ## the tests under a newer QGIS (root): SUITE=trixie is 3.40, SUITE=forky is 3.44
	tools/qgis-matrix.sh $(SUITE) $(TESTS)

lint: setup  ## style, security and Qt 6 checks
	$(VENV)/bin/flake8 land_inspector tools tests $(wildcard bench)
	$(VENV)/bin/bandit --quiet --recursive land_inspector
	git ls-files -z land_inspector metadata.txt | xargs -0 $(VENV)/bin/detect-secrets-hook
	tools/qt6check.sh $(PY) land_inspector
	$(PY) -m tools.translations check
	$(PY) -m tools.manual check

bench: setup  ## measure the speed beside other programs
	$(PY) -m bench $(BENCH)

clean:  ## remove what was built; the Python environment stays
	rm -rf build .pytest_cache .hypothesis .qgis-settings $(QM) land_inspector/resources/manual
	find land_inspector tools tests -name __pycache__ -type d -prune -exec rm -rf {} +
