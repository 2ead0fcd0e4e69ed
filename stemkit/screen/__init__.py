"""The live display in the terminal. The only Textual import.

Watching -> Session (what came, what the person chose) -> rows of letters -> Letters widgets
"""

from __future__ import annotations

from stemkit.actions.readings.watching import Watching


def open_screen(watching: Watching) -> None:
    """Show a watching that has been started until the person leaves."""
    from stemkit.screen.app import Display
    from stemkit.screen.palette import canvas_style
    from stemkit.screen.session import Session
    from stemkit.screen.viewer import Viewer

    session = Session(watching, Viewer.of(watching.experiment), canvas_style())
    display = Display(session)
    try:
        display.run()
    finally:
        display.let_keyboard_go()
    if display.fault is not None:
        raise display.fault
