"""SSD1306 display: its memory, and the picture that a person sees.

Source: Solomon Systech SSD1306 Advance Information rev 1.1 (8.1.5 I2C, 8.7 memory, 9 commands).
"""

from __future__ import annotations

from typing import Any, Final

from stemkit.virtual.world.device import Device

_COLUMNS: Final = 128
_PAGES: Final = 8
# Commands that are followed by parameter bytes, and how many (table 9-1).
_PARAMETERS: Final = {
    0x20: 1,
    0x21: 2,
    0x22: 2,
    0x26: 6,
    0x27: 6,
    0x29: 5,
    0x2A: 5,
    0x81: 1,
    0x8D: 1,
    0xA3: 2,
    0xA8: 1,
    0xD3: 1,
    0xD5: 1,
    0xD9: 1,
    0xDA: 1,
    0xDB: 1,
}
_HORIZONTAL, _VERTICAL = 0, 1


class Screen(Device):
    """128 columns; `height` rows (64 unless the board's facts or the multiplex ratio say less)."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.address = self.part.facts.get("address", 0x3C)
        self.power_on(0)

    def power_on(self, t_us: int) -> None:
        """Reset values (8.5): off, page addressing; the memory is as it may be, here dark."""
        self._memory = bytearray(_COLUMNS * _PAGES)
        self._mode = 2
        self._columns, self._pages = (0, _COLUMNS - 1), (0, _PAGES - 1)
        self._column = self._page = 0
        self._on = self._inverse = self._all = False
        self._flip_x = self._flip_y = False
        self._start_line = self._offset = 0
        self._rows = 64
        self._contrast = 0x7F
        self._command: list[int] = []

    def i2c_write(self, data: bytes, t_us: int) -> int:
        """Control bytes (Co, D/C#) with commands or memory contents behind them."""
        at = 0
        while at < len(data):
            control = data[at]
            end = at + 2 if control & 0x80 else len(data)
            for byte in data[at + 1 : end]:
                if control & 0x40:
                    self._put(byte)
                else:
                    self._take(byte)
            at = end
        return len(data)

    def i2c_read(self, count: int, t_us: int) -> bytes:
        """The status register: bit 6 while the display is off."""
        return bytes((0x00 if self._on else 0x40,)) * count

    # -- memory ------------------------------------------------------------------------------------

    def _put(self, byte: int) -> None:
        self._memory[self._page * _COLUMNS + self._column] = byte
        if self._mode == _VERTICAL:
            if self._page != self._pages[1]:
                self._page = (self._page + 1) % _PAGES
                return
            self._page = self._pages[0]
            self._next_column()
        elif self._mode == _HORIZONTAL:
            if self._next_column():
                at_end = self._page == self._pages[1]
                self._page = self._pages[0] if at_end else (self._page + 1) % _PAGES
        else:
            self._column = (self._column + 1) % _COLUMNS

    def _next_column(self) -> bool:
        """Advance; True where it went back to the first column."""
        if self._column == self._columns[1]:
            self._column = self._columns[0]
            return True
        self._column = (self._column + 1) % _COLUMNS
        return False

    # -- commands ----------------------------------------------------------------------------------

    def _take(self, byte: int) -> None:
        self._command.append(byte)
        if len(self._command) > _PARAMETERS.get(self._command[0], 0):
            code, *parameters = self._command
            self._command = []
            self._obey(code, parameters)

    def _obey(self, code: int, parameters: list[int]) -> None:
        if self._set_up(code, parameters) or self._move(code, parameters):
            return
        if code in (0xA0, 0xA1):
            self._flip_x = code == 0xA1
        elif code in (0xC0, 0xC8):
            self._flip_y = code == 0xC8
        elif code in (0xA4, 0xA5):
            self._all = code == 0xA5
        elif code in (0xA6, 0xA7):
            self._inverse = code == 0xA7
        elif code in (0xAE, 0xAF):
            self._on = code == 0xAF
        elif code & 0xC0 == 0x40:
            self._start_line = code & 0x3F

    def _set_up(self, code: int, parameters: list[int]) -> bool:
        if code == 0x20:
            self._mode = parameters[0] & 3
        elif code == 0x81:
            self._contrast = parameters[0]
        elif code == 0xA8:
            self._rows = max(16, (parameters[0] & 0x3F) + 1)
        elif code == 0xD3:
            self._offset = parameters[0] & 0x3F
        else:
            return code in _PARAMETERS and code not in (0x21, 0x22)
        return True

    def _move(self, code: int, parameters: list[int]) -> bool:
        if code == 0x21:
            self._columns = (parameters[0] & 0x7F, parameters[1] & 0x7F)
            self._column = self._columns[0]
        elif code == 0x22:
            self._pages = (parameters[0] & 7, parameters[1] & 7)
            self._page = self._pages[0]
        elif code < 0x10:
            self._column = self._column & 0x70 | code
        elif code < 0x18:
            self._column = self._column & 0x0F | (code & 7) << 4
        elif code & 0xF8 == 0xB0:
            self._page = code & 7
        else:
            return False
        return True

    # -- what is seen ------------------------------------------------------------------------------

    def rows(self) -> list[bytes]:
        """The picture from the top: a row of 128 bytes, 1 where a dot shines.

        Upright as on the usual module, which is mounted so that segment remap (0xA1) and
        decremented scan (0xC8) are the normal way up.
        """
        rows = [self._row(y) for y in range(self._rows)]
        return rows if self._flip_y else rows[::-1]

    def _row(self, y: int) -> bytes:
        if not self._on:
            return bytes(_COLUMNS)
        if self._all:
            return b"\1" * _COLUMNS
        line = (y + self._start_line + self._offset) % 64
        bits = self._memory[line // 8 * _COLUMNS :][:_COLUMNS]
        row = bytes((byte >> line % 8 & 1) ^ self._inverse for byte in bits)
        return row if self._flip_x else row[::-1]

    def output(self) -> dict[str, Any] | None:
        """`on`, `contrast` from 0 to 255, and `rows`: a text of `#` and `.` each."""
        rows = ["".join(".#"[dot] for dot in row) for row in self.rows()]
        return {"on": self._on, "contrast": self._contrast, "rows": rows}
