"""Contest profiles: every rule that is not kept is told at once, with what to do."""

from __future__ import annotations

import json
import shlex
import struct
import unicodedata
from pathlib import Path

import pytest
from pypdf import PdfWriter

from stemkit.__main__ import main
from stemkit.actions.projects.check import check_project
from stemkit.actions.projects.contests import all_contests
from stemkit.actions.projects.errors import NoSuchContestError
from stemkit.formats.contest import parse_contest
from stemkit.formats.errors import DataFileError
from stemkit.model.project import Project
from stemkit.storage import places

from .made import made_project, made_recording, packed

PROFILE = """
title = { vi = "Thi", en = "Fair" }
year = 2026
source = "here"
[[rule]]
id = "abstract"
what = { vi = "Tóm tắt", en = "Abstract" }
do = { vi = "Viết", en = "Write it" }
files = ["report/abstract.md"]
most_words = 5
[[rule]]
id = "slides"
what = { vi = "Slide", en = "Slides" }
files = ["poster/*.pdf"]
most_pages = 2
landscape = true
paper = "A4"
[[rule]]
id = "film"
what = { vi = "Phim", en = "Film" }
files = ["media/*.mp4"]
most_seconds = 120
most_bytes = 1000
[[rule]]
id = "team"
what = { vi = "Nhóm", en = "Team" }
people = true
most = 1
[[rule]]
id = "guide"
what = { vi = "Thầy cô", en = "Teacher" }
field = "supervisor"
optional = true
[[rule]]
id = "data"
what = { vi = "Số liệu", en = "Data" }
recording = true
[[rule]]
id = "signed"
what = { vi = "Chữ ký", en = "Signature" }
signature = true
"""


def film(seconds: int, size: int = 200) -> bytes:
    header = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    mvhd = struct.pack(">I4s", len(header) + 8, b"mvhd") + header
    moov = struct.pack(">I4s", len(mvhd) + 8, b"moov") + mvhd
    return struct.pack(">I4s", size + 8, b"mdat") + bytes(size) + moov


def pdf(path: Path, pages: int, width: float, height: float) -> None:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width / 25.4 * 72, height / 25.4 * 72)
    writer.write(path)


def test_a_project_chooses_no_profile_of_this_computer(tmp_path: Path) -> None:
    profile = tmp_path / "fair.toml"
    profile.write_text(PROFILE)
    folder = made_project(
        tmp_path / "p", Project(title="p", contest=str(profile), date="2026-03-02")
    )
    with pytest.raises(NoSuchContestError):
        check_project(folder)
    assert check_project(folder, str(profile)).contest is not None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = made_project(tmp_path / "thermo")
    (folder / "fair.toml").write_text(PROFILE, "utf-8")
    return folder


def whys(folder: Path) -> dict[str, str]:
    report = check_project(folder, "fair.toml")
    return {one.rule: one.why for one in report.to_do}


def test_everything_that_is_wrong_is_told_at_once(project: Path) -> None:
    (project / "report" / "abstract.md").write_text("một hai ba bốn năm sáu", "utf-8")
    pdf(project / "poster" / "slides.pdf", 3, 210, 297)
    (project / "media" / "film.mp4").write_bytes(film(150, 2000))
    found = whys(project)
    assert "6 words" in found["abstract"]
    assert "150 s" in found["film"]
    assert "2 of team members" in found["team"]
    assert "supervisor" in found["guide"]
    assert "there are no recordings" in found["data"]
    assert "signed" not in found  # there is no package yet
    report = check_project(project, "fair.toml")
    slides = [one.why for one in report.to_do if one.rule == "slides"]
    assert len(slides) == 2
    assert "3 pages" in slides[0]
    assert "upright" in slides[1]
    assert not report.ok


