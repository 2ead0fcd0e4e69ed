"""Lessons: made, checked, built, handed out, and what came of them."""
