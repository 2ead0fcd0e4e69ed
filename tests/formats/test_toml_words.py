"""A mistake in a file that a pupil wrote is told in the pupil's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from stemkit.__main__ import main


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("title = “Con lắc”", "dấu nháy thẳng"),
        ("title =", "chưa có giá trị"),
        ('title = "Con lắc', "chưa được đóng"),
        ('title = """Con lắc', "chưa được đóng"),
        ("title", "phải có dấu “=”"),
        ('title = "a" b', "không được phép ở đó"),
        ('title = "a"\ntitle = "b"', "đã có giá trị rồi"),
        ("[program]\n[program]", "có hai lần"),
        ("[program", "dấu đóng “]”"),
        ("keywords = [1", "dấu đóng “]”"),
        ('title = "C:\\Users"', "viết hai lần"),
        ("= 3", "bắt đầu bằng một tên"),
        ("a = {b = 1", "ngoặc nhọn"),
    ],
)
def test_toml_mistakes_are_told_in_vietnamese(
    row: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "project.toml").write_text(row + "\n", "utf-8")
    assert main(["project", "check", str(tmp_path), "--lang", "vi"]) == 5
    assert told in capsys.readouterr().err
