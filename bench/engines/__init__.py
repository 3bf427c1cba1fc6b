"""One module for each way of measuring; each runs in its own process: ``python -m bench.engines.NAME TASK.json``."""
