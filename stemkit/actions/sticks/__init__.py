"""Sticks from which a school installs stemkit without a network."""
