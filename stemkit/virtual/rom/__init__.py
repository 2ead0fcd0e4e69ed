"""The boot ROM of Espressif's chips: serial loader, checks at boot, and what it prints.

Written here and not taken from the package esp32-mock-bootloader, which needs esptool in the
process, blocks a thread a connection, holds one flash and one MAC a process and runs no code.
"""
