"""Readings watched, recorded, looked at again and handed on."""
