"""Firmware onto boards: one, some, a classroom, or whatever is plugged in."""
