"""The catalogue: every board and sensor that stemkit knows, from the data files it ships with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

from stemkit.formats.board import parse_board
from stemkit.formats.errors import DataFileError
from stemkit.formats.mistakes import Mistake, Mistakes
from stemkit.model.board import BoardModel
from stemkit.storage.places import shipped
from stemkit.words import N_

if TYPE_CHECKING:
    from stemkit.model.sensor import SensorModel


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def boards() -> Mapping[str, BoardModel]:
    """All boards by id, in the order of their ids.

    A file is read when it is first asked for, once a process: most commands need one board of
    thirteen. Asking for a file that has mistakes raises `DataFileError`.
    """
    return _boards(shipped("firmware") / "boards")


def sensors() -> Mapping[str, SensorModel]:
    """All sensors and actuators by id, in the order of their ids; read as `boards` are."""
    return _sensors(shipped("firmware") / "sensors")


@cache
def _boards(folder: Path) -> Mapping[str, BoardModel]:
    return _OnDemand(folder, parse_board)


@cache
def _sensors(folder: Path) -> Mapping[str, SensorModel]:
    from stemkit.formats.sensor import parse_sensor  # most commands need no sensor

    return _OnDemand(folder, parse_sensor)


class _OnDemand(Mapping[str, T]):
    """The `*.toml` files of a folder by their names, each parsed when it is first asked for."""

    def __init__(self, folder: Path, parse: Callable[[bytes, str], T]) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        self._parse = parse
        self._read: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._read:
            self._read[name] = _parsed(self._paths[name], self._parse)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _parsed(path: Path, parse: Callable[[bytes, str], T]) -> T:
    model = parse(path.read_bytes(), str(path))
    if model.id != path.stem:
        message = N_("“id” is “{id}”, but the file is called {file}.")
        mistake = Mistake(str(path), 1, message, {"id": model.id, "file": path.name})
        raise DataFileError(path=path, mistakes=Mistakes([mistake]))
    return model


def load(folder: Path, parse: Callable[[bytes, str], T]) -> Mapping[str, T]:
    """Every `*.toml` of a folder, parsed; a file's `id` must be its name.

    Raises `DataFileError` with the mistakes of all files.
    """
    found: dict[str, T] = {}
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found[path.stem] = _parsed(path, parse)
        except DataFileError as error:
            mistakes += error.mistakes
    if mistakes:
        raise DataFileError(path=folder, mistakes=Mistakes(mistakes))
    return MappingProxyType(found)
