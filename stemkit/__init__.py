"""stemkit: flash, program, watch and package the sensor kits of school STEM clubs."""

from typing import Final

__version__: Final = "0.1.0"