def test_a_project_that_has_all_is_in_order(project: Path, tmp_path: Path) -> None:
    (project / "report" / "abstract.md").write_text("một hai ba", "utf-8")
    pdf(project / "poster" / "slides.pdf", 2, 297, 210)
    (project / "media" / "film.mp4").write_bytes(film(119))
    text = (project / "project.toml").read_text("utf-8")
    text = text.replace('contest = ""', 'contest = "fair.toml"').rpartition("\n[[member]]")[0]
    (project / "project.toml").write_text(text, "utf-8")
    made_recording(project / "runs" / "first")
    assert whys(project).keys() == {"guide"}
    assert check_project(project).ok
    package = packed(project, tmp_path / "a.zip").path
    # In the package the rules are asked again, the signature's too.
    from stemkit.actions.projects.verify import VerifyWanted, verify

    complete = verify(package, VerifyWanted(run=False)).check("complete")
    assert complete.answer.value is False
    assert any("nobody signed the package" in line for line in complete.evidence)


def test_the_profiles_that_travel_are_whole_and_honest() -> None:
    contests = {contest.id: contest for contest in all_contests()}
    assert len(contests) >= 5
    for contest in contests.values():
        assert contest.rules
        assert all(rule.do.vi and rule.do.en for rule in contest.rules)
    # What nobody compared with its source is not called verified.
    assert not any(rule.verified for rule in contests["vn-national-fair"].rules)
    school = contests["school-report"].report
    margins = (school.left_mm, school.right_mm, school.top_mm, school.bottom_mm, school.text_pt)
    assert margins == (30, 20, 20, 20, 14)


def test_a_profile_with_mistakes_names_all_of_them() -> None:
    text = PROFILE.replace("year = 2026", 'year = "now"').replace("people = true", "peple = true")
    with pytest.raises(DataFileError) as raised:
        parse_contest(text.encode(), "fair.toml", "fair")
    told = str(raised.value)
    assert "year" in told
    assert "peple" in told


def test_an_own_profile_and_json(
    project: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places.contests().mkdir(parents=True)
    (places.contests() / "our.toml").write_text(PROFILE, "utf-8")
    assert main(["project", "check", str(project), "--profile", "our", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["contest"]["id"] == "our"
    assert {row["rule"] for row in found["to_do"]} >= {"film", "team", "data"}
    assert main(["project", "check", str(project), "--profile", "none"]) == 5
    assert main(["project", "contests", "--json"]) == 0


def test_a_new_project_is_told_what_it_may_lack(tmp_path: Path) -> None:
    assert main(["project", "new", str(tmp_path / "empty")]) == 0
    report = check_project(tmp_path / "empty")
    assert [one.what for one in report.to_do] == [
        "Board", "Team", "Question", "Recording", "Contest", "Report",
    ]  # fmt: skip
    assert report.ok


def test_a_text_that_nobody_wrote_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = made_project(tmp_path / "fair")
    (tmp_path / "fair.toml").write_text(PROFILE)
    command = ["project", "check", str(folder), "--contest", str(tmp_path / "fair.toml"), "--json"]

    def missed(rule: str) -> list[str]:
        capsys.readouterr()
        main(command)
        to_do = json.loads(capsys.readouterr().out)["to_do"]
        return [one["why"] for one in to_do if one["rule"] == rule]

    abstract = folder / "report" / "abstract.md"
    nothing = ["report/abstract.md is as it was made: nothing is written there yet"]
    assert missed("abstract") == nothing
    # Opened and saved by an editor of Windows, in decomposed letters: still nothing of their own.
    text = unicodedata.normalize("NFD", abstract.read_text("utf-8"))
    abstract.write_text("\ufeff" + text.replace("\n", "\r\n"), "utf-8", newline="")
    assert missed("abstract") == nothing
    package = packed(folder, tmp_path / "fair.zip").path
    capsys.readouterr()
    main(["project", "verify", str(package), "--no-run", *command[3:5]])
    assert f"Abstract: {nothing[0]}" in capsys.readouterr().out
    abstract.write_text("Air is warm.", "utf-8")
    assert missed("abstract") == []


def test_the_next_command_can_be_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "Con lắc của em"
    assert main(["project", "new", str(folder)]) == 0
    for command in (["project", "check"], ["project", "pack"]):
        hint = capsys.readouterr().err.replace("\n  ", " ").split("stemkit ")[-1]
        assert shlex.split(hint)[:3] == [*command, str(folder)]
        assert main([*command, str(folder)]) == 0
