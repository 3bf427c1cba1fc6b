"""A county made up for the benchmark: land use without gaps, zones that overlap, townships, patches."""
