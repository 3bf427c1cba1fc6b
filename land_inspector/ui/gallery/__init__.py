"""Looking over the verdicts of a day or of a sample as small pictures."""
