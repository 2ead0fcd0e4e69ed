"""What a program on a virtual board touches: sensors at register level, and a scenario around."""

from stemkit.virtual.world.spec import BoardSpec, Part, board_spec
from stemkit.virtual.world.world import World

__all__ = ["BoardSpec", "Part", "World", "board_spec"]
