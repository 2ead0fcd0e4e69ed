"""Bytes to frames to readings, and back. Pure: never waits, never opens."""
