"""What stays on this computer: firmware store, recordings, roster, catalogue folders."""
