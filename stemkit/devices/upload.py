"""Files onto a running board: ask what differs, send that as one checked stream, swap it in.

Until the last moment new files lie in the board's `.stemkit` folder and the old ones stay whole;
then all take their places in one step that the board finishes even when it loses power
(`firmware/runtime/receiver/swap.py`). What came whole before a failure is not sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from stemkit.devices.dialogue import Dialogue, ReceiverDeafError, ReceiverGoneError
from stemkit.devices.receiver import (
    SWAP_MARK,
    Facts,
    ReceiverSource,
    comparison,
    squeezed,
)
from stemkit.devices.session import Session
from stemkit.devices.survey import (
    NEW,
    SAME,
    STAGED,
    Survey,
    nothing_there,
    read_manifest,
    read_marks,
    survey,
)
from stemkit.devices.upload_recovery import Recovery
from stemkit.events import Sink, StepAdvanced, StepStarted, silent
from stemkit.formats.deployed import build_manifest, manifest_of
from stemkit.model.deployment import MANIFEST_PATH, PROFILE_NAME, BoardFile, Manifest
from stemkit.wire.upload import record
from stemkit.words import N_

FAST_BAUD: Final = 921600
_FAST_FROM_BYTES: Final = 3000
_BOOT: Final = "boot.py"
_OURS: Final = MANIFEST_PATH.split("/")[0]
# A manifest that even an ESP8266 holds in memory three times over.
_LARGEST_COMPARED_BYTES: Final = 2048
# Blocks that a littlefs needs free to work, and two for each folder (a pair of metadata blocks).
_SPARE_BLOCKS: Final = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What a board is to have."""

    files: Sequence[BoardFile]
    keep: bool = False
    """Leave the files that an earlier deploy put there and that are no longer asked for."""
    fast_baud: int | None = FAST_BAUD
    """The rate to go to for the transfer; None where the port or the board has none."""


@dataclass(slots=True)
class Uploaded:
    """What an upload did."""

    sent: int = 0
    same: int = 0
    removed: int = 0
    payload_bytes: int = 0
    """Content of the files that were sent."""
    wire_bytes: int = 0
    """All bytes that went to the board, the receiver with them."""
    profile_left: bool = False
    """The board's profile is of an earlier deploy: it holds the number, and stays."""
    fast_works: bool | None = None
    """Whether the faster rate worked; None where it was not tried."""

    @property
    def changed(self) -> bool:
        """Whether anything on the board is different now."""
        return bool(self.sent or self.removed)


@dataclass(frozen=True, slots=True)
class _Plan:
    send: list[BoardFile]
    staged: list[BoardFile]
    remove: list[str]
    manifest: BoardFile | None
    """The new manifest, None where the board's is right."""

    @property
    def moves(self) -> list[BoardFile]:
        return [*self.send, *self.staged]


def upload(
    session: Session,
    source: ReceiverSource,
    wish: Wish,
    *,
    board: str,
    sink: Sink = silent,
) -> Uploaded:
    """Make the board behind an entered session have what is wished.

    Raises the errors of `upload_errors` and of the session; whatever is raised, the board has all
    its old files or all the new ones.
    """
    job = _Job(session, source, wish, board, sink)
    while True:
        try:
            return job.run()
        except (ReceiverGoneError, ReceiverDeafError) as error:
            job.recovery.after(error)
        except BaseException:
            job.recovery.let_go()
            raise


