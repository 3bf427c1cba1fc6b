"""The two images of a patch's dates: in turn, by a line, side by side."""
