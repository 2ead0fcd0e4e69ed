"""What can go wrong with a running MicroPython board."""

from __future__ import annotations

from stemkit.errors import BoardError, UsageError
from stemkit.words import N_


class NoPromptError(BoardError):
    """The board does not come to its prompt; the subclasses say what was seen instead."""

    code = "no-prompt"
    message = N_("The board on {port} does not come to its prompt.")
    remedy = N_("Press the board's reset button, then try again.")

    def __init__(self, *, heard: bytes = b"", **fields: object) -> None:
        super().__init__(**fields)
        self.heard = heard
        """What came instead, for who can tell more from it."""


class SilentBoardError(NoPromptError):
    """Nothing at all came back."""

    code = "no-answer"
    message = N_(
        "Nothing answers on {port}: the board is off, asleep or without firmware, or it is another "
        "device."
    )
    remedy = N_(
        "Press the board's reset button and try again; a board without firmware first needs: "
        "stemkit flash"
    )


class ChattyBoardError(NoPromptError):
    """Text came, but never a prompt."""

    code = "board-not-micropython"
    message = N_("The board on {port} sends text but shows no MicroPython prompt: {sample}")
    remedy = N_(
        "If it runs MicroPython, press its reset button and try again; if it runs something else "
        "(Arduino, a modem), put MicroPython on it: stemkit flash"
    )


class PressResetError(NoPromptError):
    """A board that runs MicroPython obeys nothing that can be sent to it; `how` is for a person."""

    code = "press-reset"
    message = N_("The program on the board on {port} does not let stemkit in.")
    remedy = N_(
        "Restart the board by hand and run the command again at once. {how} If that does not help, "
        "put the firmware on again: stemkit flash --force"
    )


class EmptyBoardError(NoPromptError):
    """The chip says that its flash holds no program."""

    code = "board-empty"
    message = N_("The board on {port} has no firmware.")
    remedy = N_("Put MicroPython on it: stemkit flash")


class BoardConfusedError(BoardError):
    """The prompt did not answer as its protocol says: bytes were lost or another program reads."""

    code = "board-confused"
    message = N_("The board on {port} gave an answer that makes no sense ({reason}).")
    remedy = N_("Check that no other program uses the port and that the cable is good, then retry.")


class BoardTimeLimitError(BoardError):
    """The board was still working when its time was up."""

    code = "board-time-limit"
    message = N_("The board on {port} did not finish within {seconds} seconds.")
    remedy = N_("Press the board's reset button, then try again.")


class BoardRestartedError(BoardError):
    """The board was reset while code ran, and is at its prompt again."""

    code = "board-restarted"
    message = N_("The board on {port} restarted while the program ran.")
    remedy = N_(
        "Where the program does that itself (machine.reset, deepsleep, WDT), nothing is wrong. Else"
        " its supply may be too weak: use another cable or socket, and take the sensors off."
    )


class BoardExceptionError(BoardError):
    """Code that ran on the board ended with an exception; `traceback` is the board's own text."""

    code = "board-exception"
    message = N_("The program on the board on {port} stopped: {summary}")
    remedy = N_("Correct the line that is named, then run the program again.")

    def __init__(
        self, *, port: str, summary: str, traceback: str = "", output: bytes = b""
    ) -> None:
        super().__init__(port=port, summary=summary)
        self.traceback = traceback
        self.output = output
        """What the code printed before."""


class MpremoteError(BoardError):
    """A command of mpremote failed; `reason` is its own sentence."""

    code = "mpremote"
    message = N_("mpremote could not do it on {port}: {reason}")
    remedy = N_("Check the name of the package or folder, the network, and the board's free space.")


class MpremoteUsageError(UsageError):
    """mpremote does not understand the words; `reason` is its own sentence."""

    code = "mpremote-usage"
    message = N_("mpremote does not understand this: {reason}")
    remedy = N_("For example: stemkit mip install umqtt.simple")


class NoTerminalError(UsageError):
    """The prompt needs somebody who types."""

    code = "no-terminal"
    message = N_("The board's prompt needs a terminal to type in.")
    remedy = N_("Run it without pipes, or run a program file: stemkit run FILE")
