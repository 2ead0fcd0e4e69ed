"""esptool as a library in our process: made quiet and made fast. Only this room imports it."""

from __future__ import annotations

import threading
from functools import cache
from types import ModuleType
from typing import Any

_preparing = threading.Lock()


def esptool() -> ModuleType:
    """The library, ready for threads that work on boards side by side."""
    with _preparing:
        return _prepared()


@cache
def _prepared() -> ModuleType:
    import esptool
    import esptool.cmds
    import esptool.loader
    import esptool.logger
    import esptool.targets

    _silence(esptool.logger)
    cure_trace(esptool.loader)
    module: ModuleType = esptool
    return module


def _silence(logger: Any) -> None:
    """Nothing that esptool says may reach standard output: that is for our data."""

    class Deaf(logger.TemplateLogger):  # type: ignore[misc]
        """Progress and errors are told by our own loader, in the person's language."""

        def print(self, *args: object, **kwargs: object) -> None:
            pass

        def note(self, message: str) -> None:
            pass

        def warning(self, message: str) -> None:
            pass

        def error(self, message: str) -> None:
            pass

        def stage(self, finish: bool = False) -> None:
            pass

        def progress_bar(self, *args: object, **kwargs: object) -> None:
            pass

        def set_verbosity(self, verbosity: str) -> None:
            pass

    logger.log.set_logger(Deaf())


def cure_trace(loader: Any) -> None:
    """Take the cost out of esptool's tracing, which we never switch on.

    esptool 5 formats every packet as a hex dump for a trace that is off: 16 ms for each 16 KiB
    block, more than all else that a flash costs. tests/loaders/test_esp_library.py says when
    this is no longer needed.
    """

    class Undumped(loader.HexFormatter):  # type: ignore[misc]
        def __str__(self) -> str:
            return f"{len(self._s)} bytes"

    loader.HexFormatter = Undumped
