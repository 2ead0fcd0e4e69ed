"""The commands as people and scripts use them, and what a LESSON means in any of them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.lessons.build import lesson_bundles
from stemkit.actions.library.errors import NoSuchLessonError
from stemkit.actions.library.lessons import lesson_folder
from stemkit.actions.programs.source import Target, read_source
from stemkit.errors import MissingFileError
from stemkit.storage.catalogue import boards
from stemkit.storage.lesson_errors import LessonDamagedError
from tests.lessons_store.club import make_lesson

ROOT = Path(__file__).resolve().parents[2]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict, dict]:
    """Exit code, the answer with --json, and the error with it."""
    capsys.readouterr()
    code = main(["lesson", *map(str, words), "--json"])
    out, error = capsys.readouterr()
    last = error.splitlines()[-1] if error else ""
    told = json.loads(last)["error"] if last.startswith('{"error"') else {}
    return code, json.loads(out) if out else {}, told


@pytest.fixture
def bundles(lessons: list[Path], tmp_path: Path) -> list[Path]:
    made = []
    for folder in lessons:
        for name, data in lesson_bundles(folder).items():
            (tmp_path / "bundles").mkdir(exist_ok=True)
            (tmp_path / "bundles" / name).write_bytes(data)
            made.append(tmp_path / "bundles" / name)
    return made


def by_id(answer: dict) -> dict[str, dict]:
    return {row["id"]: row for row in answer["lessons"]}


def test_a_bundle_is_added_listed_shown_and_removed(capsys, bundles: list[Path]) -> None:
    code, answer, _ = run(capsys, "add", bundles[0])
    assert code == 0
    assert [(row["id"], row["status"]) for row in answer["lessons"]] == [("20-magnets", "added")]
    assert answer["lessons"][0]["standing"] == "unsigned"
    assert run(capsys, "add", bundles[0])[1]["lessons"][0]["status"] == "unchanged"
    rows = by_id(run(capsys, "list")[1])
    assert (rows["20-magnets"]["place"], rows["20-magnets"]["versions"]) == ("store", ["1.0.0"])
    assert rows["01-first-light"]["place"] == "stemkit"
    shown = run(capsys, "show", "20")[1]
    assert (shown["id"], shown["version"]) == ("20-magnets", "1.0.0")
    assert (Path(shown["folder"]) / "lesson.toml").is_file()
    assert run(capsys, "remove", "20-magnets@2.0.0")[2]["code"] == "no-such-lesson"
    assert run(capsys, "remove", "20-magnets@1.0.0")[0] == 0
    assert "20-magnets" not in by_id(run(capsys, "list")[1])


def test_a_folder_of_bundles_and_a_lessons_folder(
    capsys, bundles: list[Path], tmp_path: Path
) -> None:
    code, answer, _ = run(capsys, "add", bundles[0].parent)
    assert code == 0
    kinds = sorted((row["id"], row["kind"]) for row in answer["lessons"])
    assert kinds == [("20-magnets", "lesson"), ("20-magnets", "teacher"), ("21-tides", "lesson"),
                     ("21-tides", "teacher")]  # fmt: skip
    assert by_id(run(capsys, "list")[1])["20-magnets"]["teacher"]
    newer = make_lesson(tmp_path / "new", "20-magnets", "1.1.0")
    assert run(capsys, "add", newer)[0] == 0
    assert by_id(run(capsys, "list")[1])["20-magnets"]["versions"] == ["1.1.0", "1.0.0"]
    assert len(run(capsys, "remove", "20")[1]["lessons"]) == 4
    assert run(capsys, "add", tmp_path / "nothing")[2]["code"] == "no-such-file"
    assert run(capsys, "add", tmp_path)[2]["code"] == "no-such-file"


def test_a_tampered_bundle_and_another_of_the_same_version_are_refused(
    capsys, bundles: list[Path], tmp_path: Path
) -> None:
    data = bundles[0].read_bytes()
    bundles[0].write_bytes(data.replace(b"20-magnets 1.0.0", b"20-magnets 6.6.6"))
    code, _, error = run(capsys, "add", bundles[0])
    assert (code, error["code"]) == (5, "archive-damaged")  # its check sums first of all
    bundles[0].write_bytes(data)
    run(capsys, "add", bundles[0])
    other = make_lesson(tmp_path / "other", "20-magnets", en__lesson_md="# Other\n")
    code, _, error = run(capsys, "add", other)
    assert (code, error["code"]) == (6, "lesson-version-differs")
    assert run(capsys, "add", other, "--force")[1]["lessons"][0]["status"] == "replaced"


def test_a_shipped_lesson_cannot_be_removed(capsys) -> None:
    code, _, error = run(capsys, "remove", "01-first-light")
    assert (code, error["code"]) == (2, "lesson-shipped")


# --- LESSON in any command


def test_a_name_means_the_newest_version_and_a_version_that_one(
    capsys, bundles: list[Path], tmp_path: Path
) -> None:
    run(capsys, "add", bundles[0])
    run(capsys, "add", make_lesson(tmp_path / "new", "20-magnets", "1.10.0"))
    run(capsys, "add", make_lesson(tmp_path / "new2", "20-magnets", "1.9.0"))

    def main_of(name: str) -> str:
        return (lesson_folder(name) / "board/main.py").read_text("utf-8")

    assert "1.10.0" in main_of("20-magnets")
    assert "1.10.0" in main_of("20")
    assert "1.0.0" in main_of("20@1.0.0")
    assert "1.9.0" in main_of("20-magnets@1.9.0")
    assert "1.0.0" in main_of(str(bundles[0]))
    assert lesson_folder("20").name == "20-magnets"
    assert lesson_folder("1").name == "01-first-light"
    for name in ("20@3.0.0", "99", "magnets", "20-magnets@", "../20-magnets", ""):
        with pytest.raises(NoSuchLessonError):
            lesson_folder(name)


@pytest.mark.parametrize("slip", ["02-temprature-humidity", "temperature", "02-temperature"])
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(slip: str) -> None:
    with pytest.raises(NoSuchLessonError) as error:
        lesson_folder(slip)
    assert "“02-temperature-humidity”?" in error.value.told()


def test_a_lesson_is_deployed_by_its_name_as_by_its_folder(
    capsys, bundles: list[Path], lessons: list[Path]
) -> None:
    run(capsys, "add", bundles[0])
    target = Target(boards()["esp32"], 3)
    by_name = read_source(Path("20-magnets")).files(target)
    assert by_name == read_source(lessons[0]).files(target)
    assert by_name == read_source(bundles[0]).files(target)
    with pytest.raises(MissingFileError):
        read_source(Path("mian.py"))
    with pytest.raises(NoSuchLessonError):
        read_source(Path("77"))
    with pytest.raises(NoSuchLessonError, match="Did you mean “20-magnets”"):
        read_source(Path("magnets"))
    with pytest.raises(MissingFileError):
        read_source(Path("club/magnets"))


def test_a_lesson_from_the_store_is_checked_and_built(
    capsys, bundles: list[Path], tmp_path: Path
) -> None:
    run(capsys, "add", bundles[0])
    made = make_lesson(tmp_path / "x", "20-magnets")
    report = run(capsys, "check", "20", "--no-run")[1]["lessons"][0]
    assert (report["lesson"], report["version"]) == ("20-magnets", "1.0.0")
    assert not any("manifest.json" in finding["path"] for finding in report["findings"])
    assert made


@pytest.mark.parametrize("way", ["changed", "missing", "extra"])
def test_what_was_changed_in_the_store_is_not_used(capsys, bundles: list[Path], way: str) -> None:
    run(capsys, "add", bundles[0])
    board = lesson_folder("20") / "board"
    if way == "changed":
        (board / "main.py").write_text("import os\n")
    elif way == "missing":
        (board / "main.py").unlink()
    else:
        (board / "extra.py").write_text("import os\n")
    with pytest.raises(LessonDamagedError) as error:
        read_source(Path("20"))
    assert "board/" in error.value.told()
    assert run(capsys, "add", bundles[0])[1]["lessons"][0]["status"] == "replaced"
    assert read_source(Path("20"))


# --- sync, export, serve


def test_a_trainer_and_a_club(
    capsys, lessons: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "stick"
    assert main(["key", "new", "Cô Hoà"]) == 0
    code, made, _ = run(capsys, "export", tree, *lessons)
    assert (code, made["serial"], len(made["lessons"])) == (0, 1, 2)
    assert made["signer"]["name"] == "Cô Hoà"
    monkeypatch.setenv("STEMKIT_HOME", str(tmp_path / "club"))
    wrong = "11111 " * 8
    assert run(capsys, "sync", tree, "--key", wrong)[2]["code"] == "lesson-signer-differs"
    code, answer, _ = run(capsys, "sync", tree, "20", "--key", made["signer"]["number"])
    assert code == 0
    assert [(row["id"], row["status"]) for row in answer["lessons"]] == [("20-magnets", "added")]
    assert answer["lessons"][0]["signed"] == "unknown"
    again = run(capsys, "sync")[1]
    assert [row["status"] for row in again["lessons"]] == ["unchanged", "added"]
    assert again["signer"]["first_use"] is False
    assert {"20-magnets", "21-tides"} <= set(by_id(run(capsys, "list")[1]))
    signer = run(capsys, "show", "20")[1]["bundle"]["signers"][0]
    assert (signer["name"], signer["number"]) == ("Cô Hoà", made["signer"]["number"])
    assert "bundle" not in run(capsys, "show", "01")[1]


def test_an_update_that_a_place_offers_is_listed(
    capsys, lessons: list[Path], tmp_path: Path, tree: Path, trainer
) -> None:
    run(capsys, "sync", tree)
    trainer.export(tree, make_lesson(tmp_path / "new", "20-magnets", "1.4.0"))
    run(capsys, "sync", tree, "21")
    row = by_id(run(capsys, "list")[1])["20-magnets"]
    assert (row["version"], row["update"], row["update_place"]) == ("1.0.0", "1.4.0", str(tree))
    main(["lesson", "list"])
    out, hints = capsys.readouterr()
    assert "20-magnets" in out
    assert f"stemkit lesson sync {tree}" in hints


def test_errors_have_codes_and_exit_codes(
    capsys, tree: Path, tmp_path: Path, trainer, person
) -> None:
    (tmp_path / "empty").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    assert run(capsys, "sync")[2]["code"] == "lesson-no-place"
    wrong = {
        (str(tmp_path / "empty"),): (5, "lesson-index"),
        (str(tree), "99"): (5, "lesson-not-offered"),
        (f"http://127.0.0.1:{closed}",): (7, "lesson-source-unreachable"),
        ("http://",): (6, "unsafe-address"),
    }
    for words, expected in wrong.items():
        code, _, error = run(capsys, "sync", *words)
        assert (code, error["code"]) == expected
        assert error["message"]
        assert error["remedy"]
    for path in (tree / "objects").rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"print('20"):
            path.write_bytes(b"print('evil')")
    code, answer, error = run(capsys, "sync", tree)
    assert (code, error["code"]) == (6, "lesson-part-differs")
    assert [row["status"] for row in answer["lessons"]] == ["failed", "added"]


def test_another_key_does_not_take_over_a_folder(capsys, tree: Path, lessons: list[Path]) -> None:
    before = (tree / "index.json").read_bytes()
    code, _, error = run(capsys, "export", tree, lessons[0])
    assert (code, error["code"]) == (6, "lesson-tree-foreign")
    assert (tree / "index.json").read_bytes() == before
    assert run(capsys, "export", tree, lessons[0], "--force")[1]["serial"] == 2


def test_an_export_keeps_or_drops_what_was_there(
    capsys, lessons: list[Path], tmp_path: Path
) -> None:
    tree = tmp_path / "stick"
    run(capsys, "export", tree, *lessons)
    count = len([path for path in tree.rglob("*") if path.is_file()])
    (lessons[0] / "en/lesson.md").write_text("# Better\n")
    made = run(capsys, "export", tree, lessons[0])[1]
    assert [row["id"] for row in made["lessons"]] == ["20-magnets", "21-tides"]
    assert len([path for path in tree.rglob("*") if path.is_file()]) > count
    made = run(capsys, "export", tree, lessons[0], "--prune")[1]
    assert made["removed"] >= 2
    made = run(capsys, "export", tree, lessons[0], "--only", "--prune", "--expires", "7")[1]
    assert [row["id"] for row in made["lessons"]] == ["20-magnets"]
    assert made["serial"] == 4
    assert main(["lesson", "sync", str(tree)]) == 0


def test_an_export_with_nothing_named_takes_all_that_is_here(capsys, tmp_path: Path) -> None:
    made = run(capsys, "export", tmp_path / "all")[1]
    assert "01-first-light" in by_id(made)
    assert all(row["kind"] == "lesson" for row in made["lessons"])


def test_serve_hands_out_until_it_is_interrupted(
    capsys, lessons: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, "STEMKIT_HOME": str(tmp_path / "teacher"), "PYTHONPATH": str(ROOT)}
    serving = subprocess.Popen(
        [sys.executable, "-m", "stemkit", "lesson", "serve", "--port", "0", "--json",
         str(lessons[0])],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert serving.stdout is not None
        told = json.loads(serving.stdout.readline())
        assert told["schema"] == "stemkit.lesson.serve/1"
        assert all(url.endswith(f":{told['port']}") for url in told["urls"])
        code, answer, _ = run(
            capsys, "sync", f"http://127.0.0.1:{told['port']}", "--key", told["number"]
        )
        assert (code, [row["id"] for row in answer["lessons"]]) == (0, ["20-magnets"])
        busy = run(capsys, "serve", "--port", told["port"], "--host", "127.0.0.1")
        assert (busy[0], busy[2]["code"]) == (7, "lesson-port-in-use")
        serving.send_signal(signal.SIGINT)
        out, error = serving.communicate(timeout=20)
    finally:
        serving.kill()
    assert serving.returncode == 0, error
    assert json.loads(out)["computers"] == 1
    assert "Traceback" not in error
