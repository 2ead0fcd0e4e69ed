"""The ESP family: esptool's ROM and stub loaders, driven in our own process and thread."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from stemkit.errors import BoardError
from stemkit.loaders import esp_connect
from stemkit.loaders.base import Attempt, Chip, LoaderCapabilities, LoadImage, Missing, Part
from stemkit.loaders.errors import (
    DamagedAnswerError,
    FlashTooSmallError,
    LoaderRefusesError,
    LoaderSilentError,
    StoppedError,
    VerifyError,
    WrongChipError,
    WrongRevisionError,
)
from stemkit.loaders.esp_library import esptool
from stemkit.loaders.esp_port import PortFace
from stemkit.loaders.packed import Block, Packer, Piece
from stemkit.model.link import Link
from stemkit.words import N_

RATES: Final = (921600, 460800, 115200)
"""Line rates that are tried, in bits a second."""

# An image is compared in pieces of this size: an interrupted flash goes on where it stopped.
_COMPARED_BYTES: Final = 128 * 1024
_SECTOR_BYTES: Final = 0x1000
# esptool, StubMixin.FLASH_WRITE_SIZE.
_STUB_BLOCK_BYTES: Final = 0x4000

_CONNECT_LIMIT_S: Final = 30.0
_START_LIMIT_S: Final = 5.0
_FIRST_SIGN_S: Final = 0.5
# esptool allows the same for reading back and for erasing with writing (MD5_TIMEOUT_PER_MB,
# ERASE_WRITE_TIMEOUT_PER_MB).
_READ_LIMIT_S_PER_MB: Final = 8.0
_STORE_LIMIT_S_PER_MB: Final = 40.0
_LEAST_LIMIT_S: Final = 15.0
# The stub erases ahead by whole blocks, one for each 32 KiB that it unfolds (esptool, cmds.py).
_ERASE_BLOCK_BYTES: Final = 64 * 1024
_UNFOLD_BYTES: Final = 32 * 1024

_SENDS: Final = 3
# Status bytes of a block whose checksum did not fit: nothing was stored, it can be sent again.
# esptool, FatalError.WithResult: 0x107 is the ROM's, 0xC100 the stub's.
_BAD_CHECKSUM: Final = (b"\x01\x07", b"\xc1\x00", b"\x01\xc1")


@dataclass
class EspShared:
    """What the boards of one session share: packed images, and what chips taught us."""

    packer: Packer = field(default_factory=Packer)
    slow_stubs: set[str] = field(default_factory=set)
    """Chips whose stub starts at the ROM's rate, whatever the ROM was told."""

    def warm(self, image: LoadImage) -> None:
        """Do once, beforehand, what every board that lacks `image` will need."""
        for part in image.parts:
            self.packer.piece(_whole_words(part.data), part.address, _STUB_BLOCK_BYTES)


