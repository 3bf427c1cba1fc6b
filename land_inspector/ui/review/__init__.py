"""The review of parcels one by one: queue, filters, card, verdict by key, marks, returns."""
