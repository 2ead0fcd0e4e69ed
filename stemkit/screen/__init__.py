"""The live display in the terminal. The only Textual import.

Watching -> Session (what came, what the person chose) -> rows of letters -> Letters widgets
"""

from __future__ import annotations

import gc

from stemkit.actions.readings.watching import Watching
from stemkit.words import current_language, set_language


def open_screen(watching: Watching) -> None:
    """Show a watching that has been started until the person leaves."""
    from stemkit.screen.app import Display
    from stemkit.screen.palette import canvas_style
    from stemkit.screen.session import Session
    from stemkit.screen.viewer import Viewer

    # What the machine asks for is read once: pictures would ask it hundreds of times a second.
    set_language(current_language())
    session = Session(watching, Viewer.of(watching.experiment), canvas_style())
    display = Display(session)
    # Looking for garbage among all that was imported would stop the picture for 50 ms each time.
    gc.collect()
    gc.freeze()
    try:
        display.run()
    finally:
        display.let_keyboard_go()
        gc.unfreeze()
    if display.fault is not None:
        raise display.fault
