"""Keys: the person's own, and those of whom they trust."""
