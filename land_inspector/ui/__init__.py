"""The desktop: docks, pages, dialogs and map tools, each feature in a folder of its own, what they share in ``shell`` and ``widgets``."""
