"""One handler for each kind of event that changes the state; :mod:`..kinds` says which is whose."""
