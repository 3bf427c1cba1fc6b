"""What comes in and what goes out, checked on the way."""
