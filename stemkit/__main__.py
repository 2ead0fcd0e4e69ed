"""The door: runs the command line and turns every exception into words and an exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stemkit.errors import CommandUsageError, Exit, StemkitError, from_os_error
from stemkit.words import (
    DOMAIN,
    LANGUAGES,
    LOCALE_FOLDER,
    N_,
    current_language,
    set_language,
    tr,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run stemkit with `argv` (without the program's name); returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    _prepare(words)
    try:
        return _guarded(words)
    finally:
        if argv is None:
            # The process ends: to look once more for what could be freed takes 30 ms.
            gc.freeze()


def _guarded(words: list[str]) -> int:
    try:
        with _libraries_speak(current_language()):
            code = _run(words)
        sys.stdout.flush()
        return code
    except StemkitError as error:
        return _tell(error, words)
    except KeyboardInterrupt:
        print(tr(N_("Stopped.")), file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left (`| head`): nothing is wrong, and nobody is listening.
        _drop_output()
        return Exit.DONE
    except OSError as error:
        known = from_os_error(error, error.filename or "?")
        return _tell(known, words) if known else _our_fault(error, words)
    except Exception as error:
        return _our_fault(error, words)


def _run(words: list[str]) -> int:
    import click

    from stemkit.cli import cli
    from stemkit.cli.faces import Faces
    from stemkit.cli.metavars import plain_numbers

    output = sys.stdout
    if os.environ.get("_STEMKIT_COMPLETE", "").startswith("powershell"):
        import stemkit.cli.powershell  # noqa: F401 - click has no such shell until then
    try:
        result = cli.main(
            words, prog_name="stemkit", standalone_mode=False, obj=Faces(screen=_open_screen)
        )
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return Exit.WRONG_USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "stemkit"
        reason = plain_numbers(error.format_message())
        raise CommandUsageError(reason=reason, command=path) from error
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except SystemExit as error:
        # click swallows a broken pipe, puts a wrapper over standard output and ends the process.
        if sys.stdout is not output:
            sys.stdout = output
            raise BrokenPipeError from error
        raise
    return int(result) if isinstance(result, int) else Exit.DONE


def _open_screen(watching: Any) -> None:
    from stemkit.screen import open_screen

    open_screen(watching)


def _prepare(words: list[str]) -> None:
    """Set language and encoding before anything is imported or printed."""
    set_language(_language_in(words))
    for stream in (sys.stdout, sys.stderr):
        # A pipe on Windows has an old code page that has no Vietnamese letters.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def _libraries_speak(language: str) -> Iterator[None]:
    """Let click find its sentences: it asks the process-wide gettext domain."""
    import gettext

    gettext.bindtextdomain(DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(DOMAIN)
    before = os.environ.get("LANGUAGE")
    os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        # A child, or whoever runs `main` again, finds what the person has set.
        os.environ.pop("LANGUAGE")
        if before is not None:
            os.environ["LANGUAGE"] = before


def _language_in(words: list[str]) -> str | None:
    for i, word in enumerate(words):
        if word == "--":
            return None
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and i + 1 < len(words):
            value = words[i + 1]
        if value in LANGUAGES:
            return value
    return None


def _tell(error: StemkitError, words: list[str]) -> int:
    if _wants_json(words):
        import json

        body = {
            "code": error.code,
            "message": error.told(),
            "remedy": error.remedy_told(),
            "exit_code": int(error.exit_code),
        }
        print(json.dumps({"error": body}, ensure_ascii=False), file=sys.stderr)
    else:
        from stemkit.cli.marks import heading
        from stemkit.cli.wrapping import fitted

        for number, text in enumerate(
            (
                tr(N_("Error: {text}"), text=error.told()),
                tr(N_("What to do: {text}"), text=error.remedy_told()),
                tr(N_("Error code: {code}"), code=error.code),
            )
        ):
            told = heading(fitted(text, sys.stderr), sys.stderr, bad=number == 0)
            print(told, file=sys.stderr)
    return error.exit_code


def _wants_json(words: list[str]) -> bool:
    return "--json" in (words[: words.index("--")] if "--" in words else words)


class UnexpectedError(StemkitError):
    """A fault of our own; the report file holds what a developer needs."""

    code = "unexpected"
    message = N_("Something went wrong inside stemkit ({kind}). It is not your fault.")
    remedy = N_("Please send this report file to the people who make stemkit: {report}")
    exit_code = Exit.OUR_FAULT


def _our_fault(error: Exception, words: list[str]) -> int:
    report = _write_report(error, words)
    return _tell(UnexpectedError(kind=type(error).__name__, report=report or "—"), words)


def _write_report(error: Exception, words: list[str]) -> Path | None:
    import platform
    import traceback
    from datetime import datetime

    from stemkit import __version__
    from stemkit.storage.places import reports

    lines = [
        f"stemkit {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: stemkit {' '.join(words)}",
        "",
        *traceback.format_exception(error),
    ]
    # A report is sent to others: the person's own folder has their name in it.
    text = "\n".join(lines).replace(str(Path.home()), "~")
    path = reports() / f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError:
        print(text, file=sys.stderr)
        return None
    return path


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
