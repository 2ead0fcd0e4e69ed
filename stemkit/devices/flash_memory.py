"""What is in a board's flash, asked at its prompt: chips that show it in their address space."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.session import Session

# A Pico hashes about 1 MB a second; this leaves room for one that does something else as well.
_LEAST_BYTES_S: Final = 100_000
_LEAST_LIMIT_S: Final = 5.0
# More stretches than any firmware has would not fit in a small board's memory as a program.
_MOST_STRETCHES: Final = 100
_HASH: Final = """
import uctypes, hashlib, binascii
total = hashlib.sha256()
for start, end in {places}:
 for at in range(start, end, 4096):
  total.update(uctypes.bytearray_at(at, min(4096, end - at)))
print(binascii.hexlify(total.digest()).decode())
"""


def holds(session: Session, memory: Sequence[tuple[int, bytes]]) -> bool | None:
    """Whether a board's memory has these bytes at these addresses (those of its processor).

    None where it cannot be asked: its firmware has no `uctypes` or no SHA-256. Only for addresses
    that the board surely has: reading others would crash it.
    """
    if len(memory) > _MOST_STRETCHES:
        return None
    places = [(address, address + len(data)) for address, data in memory]
    total = hashlib.sha256()
    for _, data in memory:
        total.update(data)
    limit_s = _LEAST_LIMIT_S + sum(len(data) for _, data in memory) / _LEAST_BYTES_S
    try:
        said = session.exec(_HASH.format(places=places), timeout_s=limit_s)
    except BoardExceptionError:
        return None
    return said.decode("ascii", "replace").strip() == total.hexdigest()
