"""The firmware of this computer: fetched, added, checked, handed on."""
