"""A running MicroPython: exec, files, upload, identity. The only room that imports mpremote."""
