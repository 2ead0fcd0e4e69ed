"""Sensor data file (`firmware/sensors/<id>.toml`) -> `SensorModel`."""

from __future__ import annotations

from stemkit.formats.board import ID_PATTERN
from stemkit.formats.sources import take_sources
from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.sensor import Bus, Quantity, Role, SensorModel
from stemkit.words import N_

_PIN_KINDS = ["in", "out", "in-out", "adc", "pwm"]


def parse_sensor(data: bytes, path: str) -> SensorModel:
    """Read a sensor file; `path` is its name in mistakes.

    Raises `DataFileError` with every mistake.
    """
    file = TomlFile(data, path)
    root = file.root
    signals = root.table("signals")
    options = root.table("options", optional=True)
    sources, unverified = take_sources(root)
    model = SensorModel(
        id=root.string("id", pattern=ID_PATTERN),
        name=root.text("name"),
        role=root.choice("role", Role),
        bus=root.choice("bus", Bus),
        addresses=root.integers("addresses", low=0x08, high=0x77),
        signals={name: signals.word(name, _PIN_KINDS) for name in signals},
        quantities=tuple(_quantity(table) for table in root.tables("quantities")),
        options={name: options.integer(name) for name in options},
        driver=root.string("driver", pattern=r"(stem\.)?[a-z][a-z0-9_]*"),
        driver_class=root.string("driver_class", pattern=r"[A-Z][A-Za-z0-9]*"),
        supply_v=_supply(root.table("supply_v")),
        interval_s=root.number("interval_s", low=0, high=3600),
        wiring=root.text("wiring"),
        sources=sources,
        unverified=unverified,
    )
    _check(model, root)
    file.finish()
    return model


def _quantity(table: Table) -> Quantity:
    found = Quantity(
        id=table.string("id", pattern=r"[A-Za-z_]\w{0,31}"),
        name=table.text("name"),
        unit=table.string("unit", default=""),
        low=table.number("low"),
        high=table.number("high"),
        resolution=table.number("resolution", default=0.0, low=0),
        accuracy=table.number("accuracy", default=0.0, low=0),
    )
    if found.low > found.high:
        table.wrong("low", N_("“low” is above “high”."))
    return found


def _supply(table: Table) -> tuple[float, float]:
    low, high = table.number("low", low=0, high=30), table.number("high", low=0, high=30)
    if low > high:
        table.wrong("low", N_("“low” is above “high”."))
    return low, high


def _check(model: SensorModel, root: Table) -> None:
    """What must fit together within one file."""
    if (model.bus is Bus.I2C) != bool(model.addresses):
        root.wrong("bus", N_("A part on I2C needs “addresses”, any other must have none."))
    if model.role is Role.SENSOR and not model.quantities and "quantities" not in root:
        root.wrong("role", N_("A sensor needs at least one of “quantities”."))
    ids = [quantity.id for quantity in model.quantities]
    for number, name in enumerate(ids):
        if name in ids[:number]:
            path = ("quantities", number, "id")
            root.file.wrong(path, N_("“{name}” is there twice."), name=name)
