#!/bin/bash
# qgis-matrix.sh SUITE [pytest args...]   SUITE = trixie (QGIS 3.40) | forky (QGIS 3.44)
# Builds a chroot of that Debian once (about five minutes, 2 GB, in $QGIS_CHROOTS), then runs the tests in it on a
# copy of this tree. Needs root and a Debian machine, from which it takes the mirror.
set -euo pipefail
suite=$1; shift
chroots=${QGIS_CHROOTS:-$HOME/.cache/qgis-chroots}
chroot=$chroots/$suite
tree=$(cd "$(dirname "$0")/.." && pwd)
packages=qgis,python3-qgis,qgis-providers,python3-pandas,python3-shapely,python3-openpyxl,python3-venv,python3-pip
packages+=,qttools5-dev-tools,poppler-utils,xvfb,xauth,fonts-noto-cjk,ca-certificates,git
# what only the tests need; the rest is the suite's own
test_tools="pytest pytest-qgis==5.0.2 pytest-qt==4.5.0 pytest-timeout pytest-xdist hypothesis chinesecalendar numba markdown-it-py"

build_chroot() {
    local mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -E '/debian/?$' | head -1)}
    command -v mmdebstrap >/dev/null || { apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends mmdebstrap; }
    rm -rf "$chroot"; mkdir -p "$chroots"
    mmdebstrap --quiet --mode=root --variant=apt --include="$packages" \
        --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='Acquire::Languages "none"' --dpkgopt='force-unsafe-io' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --skip=cleanup/reproducible "$suite" "$chroot" "$mirror"
    # the host's certificates, so that pip works behind the host's proxy
    install -m644 /etc/ssl/certs/ca-certificates.crt "$chroot/etc/ssl/host-ca.crt"
    touch "$chroot/.ready-4"
}

# what the tests need grows without the chroot being built anew
install_test_tools() {
    chroot "$chroot" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PIP_CERT=/etc/ssl/host-ca.crt \
        sh -c "python3 -m venv --system-site-packages /opt/venv && /opt/venv/bin/pip install -q $test_tools"
    echo "$test_tools" > "$chroot/.test-tools"
}

[ "$(id -u)" = 0 ] || { echo "make matrix needs root (a chroot is built)." >&2; exit 1; }
[ -e "$chroot/.ready-4" ] || build_chroot
[ "$(cat "$chroot/.test-tools" 2>/dev/null)" = "$test_tools" ] || install_test_tools

# the mounts live and die with this one command; the copy of the tree and the home lie on a tmpfs of the chroot
exec unshare --mount --propagation private bash -c '
    chroot=$0 tree=$1 scratch=/mnt; shift
    mount -t proc proc "$chroot/proc"; mount --rbind /dev "$chroot/dev"; mount -t sysfs sys "$chroot/sys"
    mount -t tmpfs tmpfs "$chroot/tmp"; mount -t tmpfs tmpfs "$chroot$scratch"
    mkdir -p "$chroot/src"; mount --bind -o ro "$tree" "$chroot/src"
    mkdir -m700 "$chroot$scratch/run" "$chroot$scratch/home"; mkdir "$chroot$scratch/tree"
    exec chroot "$chroot" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LC_ALL=C.UTF-8 CI="${CI:-}" \
        HOME="$scratch/home" XDG_RUNTIME_DIR="$scratch/run" PROJ_DATA=/usr/share/proj QT_QPA_PLATFORM=offscreen \
        PIP_CERT=/etc/ssl/host-ca.crt sh -c "cd /src \
            && tar --exclude=./.venv --exclude=./build --exclude=./.git -cf - . | tar -xf - -C $scratch/tree \
            && cd $scratch/tree && exec /opt/venv/bin/python -m pytest -p no:cacheprovider -n $(nproc) --dist loadfile --no-loadscope-reorder \"\$@\"" sh "$@"
' "$chroot" "$tree" "$@"
