"""Trainers, clubs and their trees of lessons for tests; each has a stemkit folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stemkit.actions.lessons.export import Export, Exported, export
from stemkit.actions.lessons.sync import Syncing, SyncResult, Wish
from stemkit.actions.lessons.trust import Terms
from stemkit.events import Sink, silent
from stemkit.storage.download import Limits
from stemkit.storage.lesson_book import LessonBook
from stemkit.storage.lesson_http import HttpSource
from stemkit.storage.lesson_source import FolderSource, LessonSource
from stemkit.storage.lesson_store import LessonStore
from tests.made_lessons import manifest

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
# A busy machine may answer late: only who waits for a silent server is in a hurry.
QUICK = Limits(pause_s=0.01)
HASTY = Limits(timeout_s=0.4, pause_s=0.01, slowest_window_s=0.3)


def make_lesson(folder: Path, name: str, version: str = "1.0.0", **files: str | bytes) -> Path:
    """A lesson's folder below `folder`; `files` are more contents, with `__` for `/`."""
    contents: dict[str, str | bytes] = {
        "lesson.toml": manifest(name, version),
        "board/main.py": f"print('{name} {version}')\n",
        "vi/lesson.md": f"# {name}\n\n{'Một hai ba. ' * 50}\n",
        "en/lesson.md": f"# {name}\n\n{'One two three. ' * 50}\n",
        "teacher/vi.md": "Đáp án.\n",
    }
    for key, content in files.items():
        contents[key.replace("__", "/").replace("_md", ".md").replace("_bin", ".bin")] = content
    for path, content in contents.items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / name


@dataclass
class Person:
    """Somebody with a stemkit folder; `now` is what their clock says."""

    home: Path
    monkeypatch: pytest.MonkeyPatch
    now: datetime = NOW

    @property
    def store(self) -> LessonStore:
        return LessonStore(self.home / "lessons")

    @property
    def book(self) -> LessonBook:
        return LessonBook(self.home / "lessons")

    def export(self, tree: Path, *lessons: Path | str, **wish: object) -> Exported:
        with self.at_work():
            made = Export(tuple(map(str, lessons)), **wish)  # type: ignore[arg-type]
            return export(tree, made, self.store, self.book, self.now)

    def sync(
        self,
        source: LessonSource | Path | str,
        *lessons: str,
        number: str = "",
        allow_expired: bool = False,
        sink: Sink = silent,
        **wish: bool,
    ) -> SyncResult:
        if isinstance(source, Path):
            source = FolderSource(source)
        if isinstance(source, str):
            source = HttpSource(source, QUICK)
        with self.at_work():
            terms = Terms(self.now, number, allow_expired)
            asked = replace(Wish(lessons), **wish)
            return Syncing(source, self.store, self.book, terms, asked, sink).run()

    def names(self) -> list[str]:
        """What is in the store."""
        return [kept.name for kept in self.store.all()]

    def litter(self) -> list[str]:
        """What lies in the store besides lessons and notes."""
        known = {kept.place.name for kept in self.store.all()}
        notes = {"sources.json", ".sources.json.busy", ".busy", ".pages"}
        found = self.store.folder.iterdir() if self.store.folder.exists() else ()
        return sorted(path.name for path in found if path.name not in known | notes)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with self.monkeypatch.context() as patched:
            patched.setenv("STEMKIT_HOME", str(self.home))
            yield


def files_of(tree: Path) -> dict[str, bytes]:
    """A tree as a web server hands it out."""
    return {
        f"/{path.relative_to(tree).as_posix()}": path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file()
    }
