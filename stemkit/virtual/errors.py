"""What can go wrong with virtual boards."""

from __future__ import annotations

from stemkit.errors import MachineError, NoSuchBoardError, UsageError
from stemkit.words import N_


class NoMicroPythonError(MachineError):
    """The MicroPython that runs behind a virtual board is not installed."""

    code = "virtual-no-micropython"
    message = N_("Virtual boards need the package {package}, and it is not installed.")
    remedy = N_("Install it once: {command}")


class VirtualUnsupportedError(MachineError):
    """This system has none of what virtual boards are made with."""

    code = "virtual-unsupported"
    message = N_("Virtual boards do not run on {system} yet.")
    remedy = N_("Use Linux or macOS (on Windows: the Linux subsystem), or a real board.")


class SupervisorFailedError(MachineError):
    """The process that holds the boards did not come up or went away."""

    code = "virtual-not-started"
    message = N_("The virtual boards did not start: {reason}")
    remedy = N_("Run “stemkit sim stop --all”, then try again.")


class NoSuchVirtualBoardError(NoSuchBoardError):
    """No running virtual board has this name."""

    code = "virtual-no-such-board"
    message = N_("There is no virtual board “{name}”. Running: {running}.")
    remedy = N_("See which are running: stemkit sim list")


class VirtualRefusedError(UsageError):
    """A running virtual board did not take a request."""

    code = "virtual-refused"
    message = N_("Virtual board {name} cannot do that: {reason}")
    remedy = N_("See what can be set: stemkit sim set --help")
