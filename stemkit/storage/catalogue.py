"""The catalogue: every board and sensor that stemkit knows, from the data files it ships with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

from stemkit.formats.board import parse_board
from stemkit.formats.errors import DataFileError
from stemkit.formats.mistakes import Mistake, Mistakes
from stemkit.formats.sensor import parse_sensor
from stemkit.model.board import BoardModel
from stemkit.model.sensor import SensorModel
from stemkit.storage.places import shipped
from stemkit.words import N_


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def boards() -> Mapping[str, BoardModel]:
    """All boards by id, in the order of their ids. Read once a process.

    Raises `DataFileError` with the mistakes of all files.
    """
    return _boards(shipped("firmware") / "boards")


def sensors() -> Mapping[str, SensorModel]:
    """All sensors and actuators by id, in the order of their ids. Read once a process.

    Raises `DataFileError` with the mistakes of all files.
    """
    return _sensors(shipped("firmware") / "sensors")


@cache
def _boards(folder: Path) -> Mapping[str, BoardModel]:
    return load(folder, parse_board)


@cache
def _sensors(folder: Path) -> Mapping[str, SensorModel]:
    return load(folder, parse_sensor)


def load(folder: Path, parse: Callable[[bytes, str], T]) -> Mapping[str, T]:
    """Every `*.toml` of a folder, parsed; a file's `id` must be its name.

    Raises `DataFileError` with the mistakes of all files.
    """
    found: dict[str, T] = {}
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            model = parse(path.read_bytes(), str(path))
        except DataFileError as error:
            mistakes += error.mistakes
            continue
        if model.id == path.stem:
            found[model.id] = model
        else:
            message = N_("“id” is “{id}”, but the file is called {file}.")
            mistakes.append(Mistake(str(path), 1, message, {"id": model.id, "file": path.name}))
    if mistakes:
        raise DataFileError(path=folder, mistakes=Mistakes(mistakes))
    return MappingProxyType(found)
