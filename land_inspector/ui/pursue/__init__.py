"""The panel that follows a patch after the verdict: its case, the work lists over all cases, the timeline."""
