"""The display in the terminal: frames, keys and windows around a `Session`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.timer import Timer

from stemkit.errors import StemkitError
from stemkit.screen import orders
from stemkit.screen.dialogs import Ask, Controls, Help
from stemkit.screen.heading import draw_heading
from stemkit.screen.keys import key_bar
from stemkit.screen.letters import Letters
from stemkit.screen.lines import dot_s
from stemkit.screen.numbers import fits_of
from stemkit.screen.pace import LEAST_GAP_S, LEAST_KEY_GAP_S, LONGEST_GAP_S, Pace
from stemkit.screen.panel_heading import AXIS
from stemkit.screen.session import Session
from stemkit.screen.viewer import Page
from stemkit.words import N_, current_language, number, set_language, tr

_LOOK_HZ = 1.0
_AT_ONCE_S = 0.001


class Came(Message, bubble=False):
    """Something waits in the display's mailbox."""


class Display(App[None]):
    """Runs until the person leaves; `fault` is what ended it, where nobody asked for it."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: ansi_default; layout: vertical; }
    ModalScreen { background: transparent; }
    #heading, #keys { height: 1; }
    #messages { height: 2; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(ansi_color=True)
        self.session = session
        self.fault: BaseException | None = None
        self._dirty = True
        self._busy = False
        self._pace = Pace()
        self._told = False
        self._next: Timer | None = None
        self._due_s = 0.0
        # Kept, because a query looks only into the window that lies on top.
        self._heading, self._picture = Letters("heading"), Letters("picture")
        self._messages, self._keys = Letters("messages"), Letters("keys")

    def compose(self) -> ComposeResult:
        """See `App.compose`."""
        yield from (self._heading, self._picture, self._messages, self._keys)

    def let_keyboard_go(self) -> None:
        """End the threads that read keys, also those of a terminal window that was closed.

        A hang-up wakes the driver once more (SIGCONT follows SIGHUP), and its new thread would
        read the dead terminal for ever and keep the process alive.
        """
        ended = getattr(self._driver, "exit_event", None)
        if ended is not None:
            ended.set()

    def on_mount(self) -> None:
        """Begin to draw."""
        self.session.watching.mailbox.on_delivery = self._tell
        self.set_interval(1 / _LOOK_HZ, self._look)
        self._draw_within(0.0)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.session.watching.mailbox.on_delivery = None

    def _tell(self) -> None:
        # From the reading thread: one message for all that comes until the next picture.
        if not self._told:
            self._told = True
            self.post_message(Came())

    def on_came(self) -> None:
        """New readings are seen at once, or as soon as it is time for the next picture."""
        self._draw_soon(LEAST_GAP_S)

    def _draw_soon(self, gap_s: float) -> None:
        """Draw now, or so many seconds after the last picture began."""
        wait_s = self._pace.wait_s(gap_s)
        if wait_s > 0.0:
            self._draw_within(wait_s)
        else:
            self.frame()

    def _draw_within(self, wait_s: float) -> None:
        """Draw after so many seconds, unless that is to be done earlier."""
        due_s = self._pace.now_s() + wait_s
        if self._next is not None:
            if self._due_s <= due_s:
                return
            self._next.stop()
        self._due_s = due_s
        self._next = self.set_timer(max(wait_s, _AT_ONCE_S), self._draw_now)

    def _draw_now(self) -> None:
        self._next = None
        self.frame()

    def on_resize(self, event: events.Resize) -> None:
        """Everything is drawn anew; a tall window has room for more messages."""
        self._messages.styles.height = 2 if event.size.height < 40 else 4
        self._dirty = True

    def frame(self) -> None:
        """Take what has come, and draw if that changes the picture."""
        if self._next is not None:
            self._next.stop()
            self._next = None
        self._told = False
        self._pace.begin()
        drawn = self._draw()
        if drawn:
            self._pace.end()
        # Where nothing comes, time goes on.
        self._draw_within(self._pace.wait_s(LONGEST_GAP_S) if drawn else LONGEST_GAP_S)

    def _draw(self) -> bool:
        session = self.session
        came = session.take()
        if not session.watching.left_s:
            self.exit()
        if session.new_alarm:
            session.new_alarm = False
            self.bell()
        picture = self._picture
        columns, rows = picture.size.width, picture.size.height
        if not columns or not rows:
            return False
        moved = session.moved(columns - AXIS)
        if not (self._dirty or moved or (came and session.viewer.paused_s is None)):
            if came:
                self._around()
            return came
        self._dirty = False
        picture.show(session.draw(columns, rows))
        self._around()
        self._fit()
        return True

    def on_key(self, event: events.Key) -> None:
        """Obey a key."""
        if len(self.screen_stack) > 1:
            return
        order = _ORDERS.get(event.key) or _ORDERS.get(event.character or "")
        if order is not None:
            order(self)
        elif event.character and event.character in "123456789":
            labels = self.session.labels()
            if int(event.character) <= len(labels):
                self.session.viewer.toggle(labels[int(event.character) - 1])
        else:
            return
        event.stop()
        self._dirty = True
        self._draw_soon(LEAST_KEY_GAP_S)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Less time."""
        self.zoom(-1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """More time."""
        self.zoom(1)

    def zoom(self, steps: int) -> None:
        """Show more or less time."""
        self.session.viewer.zoom(steps, self.session.now_s())
        self._dirty = True

    def move(self, steps: float) -> None:
        """Left and right."""
        viewer = self.session.viewer
        if viewer.page is Page.TILES:
            orders.choose_tile(self.session, int(steps))
            return
        dot = dot_s(viewer, self._picture.size.width)
        viewer.move(steps, self.session.now_s(), dot)

    def up(self, steps: int) -> None:
        """Up and down."""
        session = self.session
        if session.viewer.page is Page.TILES:
            size = self._picture.size
            orders.choose_tile_below(session, -steps, size.width, size.height)
        else:
            session.viewer.shift(steps)

    def ask(self, question: str, hint: str, obey: Callable[[str], None], answer: str = "") -> None:
        """Ask for a line and obey it; what is wrong with it is told."""

        def check(text: str) -> str:
            try:
                obey(text)
            except StemkitError as error:
                return f"{error.told()} {error.remedy_told()}"
            self._dirty = True
            return ""

        self.push_screen(Ask(question, hint, check, answer))

    def ask_formula(self) -> None:
        """Key f."""
        self.ask(
            tr(N_("New channel (only its name, to take it away):")),
            "f = temp*1.8+32",
            lambda text: orders.formula(self.session, text),
        )

    def ask_calibration(self) -> None:
        """Key k."""
        labels = self.session.labels()
        self.ask(
            tr(N_("What should the channel show now? (only its name: as it was at first)")),
            f"{labels[0] if labels else 'temp'} = 25.0",
            lambda text: orders.calibrate_now(self.session, text),
        )

    def ask_mark(self) -> None:
        """Key m: the moment is now, the word comes later."""
        t_s = self.session.now_s()
        self.ask(
            tr(N_("Mark at {t} s (a word, or only Enter):"), t=number(t_s)),
            "",
            lambda text: orders.mark(self.session, t_s, text),
        )

    def ask_setup(self) -> None:
        """Key w."""
        self.ask(
            tr(N_("Keep the set-up in the file:")),
            "setup.toml",
            lambda text: orders.save_setup(self.session, Path(text or "setup.toml")),
        )

    def record(self) -> None:
        """Key r."""
        if self.session.watching.recording:
            self._beside(orders.end_recording)
        else:
            self.ask(
                tr(N_("Name of the recording:")),
                tr(N_("only Enter: today's date and time")),
                lambda text: orders.record(self.session, text),
            )

    def controls(self) -> None:
        """Key u."""
        found = self.session.controls()
        if found:
            self.push_screen(Controls(found, self.session.watching.feed.set_control))
        else:
            orders.say(self.session, N_("No program here offers controls."))

    def language(self) -> None:
        """Key l."""
        set_language("en" if current_language() == "vi" else "vi")

    def help(self) -> None:
        """Key ?."""
        self.push_screen(Help())

    def leave(self) -> None:
        """Key q."""
        self.exit()

    def _around(self) -> None:
        heading, keys, messages = self._heading, self._keys, self._messages
        heading.show([draw_heading(self.session, heading.size.width)])
        keys.show([key_bar(keys.size.width)])
        messages.show(self.session.brief(messages.size.width, messages.size.height))

    def _look(self) -> None:
        self.session.watching.feed.check()
        self._dirty = True

    def _fit(self) -> None:
        chosen = self.session.fit_wanted()
        if chosen is None or self._busy:
            return
        self._busy = True

        def work() -> None:
            found = fits_of(chosen, self.session.book)
            self.call_from_thread(self._fitted, chosen, found)

        self.run_worker(work, thread=True)

    def _fitted(self, chosen: object, found: object) -> None:
        self._busy = False
        self.session.fit_done(chosen, found)  # type: ignore[arg-type]
        self._dirty = True

    def _beside(self, work: Callable[[Session], None]) -> None:
        """Do something that takes a while without stopping the picture."""
        self.run_worker(lambda: work(self.session), thread=True)

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print its own traceback; ours is told by the one boundary.
        self.fault = error
        self.exit()


Order = Callable[[Display], None]

_ORDERS: dict[str, Order] = {
    "space": lambda d: d.session.viewer.pause(d.session.now_s()),
    "left": lambda d: d.move(-1),
    "right": lambda d: d.move(1),
    "shift+left": lambda d: d.move(-10),
    "shift+right": lambda d: d.move(10),
    "up": lambda d: d.up(1),
    "down": lambda d: d.up(-1),
    "+": lambda d: d.zoom(-1),
    "=": lambda d: d.zoom(-1),
    "-": lambda d: d.zoom(1),
    "c": lambda d: d.session.viewer.cursor(d.session.now_s()),
    "v": lambda d: d.session.viewer.select(d.session.now_s()),
    "o": lambda d: orders.together(d.session),
    "b": lambda d: d.session.viewer.next_board(d.session.boards()),
    "a": lambda d: d.session.viewer.toggle_fixed(d.session.panels()),
    "s": lambda d: orders.statistics(d.session),
    "t": lambda d: d.session.viewer.next_fit(),
    "f": Display.ask_formula,
    "k": Display.ask_calibration,
    "u": Display.controls,
    "g": lambda d: orders.turn(d.session, Page.TILES),
    "e": lambda d: orders.turn(d.session, Page.TEXT),
    "enter": lambda d: orders.open_tile(d.session),
    "escape": lambda d: d.session.viewer.back(),
    "r": Display.record,
    "m": Display.ask_mark,
    "w": Display.ask_setup,
    "l": Display.language,
    "?": Display.help,
    "q": Display.leave,
    "ctrl+c": Display.leave,
}
