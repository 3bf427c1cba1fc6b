"""The plugin's own frame in QGIS: dock, menu, messages, tasks, settings, the open register."""
