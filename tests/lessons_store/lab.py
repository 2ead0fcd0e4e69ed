"""A tree of lessons on this machine's network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stemkit.storage.lesson_server import LessonServer


@contextmanager
def serving_tree(folder: Path) -> Iterator[str]:
    """The address of a `LessonServer` for `folder`."""
    server = LessonServer(folder, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        thread.join()
        server.close()
