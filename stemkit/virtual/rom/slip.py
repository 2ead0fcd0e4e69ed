"""SLIP frames (RFC 1055), as the loader's protocol uses them: 0xC0 on both sides."""

from __future__ import annotations

from typing import Final

END: Final = b"\xc0"
_LONGEST: Final = 1 << 17


class SlipReader:
    """Feed it bytes; it gives back the frames that are whole.

    Bytes outside frames make frames of their own (the caller drops what is no packet); a frame
    longer than the loader's buffers is forgotten.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Frames that `data` completes, unescaped."""
        *frames, self._rest = (self._rest + data).split(END)
        if len(self._rest) > _LONGEST:
            self._rest = b""
        # In this order: an escaped escape must not meet the byte behind it.
        return [
            frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
            for frame in frames
            if frame
        ]


def encode(frame: bytes) -> bytes:
    """`frame` on the line."""
    return END + frame.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + END
