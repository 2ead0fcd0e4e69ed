"""One board: may it be opened, does it answer, and what does it say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stemkit.actions.boards.listing import Board, State
from stemkit.actions.doctor import findings
from stemkit.actions.doctor.computer import Computer
from stemkit.actions.doctor.findings import Finding
from stemkit.links.errors import PortPermissionError


def look_at_board(computer: Computer, board: Board) -> Iterator[Finding]:
    """What a board that was asked gave."""
    if not board.likely:
        yield Finding(findings.NOT_A_BOARD, {"board": board.name}, board.name)
    elif board.remark is not None:
        yield _cannot(computer, board)
    elif board.state is State.BOOTLOADER:
        yield Finding(findings.WAITS, {"board": board.name}, board.name)
    elif board.state is State.BLANK:
        yield Finding(findings.EMPTY, {"board": board.name}, board.name)
    elif board.firmware is not None:
        firmware = f"{board.firmware.name} {board.firmware.version}"
        yield Finding(findings.ANSWERS, {"board": board.name, "firmware": firmware}, board.name)


def _cannot(computer: Computer, board: Board) -> Finding:
    error = board.remark
    assert error is not None
    if isinstance(error, PortPermissionError) and computer.in_group(str(error.fields["group"])):
        fields = {"group": error.fields["group"], "port": board.port}
        return Finding(findings.MEMBER_LATER, dict(fields), board.name)
    kind = replace(findings.CANNOT_OPEN, code=error.code)
    fields = {"reason": error.told(), "remedy": error.remedy_told()}
    return Finding(kind, dict(fields), board.name)
