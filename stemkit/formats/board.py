"""Board data file (`firmware/boards/<id>.toml`) -> `BoardModel`, checked against its chip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stemkit.formats.sources import take_sources
from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.board import (
    BoardModel,
    Filesystem,
    FilesystemKind,
    Firmware,
    Image,
    ImageFormat,
    Pins,
    Ram,
    Serial,
    UsbId,
    UsbRole,
    Wired,
)
from stemkit.model.chip import CHIPS, Chip, Family
from stemkit.words import N_

ID_PATTERN: Final = r"[a-z0-9]+(-[a-z0-9]+)*"

_LOADERS: Final = {Family.ESP: "esp", Family.RP2: "uf2", Family.MICROBIT: "microbit"}
_FORMATS: Final = {
    Family.ESP: ImageFormat.ESP,
    Family.RP2: ImageFormat.UF2,
    Family.MICROBIT: ImageFormat.HEX,
}


def parse_board(data: bytes, path: str) -> BoardModel:
    """Read a board file; `path` is its name in mistakes.

    Raises `DataFileError` with every mistake.
    """
    file = TomlFile(data, path)
    root = file.root
    family = root.choice("family", Family)
    chip_name = root.word("chip", list(CHIPS))
    chip = CHIPS[chip_name]
    if chip.family != family:
        root.wrong(
            "family",
            N_("The chip {chip} belongs to the family “{family}”."),
            chip=chip_name,
            family=chip.family,
        )
    pins = _pins(root.table("pins"), chip, chip_name)
    sources, unverified = take_sources(root)
    model = BoardModel(
        id=root.string("id", pattern=ID_PATTERN),
        name=root.text("name"),
        family=family,
        chip=chip_name,
        loader=_must_be(root, "loader", list(_LOADERS.values()), _LOADERS[chip.family]),
        flash_bytes=root.integer("flash_bytes", low=1),
        image=_image(root.table("image"), chip, chip_name),
        filesystem=_filesystem(root.table("filesystem"), root),
        firmware=_firmware(root.table("firmware")),
        usb=tuple(_usb(table) for table in root.tables("usb")),
        serial=_serial(root.table("serial")),
        ram=_ram(root.table("ram")),
        pins=pins,
        wiring=tuple(
            wired
            for table in root.tables("wiring")
            for wired in _wired(table, pins, chip, chip_name)
        ),
        drive=root.string("drive", default=""),
        enter_loader=root.text("enter_loader"),
        reset=root.text("reset"),
        sources=sources,
        unverified=unverified,
    )
    file.finish()
    return model


def _must_be(table: Table, key: str, allowed: list[str], right: str) -> str:
    """A word that the chip decides already: a different one is a mistake."""
    word = table.word(key, allowed)
    if word != right and table.content.get(key) in allowed:
        table.wrong(key, N_("“{key}” must be “{right}” for this chip."), key=key, right=right)
    return word


def _image(table: Table, chip: Chip, chip_name: str) -> Image:
    right = _FORMATS[chip.family]
    image = Image(
        format=ImageFormat(_must_be(table, "format", [str(f) for f in ImageFormat], right)),
        offset=_fixed_number(table, "offset", chip.image_offset, chip_name),
        esp_chip_id=_fixed_number(table, "esp_chip_id", chip.esp_chip_id, chip_name),
        uf2_families=table.integers("uf2_families", high=0xFFFFFFFF),
        hex_board_ids=table.integers("hex_board_ids", high=0xFFFF),
    )
    for number, family in enumerate(image.uf2_families):
        if family not in chip.uf2_families:
            table.file.wrong(
                (*table.path, "uf2_families", number),
                N_("The UF2 family {family} is not one of {chip}."),
                family=f"0x{family:08x}",
                chip=chip_name,
            )
    if chip.uf2_families and not image.uf2_families:
        table.file.wrong(table.path, N_("“{key}” is missing."), key="image.uf2_families")
    return image


def _fixed_number(table: Table, key: str, right: int | None, chip_name: str) -> int | None:
    """A number that the chip decides already; None where the chip has none."""
    if right is None:
        if key in table:
            table.integer(key)
            table.wrong(key, N_("{chip} has no “{key}”."), chip=chip_name, key=key)
        return None
    value = table.integer(key)
    if key in table and value != right:
        table.wrong(
            key,
            N_("“{key}” is {value}, but it is {right} for {chip}."),
            key=key,
            value=value,
            right=right,
            chip=chip_name,
        )
    return value


def _filesystem(table: Table, root: Table) -> Filesystem:
    kind = table.choice("kind", FilesystemKind)
    flash_bytes = root.content.get("flash_bytes")
    whole = flash_bytes if isinstance(flash_bytes, int) and flash_bytes > 0 else 2**32
    place = Filesystem(
        kind=kind,
        type=table.word("type", ["littlefs2", "microbit"]),
        offset=table.integer("offset", high=whole),
        bytes=table.integer("bytes", low=1, high=whole),
        block_bytes=table.integer("block_bytes", low=1, high=65536),
        progsize_bytes=table.integer("progsize_bytes", default=0, high=65536),
        label=table.string("label", default=""),
        table_offset=table.integer("table_offset", default=0, high=whole),
    )
    if place.offset + place.bytes > whole:
        table.wrong("bytes", N_("The file system reaches beyond the end of the flash."))
    if kind is not FilesystemKind.MICROBIT and place.block_bytes > 1:
        for key, value in (("offset", place.offset), ("bytes", place.bytes)):
            if value % place.block_bytes:
                table.wrong(key, N_("“{key}” must be a multiple of the block size."), key=key)
    if kind is FilesystemKind.PARTITION and not (place.label and place.table_offset):
        table.wrong("kind", N_("A partition needs “label” and “table_offset”."))
    return place


def _firmware(table: Table) -> Firmware:
    return Firmware(
        name=table.string("name", pattern=r"[A-Za-z0-9_-]+"),
        extension=table.word("extension", [".bin", ".uf2", ".hex"]),
        machines=table.strings("machines"),
        mcus=table.strings("mcus"),
        page=table.string("page", pattern=r"https://\S+"),
    )


def _usb(table: Table) -> UsbId:
    return UsbId(
        vid=table.integer("vid", high=0xFFFF),
        pid=table.integer("pid", high=0xFFFF),
        role=table.choice("role", UsbRole),
        chip=table.string("chip"),
    )


def _serial(table: Table) -> Serial:
    return Serial(
        native_usb=table.boolean("native_usb"),
        baud=table.integer("baud", low=300, high=4_000_000),
        receive_ring_bytes=table.integer("receive_ring_bytes", low=1, high=65536),
        runtime_baud=table.boolean("runtime_baud"),
        flash_bauds=table.integers("flash_bauds", low=9600, high=4_000_000),
    )


def _ram(table: Table) -> Ram:
    ram = Ram(
        total_bytes=table.integer("total_bytes", low=1),
        heap_bytes=table.integer("heap_bytes", low=1),
        upload_bytes=table.integer("upload_bytes", low=1),
    )
    if ram.heap_bytes > ram.total_bytes:
        table.wrong("heap_bytes", N_("The heap is larger than the memory."))
    return ram


def _pins(table: Table, chip: Chip, chip_name: str) -> Pins:
    labels = table.table("labels")
    named = table.table("named", optional=True)
    pins = Pins(
        labels={name: labels.integer(name) for name in labels},
        named={name: named.word(name, ["adc", "out"]) for name in named},
        adc=table.integers("adc"),
        input_only=table.integers("input_only"),
        reserved=table.integers("reserved"),
        strapping=table.integers("strapping"),
    )
    for name, gpio in pins.labels.items():
        _on_chip(labels, (name,), gpio, chip.gpios, chip_name)
        if gpio in pins.reserved:
            labels.wrong(name, N_("GPIO {gpio} is reserved and cannot be used."), gpio=gpio)
    for key, allowed in (
        ("adc", chip.adc_gpios),
        ("input_only", chip.input_only),
        ("reserved", chip.gpios),
        ("strapping", chip.gpios),
    ):
        for number, gpio in enumerate(table.integers(key)):
            _on_chip(table, (key, number), gpio, allowed, chip_name)
    return pins


def _on_chip(
    table: Table, key: tuple[str | int, ...], gpio: int, allowed: frozenset[int], chip_name: str
) -> None:
    if gpio not in allowed:
        message = N_("GPIO {gpio} of {chip} does not exist or cannot do this.")
        table.file.wrong((*table.path, *key), message, gpio=gpio, chip=chip_name)


def _wired(table: Table, pins: Pins, chip: Chip, chip_name: str) -> Iterator[Wired]:
    """One place for each of the `parts` that share it (as all parts on one I2C bus do)."""
    signals = table.table("signals")
    facts = table.table("facts", optional=True)
    found: dict[str, int | str] = {}
    for name in signals:
        if isinstance(signals.content[name], str):
            found[name] = signals.word(name, list(pins.named) or ["(none)"])
            continue
        gpio = found[name] = signals.integer(name)
        _on_chip(signals, (name,), gpio, chip.gpios, chip_name)
        if gpio in pins.reserved:
            signals.wrong(name, N_("GPIO {gpio} is reserved and cannot be used."), gpio=gpio)
    for part in table.strings("parts"):
        if not re.fullmatch(ID_PATTERN, part):
            table.wrong("parts", N_("“{value}” cannot be the id of a part."), value=part)
        yield Wired(
            name=table.string("name", default=part, pattern=r"[a-z][a-z0-9_]*"),
            sensor=part,
            signals=found,
            onboard=table.boolean("onboard", default=False),
            facts={name: facts.integer(name) for name in facts},
        )
    if not table.strings("parts"):
        table.wrong("parts", N_("“{key}” is missing."), key="parts")
