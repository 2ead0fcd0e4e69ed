"""Boards that are connected: which they are, where they are, and their prompt."""
