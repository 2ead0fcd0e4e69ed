"""Virtual boards: real MicroPython behind a port, ROM loaders, a sensor world, faults."""
