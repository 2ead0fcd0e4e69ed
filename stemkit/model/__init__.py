"""What the parts of stemkit talk about: frozen, without behaviour that waits or opens."""
