#!/bin/sh
# qt6check.sh PYTHON FOLDER...: fetches PyQt6 once, apart from the environment whose Qt 5 it would disturb, and checks.
set -eu
python=$1; shift
home=build/pyqt6
[ -d "$home/PyQt6" ] || "$python" -m pip install --quiet --disable-pip-version-check --target "$home" PyQt6
PYTHONPATH=$home exec "$python" -m tools.qt6check "$@"
