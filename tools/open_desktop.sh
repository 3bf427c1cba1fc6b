#!/bin/sh
# open_desktop.sh RUN [LOCALE]: QGIS with the plugin on the project in RUN. Each language's profile is kept between starts.
set -eu
run=$1 locale=${2:-zh-Hans}
cd "$(dirname "$0")/.."
project=$(find "$run" -maxdepth 1 -name '*.qgz' 2>/dev/null | head -n 1)
[ -n "$project" ] || { echo "No project in $run yet: call 'make run' first." >&2; exit 1; }
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || { echo "No screen here. Try: xvfb-run -a make qgis" >&2; exit 1; }
tools/mkprofile.sh build/profiles "desktop-$locale" "$locale"
# QGIS runs Debian's Python; pandas and shapely 2 are in the environment
PYTHONPATH=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
export PYTHONPATH
unset QT_QPA_PLATFORM
exec qgis --nologo --noversioncheck --profiles-path build/profiles --profile "desktop-$locale" "$project"
