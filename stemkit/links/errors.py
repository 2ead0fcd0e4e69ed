"""What can go wrong between this computer and a board's port."""

from __future__ import annotations

from stemkit.errors import BoardError, MachineError, NoSuchBoardError, UsageError
from stemkit.words import N_


class PortMissingError(NoSuchBoardError):
    """The port is not there (any more)."""

    code = "no-such-port"
    message = N_("There is no port {port}, or it has just gone.")
    remedy = N_(
        "Check the cable, plug the board in again, then see what is connected: stemkit boards"
    )


class NotAPortError(NoSuchBoardError):
    """The path exists and is not a serial port."""

    code = "not-a-port"
    message = N_("{port} is not a serial port.")
    remedy = N_("Choose one of the ports that this shows: stemkit boards")


class PortAddressError(UsageError):
    """A port URL cannot be understood."""

    code = "bad-port-address"
    message = N_("The port address {port} cannot be understood.")
    remedy = N_(
        "Write socket://HOST:PORT, rfc2217://HOST:PORT, or one of the ports that this shows: "
        "stemkit boards"
    )


class HostUnreachableError(NoSuchBoardError):
    """Nobody answers at the address of a `socket://` or `rfc2217://` port."""

    code = "host-unreachable"
    message = N_("Nothing answers at {port} ({reason}).")
    remedy = N_("Check the address, the network, and that the other side is running.")


class PortBusyError(BoardError):
    """Another program has the port, and the system does not say which."""

    code = "port-busy"
    message = N_("The port {port} is in use by another program.")
    remedy = N_("Close the other program (Thonny, Arduino, a serial monitor), then try again.")


class PortHeldError(PortBusyError):
    """Another program has the port, and the system says which; same code as `PortBusyError`."""

    message = N_("The port {port} is in use by {program} (process {pid}).")
    remedy = N_("Close {program}, then try again.")


class PortPermissionError(MachineError):
    """The person may not open the port."""

    code = "port-permission"
    message = N_("You are not allowed to use the port {port}: it belongs to the group {group}.")
    remedy = N_(
        "Run once: sudo usermod -a -G {group} {user} — then log out and in again (or restart)."
    )


class PortOwnerOnlyError(PortPermissionError):
    """As `PortPermissionError`, where no group would help: the owner alone may; same code."""

    message = N_("You are not allowed to use the port {port}: only {owner} is.")
    remedy = N_(
        "Plug the board in again. If it stays so, this opens the port until the board is unplugged:"
        " sudo chmod a+rw {port}"
    )


class PortUnusableError(BoardError):
    """The port is there and cannot be opened, for a reason of the driver or the device."""

    code = "port-unusable"
    message = N_("The port {port} cannot be opened: {reason}")
    remedy = N_("Unplug the board and plug it in again; if it stays so, run: stemkit doctor")


class BaudRefusedError(BoardError):
    """The port's driver does not do this line rate."""

    code = "baud-refused"
    message = N_("The port {port} cannot work at {baud} baud.")
    remedy = N_("Choose a usual speed, for example 115200.")


class LinkLostError(BoardError):
    """An open link has gone: unplugged, switched off, the other side left."""

    code = "link-lost"
    message = N_("The link to the board on {port} was lost.")
    remedy = N_("Check the cable and plug the board in again; avoid a loose or charge-only cable.")


class LinkStalledError(BoardError):
    """The other side takes no more bytes."""

    code = "link-stalled"
    message = N_("The board on {port} has taken nothing for {seconds} seconds.")
    remedy = N_("Press the board's reset button or plug it in again, then repeat.")
