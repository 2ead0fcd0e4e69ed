"""One board: may it be opened, does it answer, and what does it say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stemkit.actions.boards.listing import Board, State
from stemkit.actions.doctor import findings
from stemkit.actions.doctor.computer import Computer
from stemkit.actions.doctor.findings import Finding, Kind
from stemkit.actions.firmware.kept import is_at_hand
from stemkit.links.errors import PortPermissionError
from stemkit.storage import catalogue
from stemkit.storage.firmware_store import FirmwareStore


def look_at_board(computer: Computer, board: Board) -> Iterator[Finding]:
    """What a board that was asked gave."""
    if not board.likely:
        yield Finding(findings.NOT_A_BOARD, {"board": board.name}, board.name)
    elif board.remark is not None:
        yield _cannot(computer, board)
    elif board.state is State.BOOTLOADER:
        yield _without_firmware(computer, board, findings.WAITS)
    elif board.state is State.BLANK:
        yield _without_firmware(computer, board, findings.EMPTY)
    elif board.firmware is not None:
        firmware = f"{board.firmware.name} {board.firmware.version}"
        yield Finding(findings.ANSWERS, {"board": board.name, "firmware": firmware}, board.name)


def _without_firmware(computer: Computer, board: Board, kind: Kind) -> Finding:
    model = catalogue.boards().get(board.model or "")
    if model is not None and not is_at_hand(FirmwareStore(computer.store), model.firmware.name):
        kind = replace(kind, remedy=findings.FETCH_FIRST)
    return Finding(kind, {"board": board.name, "model": board.model}, board.name)


def _cannot(computer: Computer, board: Board) -> Finding:
    error = board.remark
    assert error is not None
    if isinstance(error, PortPermissionError) and computer.in_group(str(error.fields.get("group"))):
        fields = {"group": error.fields["group"], "port": board.port}
        return Finding(findings.MEMBER_LATER, dict(fields), board.name)
    kind = replace(findings.CANNOT_OPEN, code=error.code)
    fields = {"reason": error.told(), "remedy": error.remedy_told()}
    return Finding(kind, dict(fields), board.name)
