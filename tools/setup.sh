#!/bin/sh
# setup.sh VENV: installs what is missing on a Debian-like machine (as root, or through sudo) and makes the
# Python environment. Doing it again costs a second.
set -eu
venv=$1
cd "$(dirname "$0")/.."

packages="qgis python3-qgis qgis-providers python3-venv python3-pip xvfb xauth fonts-noto-cjk qttools5-dev-tools poppler-utils
postgresql postgresql-postgis python3-psycopg2"

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=""
for package in $packages; do
    is_installed "$package" || missing="$missing $package"
done

if [ -n "$missing" ]; then
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "Missing packages:$missing. Install them as root." >&2; exit 1; }
        as_root=sudo
    fi
    echo "Installing$missing"
    apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600"
    $apt update
    # shellcheck disable=SC2086  # a list of words is meant
    $apt install --yes --no-install-recommends -o Dpkg::Use-Pty=0 $missing >/dev/null
fi

# Debian's own Python: QGIS's modules are built for it, whatever `python3` on the PATH may be
[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv --system-site-packages "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --requirement requirements-dev.txt
