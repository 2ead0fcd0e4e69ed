"""Load mpremote without its version.

mpremote asks for its own version when it is loaded, and takes "unknown" where Python has no
`importlib.metadata`. Loading that module costs more than all the rest of mpremote's transport.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_COSTLY: Final = "importlib.metadata"


@contextmanager
def quickly(package: str) -> Iterator[None]:
    """Load `package` in the block as if there were no `importlib.metadata`.

    Nothing is done where somebody has loaded either, or another thread could ask for it meanwhile.
    """
    modules: dict[str, Any] = sys.modules
    if package in modules or _COSTLY in modules or threading.active_count() > 1:
        yield
        return
    modules[_COSTLY] = None
    try:
        yield
    finally:
        del modules[_COSTLY]
