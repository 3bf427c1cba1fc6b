"""How fast Land Inspector is beside other programs, on a generated county. ``python -m bench`` (``make bench``)."""
