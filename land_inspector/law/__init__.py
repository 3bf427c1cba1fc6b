"""What the law and the bureau say, as rules over plain records."""
