"""Compile the translations when a wheel is built (an editable install is one too)."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTranslations(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        tool = runpy.run_path(str(Path(self.root, ".ci", "words.py")))
        tool["compile_catalogues"]()
