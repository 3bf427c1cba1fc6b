"""Matters (事项): whatever is tracked until it is settled and is no patch, parcel or case; each ledger is a kind that a
pack describes.
"""
