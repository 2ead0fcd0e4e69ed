"""What happened, in words for people; every face tells it alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stemkit.model.reading import Described, Gap, Happening, Item, Kind
from stemkit.words import N_, ntr, number, tr

SENTENCES: Final[dict[Kind, str]] = {
    Kind.NO_BOARD: N_("No board is connected. Plug one in, and further ones: each is taken."),
    Kind.NEEDS_FIRMWARE: N_(
        "{board}: waits for firmware and prints no readings. Put firmware onto it: stemkit flash"
    ),
    Kind.SILENT: N_(
        "{board} sends no readings. Is its program running? To put a lesson on it and run that:"
        " stemkit deploy 01-first-light {board} --run"
    ),
    Kind.TALKS_AGAIN: N_("{board}: readings come again, after {after_s} s."),
    Kind.CONNECTED: N_("{board}: connected at {port}."),
    Kind.DISCONNECTED: N_("{board}: the cable was pulled or the board went away. Waiting for it."),
    Kind.RECONNECTED: N_("{board}: back at {port} after {away_s} s."),
    Kind.REPLACED: N_("{board}: another board answers here: {now} instead of {was}."),
    Kind.UNAVAILABLE: N_("{board}: {text} stemkit keeps trying."),
    Kind.SHARED: N_(
        "{board}: {program} (process {pid}) has the port open too, so each gets only a part of the"
        " lines. Close it."
    ),
    Kind.RESTARTED: N_("{board}: was restarted; its clock began again."),
    Kind.FORM: N_("{board}: its lines have the form “{form}”."),
    Kind.TEXT: "{text}",
    Kind.DECIMAL_COMMA: N_(
        "{board} prints “{text}”: one number with a decimal comma, or two? So it is not read. Let"
        " the program print a point, as in 23.5"
    ),
    Kind.DAMAGED: N_("{board}: a line was damaged on its way."),
    Kind.OVERLONG: N_("{board}: a line of more than 4 kB was cut off."),
    Kind.TOO_MANY_CHANNELS: N_("{board}: too many channels; “{label}” is left out."),
    Kind.THROTTLED: N_(
        "{board}: sends faster than can be read, so it is held back. Let its program wait a little"
        " between two lines."
    ),
    Kind.RATE_FOUND: N_(
        "{board}: sends at {baud} baud. To begin so next time: stemkit watch --baud {baud}"
    ),
    Kind.LESSON: N_("The lesson “{title}” is on the boards: the display is set up for it."),
    Kind.HELD_BACK: N_("The disk does not keep up: the boards are held back a little."),
    Kind.MARK: N_("Mark: {text}"),
    Kind.ALARM: N_("ALARM {board}: {rule} ({channel} = {value})"),
    Kind.ALARM_OVER: N_("{board}: back to normal: {rule} ({channel} = {value})"),
    Kind.TRIGGER: N_("{board}: this happened: {rule}"),
    Kind.CONTROL: N_("{board}: {control} was set to {value}."),
    Kind.RECORDING_STARTED: N_("Recording “{name}” into {folder}"),
    Kind.CLOCK_JUMPED: N_(
        "This computer's clock was set by {by_s} s; the recording's time goes on."
    ),
}


def told(item: Item) -> str:
    """One sentence, or "" for what is not told in words (readings, counts of written lines)."""
    if isinstance(item, Gap):
        return ntr("{board}: {n} line was lost.", "{board}: {n} lines were lost.", item.lost,
                   board=item.board)  # fmt: skip
    if isinstance(item, Described):
        names = ", ".join(channel.label for channel in item.description.channels)
        return tr(N_("{board}: describes its channels: {names}"), board=item.board, names=names)
    if not isinstance(item, Happening):
        return ""
    special = _SPECIAL.get(item.kind)
    if special is not None:
        return special(item)
    sentence = SENTENCES.get(item.kind, "")
    fields = {name: _shown(value) for name, value in item.detail.items()}
    return tr(sentence, board=item.board, **fields) if sentence else ""


def _disconnected(item: Happening) -> str:
    ended = N_("{board}: has ended; nothing more will come.")
    text = ended if item.detail.get("ended") else SENTENCES[Kind.DISCONNECTED]
    return tr(text, board=item.board)


_WHY_SILENT: Final = {
    "error": N_("{board}: its program stopped with an error: {text}"),
    "ended": N_("{board}: its program has come to its end. Reset the board to start it again."),
    "prompt": N_(
        "{board}: no program runs; it waits at its prompt (>>>). Reset it to start the one that is"
        " on it, or put a lesson on it: stemkit deploy 01-first-light {board} --run"
    ),
    "no-line-end": N_(
        "{board} prints without ever beginning a new line, so no reading is whole. Let its program"
        " use Serial.println, or print without “end”."
    ),
    "words": N_(
        "{board} prints lines in which no readings are found, such as “{text}”. Let its program"
        " print a name and a number: temp:23.5"
    ),
}


def _silent(item: Happening) -> str:
    sentence = _WHY_SILENT.get(str(item.detail.get("why", "")))
    if sentence is not None:
        return tr(sentence, board=item.board, text=item.detail.get("text", ""))
    for_s = item.detail.get("for_s")
    if isinstance(for_s, float | int):
        text = N_(
            "{board}: no readings for {seconds} s. Is its program still running? To find out why:"
            " stemkit doctor"
        )
        return tr(text, board=item.board, seconds=f"{for_s:.0f}")
    return tr(SENTENCES[Kind.SILENT], board=item.board)


def _mark(item: Happening) -> str:
    text = str(item.detail.get("text", ""))
    return tr(SENTENCES[Kind.MARK], text=text) if text else tr(N_("Mark"))


def _stopped(item: Happening) -> str:
    name, lines = item.detail.get("name", ""), int(str(item.detail.get("lines", 0)))
    if item.detail.get("error"):
        return ntr(
            "RECORDING STOPPED: {why} {n} line of “{name}” is safe.",
            "RECORDING STOPPED: {why} {n} lines of “{name}” are safe.",
            lines,
            why=item.detail.get("text", ""),
            name=name,
        )
    return ntr("“{name}”: {n} line was recorded.", "“{name}”: {n} lines were recorded.", lines,
               name=name)  # fmt: skip


def _garbled(item: Happening) -> str:
    baud = item.detail.get("baud", "")
    if item.detail.get("trying"):
        text = N_("{board}: cannot be read at {baud} baud. The other usual rates are tried.")
    else:
        text = N_(
            "{board}: cannot be read at {baud} baud. Look into its program for the rate, and write:"
            " stemkit watch --baud 9600"
        )
    return tr(text, board=item.board, baud=baud)


def _dropped(item: Happening) -> str:
    rows = int(str(item.detail.get("rows", 0)))
    return ntr(
        "This display was too slow and left out {n} reading (a recording has it).",
        "This display was too slow and left out {n} readings (a recording has them).",
        rows,
    )


def _named(item: Happening) -> str:
    names = [name for name in map(str, _listed(item.detail.get("now"))) if name]
    return tr(
        N_("{board}: a header came; its channels are called {names} now."),
        board=item.board,
        names=", ".join(names),
    )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _shown(value: object) -> object:
    return number(value, ".6g") if isinstance(value, float) else value


_SPECIAL: Final[dict[Kind, Callable[[Happening], str]]] = {
    Kind.DISCONNECTED: _disconnected,
    Kind.SILENT: _silent,
    Kind.MARK: _mark,
    Kind.RECORDING_STOPPED: _stopped,
    Kind.DROPPED: _dropped,
    Kind.GARBLED: _garbled,
    Kind.NAMED: _named,
}