@dataclass
class _Job:
    session: Session
    source: ReceiverSource
    wish: Wish
    board: str
    sink: Sink
    done: Uploaded = field(default_factory=Uploaded)
    counted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.recovery = Recovery(self.session, self.board, self.sink)

    def run(self) -> Uploaded:
        """One try, from the question to the last rename."""
        dialogue = Dialogue(self.session)
        try:
            self._talk(dialogue)
        finally:
            self.done.wire_bytes += dialogue.wire_bytes
        return self.done

    def _talk(self, dialogue: Dialogue) -> None:
        self.sink(StepStarted(self.board, N_("Comparing")))
        manifest = manifest_of(self.wish.files)
        asked = [*self.wish.files, BoardFile(MANIFEST_PATH, build_manifest(manifest))]
        found = self._ask(dialogue, asked)
        if found is None:
            self._count(_Plan([], [], [], None))
            return
        plan = self._plan(dialogue, found, manifest)
        self._count(plan)
        if plan.moves or plan.remove or plan.manifest:
            self._must_fit(found, plan)
            self._transfer(dialogue, found, plan)
        else:
            dialogue.cutter.add(record("z", b""))
        dialogue.finish()

    def _ask(self, dialogue: Dialogue, files: Sequence[BoardFile]) -> Survey | None:
        """Start the receiver and find out what is on the board; None: all is there already."""
        facts = dialogue.start(carefully=self.recovery.carefully)
        if self._may_have_all(facts, files):
            wished = comparison(self.source.same, files[-1].content, files[:-1])
            if dialogue.has_all(wished):
                return None
        dialogue.open(self.source.core, *self.recovery.sizes(facts))
        _add_parts(dialogue, self.source.files)
        found = nothing_there(facts, files)
        if found is None:
            _add_parts(dialogue, self.source.question)
            found = survey(self.session.link.name, dialogue, files)
        return found

    def _may_have_all(self, facts: Facts, files: Sequence[BoardFile]) -> bool:
        """Whether it is worth asking so: there was a deploy, and the line has lost nothing yet."""
        deployed_to = facts.names is None or _OURS in facts.names
        short = len(files[-1].content) <= _LARGEST_COMPARED_BYTES
        return deployed_to and short and not self.recovery.tried

    def _plan(self, dialogue: Dialogue, found: Survey, manifest: Manifest) -> _Plan:
        remove: list[str] = []
        written: BoardFile | None = None
        if found.states[MANIFEST_PATH] != SAME:
            old = self._old_manifest(dialogue, found)
            left = {path: mark for path, mark in old.files.items() if path not in manifest.files}
            if self.wish.keep:
                manifest = Manifest({**left, **manifest.files})
            elif left:
                self.done.profile_left |= left.pop(PROFILE_NAME.lstrip("/"), None) is not None
                marks = read_marks(dialogue, sorted(left))
                remove = [path for path, digits in marks.items() if digits == left[path]]
            if manifest != old:
                written = BoardFile(MANIFEST_PATH, build_manifest(manifest))
        states = found.states
        staged = [file for file in self.wish.files if states[file.path] == STAGED]
        send = [file for file in self.wish.files if states[file.path] not in (SAME, STAGED)]
        return _Plan(send, staged, remove, written)

    def _old_manifest(self, dialogue: Dialogue, found: Survey) -> Manifest:
        if found.states[MANIFEST_PATH] == NEW:
            return Manifest({})
        _add_parts(dialogue, self.source.left)
        return read_manifest(dialogue)

    def _count(self, plan: _Plan) -> None:
        """Count over all tries: what a try sent is staged or the same in the next."""
        self.counted |= {file.path for file in plan.moves}
        self.done.sent = len(self.counted)
        self.done.same = len(self.wish.files) - len(self.counted)
        self.done.removed = max(self.done.removed, len(plan.remove))
        self.done.payload_bytes = sum(
            len(file.content) for file in self.wish.files if file.path in self.counted
        )

    def _must_fit(self, found: Survey, plan: _Plan) -> None:
        needed = 2 * len(found.missing_folders) + _SPARE_BLOCKS
        needed += sum(-(-len(file.content) // found.block_bytes) for file in plan.send)
        self.recovery.needed_kb = -(-needed * found.block_bytes // 1000)
        self.recovery.free_kb = found.free_blocks * found.block_bytes // 1000
        if needed > found.free_blocks:
            self.recovery.board_full()

    def _transfer(self, dialogue: Dialogue, found: Survey, plan: _Plan) -> None:
        pieces = _pieces(self.source, plan, found.missing_folders)
        _add_parts(dialogue, self.source.store)
        self._speed_up(dialogue, sum(map(len, pieces)))
        for piece in pieces:
            dialogue.cutter.add(piece)
        dialogue.cutter.add(record("z", b""))
        dialogue.cutter.flush()
        total = dialogue.cutter.left_bytes
        self.sink(StepStarted(self.board, N_("Sending"), total))

        def show(size: int) -> None:
            self.recovery.got_through()
            self.sink(StepAdvanced(self.board, total - dialogue.cutter.left_bytes))

        dialogue.count = show
        dialogue.send()

    def _speed_up(self, dialogue: Dialogue, size: int) -> None:
        """Go to a faster line for so many bytes, where there is one."""
        link, baud = self.session.link, self.wish.fast_baud
        if baud and size >= _FAST_FROM_BYTES and self.recovery.fast and link.capabilities.baud:
            go = f"slow = {link.baud}\ngo({baud})"
            _add_parts(dialogue, [*self.source.fast, squeezed(go)])
            dialogue.send()
            self.done.fast_works = self.recovery.fast = dialogue.retune(baud)


def _add_parts(dialogue: Dialogue, parts: Sequence[bytes]) -> None:
    for part in parts:
        dialogue.cutter.add(record("x", part))


def _pieces(source: ReceiverSource, plan: _Plan, missing_folders: Sequence[str]) -> list[bytes]:
    """What the stream carries: files into the temporary folder, then how they take their places."""
    files = [*plan.send, *([plan.manifest] if plan.manifest else [])]
    stored = [record("s", f.digest + f.key, size=len(f.content)) + f.content for f in files]
    moves = [*plan.moves, *([plan.manifest] if plan.manifest else [])]
    if len(plan.moves) > 1 or plan.remove or _BOOT in {file.path for file in moves}:
        journal = [f"\t{folder}" for folder in missing_folders]
        journal += [f"{_lies(file)}\t{_place(file.path)}" for file in moves]
        journal += [f"{_place(path)}\t" for path in plan.remove]
        stored.append(_named("journal", "".join(f"{row}\n" for row in journal).encode()))
        swap = [part for part in source.swap if plan.remove or not part.startswith(b"def remove")]
        stored.append(_named("swap", b"\n".join((SWAP_MARK, *swap))))
        return [*stored, *(record("x", part) for part in source.place)]
    # One file alone is swapped by its rename; the manifest may come after it.
    lines = [f"os.mkdir({folder!r})" for folder in missing_folders]
    lines += [f"os.rename({_lies(file)!r},{file.path!r})" for file in moves]
    return [*stored, record("x", "\n".join(lines).encode())]


def _named(name: str, content: bytes) -> bytes:
    label = hashlib.sha256(content).digest()[:16] + name.encode().ljust(8)
    return record("e", label, size=len(content)) + content


def _lies(file: BoardFile) -> str:
    """Where a file lies until it takes its place."""
    return f".stemkit/{file.key.hex()}"


def _place(path: str) -> str:
    """Where the journal puts a file: boot.py waits aside, for `swap.py` stands in its place."""
    return ".stemkit/boot" if path == _BOOT else path