class EspLoader:
    """Writes one ESP board over `link`, beginning at `rate` bits a second.

    After `connect`, `rate` is the rate that is used: the next slower one where a rate fails.
    """

    def __init__(
        self, link: Link, attempt: Attempt, shared: EspShared, rate: int = RATES[0]
    ) -> None:
        self.rate = rate
        self._link = link
        self._attempt = attempt
        self._shared = shared
        self._face = PortFace(link, attempt.stopped)
        self._esp: Any = None
        self._chip: Chip | None = None

    @property
    def capabilities(self) -> LoaderCapabilities:
        """MD5 read-back, and rates where the link has any."""
        return LoaderCapabilities(True, RATES if self._link.capabilities.baud else ())

    def connect(self) -> Chip:
        """Sync with ROM or stub, ask chip and id, start the stub at the fastest rate that works."""
        self._attempt.step(N_("Connecting"))
        rates = tuple(r for r in self.capabilities.rates if r <= self.rate)
        plans = [(rate, at_once) for rate in rates for at_once in (True, False)]
        plans = plans or [(self._face.baudrate, False)]
        for plan in plans:
            try:
                chip = self._chip = self._connected(*plan)
            except (LoaderSilentError, StoppedError):
                raise
            except BoardError:
                if plan == plans[-1]:
                    raise
                self._face.baudrate = esp_connect.ROM_BAUD
            else:
                self.rate = plan[0]
                return chip
        raise LoaderSilentError

    def check(self, image: LoadImage) -> None:
        """Refuse an image for another chip or revision, or one that does not fit."""
        assert self._chip is not None
        if self._chip.name not in image.chips:
            raise WrongChipError(
                found=self._chip.name, image=image.name, wanted=", ".join(sorted(image.chips))
            )
        if image.min_revision or image.max_revision is not None:
            self._check_revision(image)
        end = max((part.address + len(part.data) for part in image.parts), default=0)
        if self._chip.flash_bytes is not None and end > self._chip.flash_bytes:
            raise FlashTooSmallError(image=image.name, needed=end, present=self._chip.flash_bytes)

    def missing(self, image: LoadImage, *, whole: bool = False) -> Missing:
        """Compare by MD5: the whole first, then piece by piece."""
        self._attempt.step(N_("Comparing"))
        parts = self._prepared(image)
        different = [part for part in parts if whole or not self._is_there(part)]
        if not different:
            return Missing((), 0)
        if whole:
            pieces = [(part.address, part.size) for part in different]
        else:
            pieces = [piece for part in different for piece in self._different(part)]
        packed = self._packed(image, tuple(pieces))
        return Missing(tuple(pieces), sum(piece.wire_bytes for piece in packed))

    def write(self, image: LoadImage, missing: Missing) -> int:
        """Send the missing pieces, compressed."""
        pieces = self._packed(image, missing.pieces)
        self._attempt.step(N_("Writing"), missing.total)
        size = sum(piece.size for piece in pieces)
        limit_s = (
            _LEAST_LIMIT_S
            + 3 * missing.total * 10 / self._link.baud
            + _STORE_LIMIT_S_PER_MB * size / 1e6
        )
        sent = 0
        with self._doing(limit_s):
            for piece in pieces:
                sent = self._write_piece(piece, sent)
            if self._esp.IS_STUB:
                # Not answered before the last block is really in flash.
                self._esp.flash_defl_finish(reboot=False, timeout=_limit_s(pieces[-1].blocks[-1]))
        return sent

    def verify(self, image: LoadImage) -> None:
        """MD5 of every part as the board reads it back."""
        self._attempt.step(N_("Verifying"))
        if not all(self._is_there(part) for part in self._prepared(image)):
            raise VerifyError

    def start(self) -> None:
        """Reset through RTS; without modem lines by the loader's own restart or the watchdog.

        An original ESP32 without modem lines cannot be restarted by anything but its button: the
        caller sees that nothing comes.
        """
        if self._esp is None:
            return
        with self._doing(_START_LIMIT_S, stoppable=False):
            if self._link.capabilities.modem_lines:
                esptool().cmds.reset_chip(self._esp, "hard-reset")
                self._face.baudrate = esp_connect.ROM_BAUD
            else:
                self._restart_without_lines()

    def close(self) -> None:
        """Forget the board; the link stays open."""
        self._esp = None

    def _doing(self, limit_s: float, *, stoppable: bool = True) -> AbstractContextManager[None]:
        return esp_connect.doing(self._face, limit_s, stoppable=stoppable)

    def _check_revision(self, image: LoadImage) -> None:
        with self._doing(_LEAST_LIMIT_S):
            try:
                revision = self._esp.get_chip_revision()
            except esptool().util.NotImplementedInROMError:
                return
        last = image.max_revision
        if revision < image.min_revision or (last is not None and revision > last):
            wanted = f">= v{_dotted(image.min_revision)}"
            if last is not None:
                wanted += f", <= v{_dotted(last)}"
            raise WrongRevisionError(found=f"v{_dotted(revision)}", image=image.name, wanted=wanted)

    def _prepared(self, image: LoadImage) -> tuple[Part, ...]:
        """The parts as they go into flash: whole words, and the ESP8266's flash size set.

        MicroPython asks for `--flash-size detect` on the ESP8266: its SDK finds its own data by
        the size in the header, which has no hash there.
        """
        parts = []
        for part in image.parts:
            data = _whole_words(part.data)
            if self._esp.CHIP_NAME == "ESP8266" and part.address == 0 and data[:1] == b"\xe9":
                data = self._with_flash_size(data)
            parts.append(Part(part.address, data))
        return tuple(parts)

    def _with_flash_size(self, data: bytes) -> bytes:
        size = esptool().cmds.detect_flash_size(self._esp)
        if size not in self._esp.FLASH_SIZES:
            return data
        return data[:3] + bytes([self._esp.FLASH_SIZES[size] | data[3] & 0x0F]) + data[4:]

    def _is_there(self, part: Part) -> bool:
        with self._doing(_LEAST_LIMIT_S + _READ_LIMIT_S_PER_MB * part.size / 1e6):
            return self._md5(part.address, part.size) == _md5(part.data)

    def _md5(self, address: int, size: int) -> str:
        digest: str = self._esp.flash_md5sum(address, size)
        return digest

    def _different(self, part: Part) -> Iterator[tuple[int, int]]:
        """(address, size) of what differs, neighbours joined."""
        if part.address % _SECTOR_BYTES:
            yield part.address, len(part.data)
            return
        run: tuple[int, int] | None = None
        for start in range(0, len(part.data), _COMPARED_BYTES):
            data = part.data[start : start + _COMPARED_BYTES]
            address = part.address + start
            with self._doing(_LEAST_LIMIT_S):
                same = self._md5(address, len(data)) == _md5(data)
            if not same:
                run = (run[0], run[1] + len(data)) if run else (address, len(data))
            elif run:
                yield run
                run = None
        if run:
            yield run

    def _packed(self, image: LoadImage, pieces: tuple[tuple[int, int], ...]) -> tuple[Piece, ...]:
        parts = self._prepared(image)
        packed = []
        for address, size in pieces:
            part = next(p for p in parts if p.address <= address < p.address + len(p.data))
            start = address - part.address
            data = part.data[start : start + size]
            packed.append(self._shared.packer.piece(data, address, self._esp.FLASH_WRITE_SIZE))
        return tuple(packed)

    def _connected(self, rate: int, at_once: bool) -> Chip:
        with self._doing(_CONNECT_LIMIT_S):
            esp = esp_connect.detected(self._face, self.capabilities.rates)
            name = esptool().util.strip_chip_name(esp.CHIP_NAME)
            esp_connect.refuse_locked(esp)
            unique_id = esp_connect.unique_id(esp)
            at_once = at_once and name not in self._shared.slow_stubs
            self._esp, kept_rate = esp_connect.with_stub(self._face, esp, rate, at_once=at_once)
            if not kept_rate:
                self._shared.slow_stubs.add(name)
            return Chip(name, unique_id, esp_connect.flash_bytes(self._esp))

    def _write_piece(self, piece: Piece, sent: int) -> int:
        esp = self._esp
        esp.flash_defl_begin(piece.size, piece.wire_bytes, piece.address)
        before = 0.0
        for block in piece.blocks:
            limit_s = _limit_s(block)
            # The stub answers first and stores while the next block comes in.
            self._send(block, max(before, limit_s))
            before = limit_s
            sent += block.data_bytes
            self._attempt.advance(sent)
        return sent

    def _send(self, block: Block, timeout_s: float) -> None:
        for _ in range(_SENDS):
            _, answer = self._esp.command(
                self._esp.ESP_CMDS["FLASH_DEFL_DATA"],
                block.body,
                block.checksum,
                timeout=timeout_s,
            )
            status = bytes(answer[:2])
            if status[0] == 0:
                return
            if status not in _BAD_CHECKSUM:
                raise LoaderRefusesError(status=status.hex())
        raise DamagedAnswerError

    def _restart_without_lines(self) -> None:
        esp = self._esp
        esp.flash_begin(0, 0)
        with suppress(esptool().FatalError):
            # A board that restarts at once may not get its answer out.
            esp.flash_finish(reboot=True, timeout=_FIRST_SIGN_S)
        self._face.baudrate = esp_connect.ROM_BAUD
        if esp.WATCHDOG_RESET_SUPPORTED and not self._face.heard_within(_FIRST_SIGN_S):
            esp.watchdog_reset()


def _whole_words(data: bytes) -> bytes:
    return data + b"\xff" * (-len(data) % 4)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _dotted(revision: int) -> str:
    return f"{revision // 100}.{revision % 100}"


def _limit_s(block: Block) -> float:
    """How long the board may take to unfold and store a block (esptool's own allowance)."""
    erased = (block.unfolded_bytes // _UNFOLD_BYTES + 2) * _ERASE_BLOCK_BYTES
    return max(3.0, _STORE_LIMIT_S_PER_MB * (block.unfolded_bytes + erased) / 1e6)
