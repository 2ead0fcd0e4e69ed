"""Readings -> understanding: statistics, fits, formulas, calibration, conditions. Pure."""
