"""Small JSON files that several stemkit processes read and change."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from stemkit.errors import InputFileError, MachineError
from stemkit.storage import atomic
from stemkit.words import N_, tr

_BUSY_TIMEOUT_S: Final = 10.0


class NotebookDamagedError(InputFileError):
    """A file of stemkit's own folder cannot be read; `reason` is the parser's word."""

    code = "notebook-damaged"
    message = N_("The file {path} is damaged: {reason}")
    remedy = N_("Put back a copy of it, or rename it; a new one is then begun.")


class NotebookBusyError(MachineError):
    """Another stemkit has held the file for too long."""

    code = "notebook-busy"
    message = N_("Another stemkit is using {path}.")
    remedy = N_("Wait until it has finished, or close it; then try again.")


class Notebook:
    """One JSON object in one file. It is replaced whole, so that it is never half written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        """What is written there; {} where there is no file yet.

        Raises NotebookDamagedError.
        """
        try:
            found = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            line = tr(N_("line {line} is not JSON"), line=getattr(error, "lineno", 1))
            raise NotebookDamagedError(path=self.path, reason=line) from error
        if not isinstance(found, dict):
            raise NotebookDamagedError(path=self.path, reason=tr(N_("it holds no table")))
        return found

    @contextlib.contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """What is written there, to be changed in the block; nobody else changes it meanwhile.

        Where the block raises, the file stays as it was.
        """
        import filelock

        with atomic.told(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            guard = filelock.FileLock(
                self.path.with_name(f".{self.path.name}.busy"), timeout=_BUSY_TIMEOUT_S
            )
            try:
                guard.acquire()
            except filelock.Timeout as error:
                raise NotebookBusyError(path=self.path) from error
        try:
            found = self.read()
            yield found
            text = json.dumps(found, ensure_ascii=False, indent=1)
            atomic.write_bytes(self.path, text.encode() + b"\n")
        finally:
            guard.release()
