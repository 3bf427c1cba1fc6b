"""Tracks of patrols as devices and programs write them: read whole or with their faults told, never moved in silence."""
