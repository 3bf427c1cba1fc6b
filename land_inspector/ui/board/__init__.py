"""The board: where each township stands, what it would take to get under the line, and what would be."""
