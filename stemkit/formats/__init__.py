"""Bytes to model and back, for every file that stemkit reads or writes. Pure."""
