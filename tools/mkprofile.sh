#!/bin/sh
# mkprofile.sh PROFILES NAME LOCALE: a QGIS profile with the plugin of this tree switched on; settings of a
# profile that is there already are kept. The plugin's folder in it is assembled from links, so that an edit is seen at the next start.
set -eu
profiles=$1 name=$2 locale=$3
cd "$(dirname "$0")/.."
home=$profiles/profiles/$name
mkdir -p "$home/QGIS" "$home/python/plugins"
.venv/bin/python -m tools.package --links "$home/python/plugins/land_inspector"
[ -e "$home/QGIS/QGIS3.ini" ] || cat > "$home/QGIS/QGIS3.ini" <<INI
[General]
locale\\userLocale=$locale
[locale]
overrideFlag=true
userLocale=$locale
globalLocale=$locale
showGroupSeparator=false
[PythonPlugins]
land_inspector=true
processing=true
[app]
askToSaveMemoryLayers=false
plugin_installer\\checkOnStart=false
[core]
NewsFeed\\httpsfeedqgisorg\\disabled=true
[qgis]
checkVersion=false
showTips=false
askToSaveProjectChanges=false
projOpenAtLaunch=0
[UI]
hideSystemNotifications=true
INI
