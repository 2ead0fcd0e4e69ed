"""`project new`: a project's folder, laid out and ready to be filled."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from stemkit.actions.projects.contests import contest_files
from stemkit.actions.projects.errors import NoSuchContestError, ProjectThereError
from stemkit.actions.projects.untouched import filled, template_folder
from stemkit.actions.sim import UnknownModelError
from stemkit.formats.project import new_project_toml, parse_project
from stemkit.model.project import FOLDERS, PROJECT_FILE, Project
from stemkit.storage import atomic, catalogue


def must_be_free(folder: Path) -> None:
    """Raise ProjectThereError where something is at `folder` that is no empty folder."""
    with atomic.told(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ProjectThereError(path=folder)


def new_project(folder: Path, project: Project) -> Path:
    """Make the folder with what is known so far; nothing is left half made.

    Raises ProjectThereError, UnknownModelError, NoSuchContestError, DataFileError for what cannot
    be written so.
    """
    must_be_free(folder)
    if project.board and project.board not in catalogue.boards():
        raise UnknownModelError(model=project.board, models=", ".join(catalogue.boards()))
    known = contest_files()
    if project.contest and project.contest not in known and not project.contest.endswith(".toml"):
        raise NoSuchContestError(name=project.contest, known=", ".join(known))
    text = new_project_toml(project)
    parse_project(text.encode(), PROJECT_FILE)
    with atomic.told(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as temporary:
            made = Path(temporary) / "project"
            _fill(made, project)
            atomic.write_bytes(made / PROJECT_FILE, text.encode())
            if folder.exists():
                folder.rmdir()
            made.rename(folder)
    return folder


def _fill(made: Path, project: Project) -> None:
    template = template_folder()
    # pip compiles every .py that it installs, templates too: `__pycache__` is none of theirs.
    shutil.copytree(template / project.language, made)
    shutil.copytree(
        template / "program", made / "program", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in FOLDERS:
        (made / name).mkdir(exist_ok=True)
    for path in sorted(made.rglob("*.md")):
        path.write_text(filled(path.read_text("utf-8"), project), "utf-8", newline="\n")
