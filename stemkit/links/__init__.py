"""Byte links to boards, and the list of ports. The only room that imports pyserial.

`open_link` gives a `stemkit.model.link.Link`; `open_serial` gives the same port as the pyserial
object that esptool wants. Both open without resetting the board.
"""

from stemkit.links.opening import open_link, open_serial

__all__ = ["open_link", "open_serial"]
