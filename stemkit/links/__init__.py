"""Byte links to boards, and the list of ports. The only room that imports pyserial."""
