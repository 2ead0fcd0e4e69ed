"""The lessons of this computer, found and opened by every command alike."""
