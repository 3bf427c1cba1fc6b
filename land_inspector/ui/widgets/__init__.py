"""Small widgets and models that any dock uses; they know nothing of registers."""
