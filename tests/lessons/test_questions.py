"""Questions for a test: every mistake at once, and a GIFT file that others read as it was meant."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygiftparser import parser as gift_parser

from stemkit.__main__ import main
from stemkit.formats.errors import DataFileError
from stemkit.formats.gift import encode_gift, escaped
from stemkit.formats.questions import parse_questions
from stemkit.model.question import Choice, Option, Question, Words
from stemkit.model.text import Text
from stemkit.storage import places

EVERY_KIND = """\
[[question]]
id = "which"
kind = "choice"
text = { vi = "Số nào?", en = "Which number?" }
[[question.answer]]
text = { vi = "Độ ẩm", en = "Humidity" }
right = true
feedback = { vi = "Đúng rồi", en = "Right" }
[[question.answer]]
text = { vi = "Nhiệt độ", en = "Temperature" }

[[question]]
id = "several"
kind = "choice"
text = { vi = "Những số nào?", en = "Which numbers?" }
answer = [
  { text = { vi = "Một", en = "One" }, right = true },
  { text = { vi = "Hai", en = "Two" }, right = true },
  { text = { vi = "Ba", en = "Three" }, right = true },
  { text = { vi = "Bốn", en = "Four" } },
]

[[question]]
id = "half"
kind = "number"
text = { vi = "Một nửa?", en = "Half?" }
answer = 70
tolerance = 0.5
explain = { vi = "(80 + 60) : 2", en = "(80 + 60) : 2" }

[[question]]
id = "wave"
kind = "true-false"
text = { vi = "Âm thanh là sóng.", en = "Sound is a wave." }
answer = true

[[question]]
id = "name"
kind = "words"
text = { vi = "Tên?", en = "Its name?" }
answer = { vi = ["hơi nước"], en = ["vapour", "water vapour"] }

[[question]]
id = "why"
kind = "essay"
text = { vi = "Vì sao?", en = "Why?" }
answer = { vi = "Vì gió.", en = "Because of the wind." }
"""


def gift(language: str = "en") -> str:
    questions = parse_questions(EVERY_KIND.encode(), "questions.toml")
    return encode_gift(questions, category=["stemkit", "a/b"], language=language).decode()


def test_a_foreign_reader_finds_every_question_as_it_was_meant() -> None:
    read = {question.title: question for question in gift_parser.parseFile(io.StringIO(gift()))}
    assert list(read) == ["which", "several", "half", "wave", "name", "why"]
    assert all(question.valid for question in read.values())
    which = read["which"].answers.answers
    assert [(a.answer, a.fraction, a.feedback) for a in which] == [
        ("Humidity", 100, "Right"),
        ("Temperature", 0, ""),
    ]
    assert [a.fraction for a in read["several"].answers.answers] == [33.33333] * 3 + [-100]
    (half,) = read["half"].answers.answers
    assert (half.value, half.tolerance, read["half"].generalFeedback) == (
        70,
        0.5,
        "(80 + 60) \\: 2",
    )
    assert read["wave"].answers.answer is True
    assert [a.answer for a in read["name"].answers.answers] == ["vapour", "water vapour"]
    assert type(read["why"].answers).__name__ == "Essay"
    assert "Because of the wind" not in gift()


def test_the_other_language_is_the_other_texts() -> None:
    assert "Âm thanh là sóng." in gift("vi")
    assert "Sound is a wave." not in gift("vi")


TEXTS = st.text(st.sampled_from("ab \\~=#{}:\n\r/[]%->*$é\x1b\u202e"), max_size=20)


def undone(text: str) -> str:
    """Moodle's own way back: `\\` and the character it protects become the character."""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


@given(TEXTS)
def test_no_text_can_become_syntax(text: str) -> None:
    shown = escaped(text)
    bare = re.sub(r"\\.", "", shown)
    assert not set(bare) & set("\\~=#{}:\n")
    expected = "".join(
        c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c == "\n" or c.isprintable()
    )
    assert undone(shown) == expected.strip()


@given(TEXTS, TEXTS)
def test_a_question_stays_one_block_with_one_pair_of_braces(text: str, answer: str) -> None:
    options = (Option(Text(answer, answer), True, Text(text, text)), Option(Text("b", "b"), False))
    made = [
        Question("one", Text(text, text), Choice(options), Text(answer, answer)),
        Question("two", Text(answer, answer), Words((text,), (text,))),
    ]
    blocks = encode_gift(made, category=["c"], language="vi").decode().strip().split("\n\n")
    assert len(blocks) == 3
    for block in blocks[1:]:
        bare = re.sub(r"\\.", "", block)
        assert (bare.count("{"), bare.count("}")) == (1, 1)
        assert not any(line.strip().startswith("//") for line in block.split("\n"))
        assert "[html]" not in re.sub(r"\[plain\]\[html\]", "", block)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "essay"', 'kind = "esay"', "essay"),
        ("right = true\nfeedback", "right = false\nfeedback", "right = true"),
        ('id = "why"', 'id = "which"', "twice"),
        ("tolerance = 0.5", "tolerance = -1", "tolerance"),
        ('answer = { vi = ["hơi nước"]', "answer = { vi = []", "answer.vi"),
        ('"water vapour"]', '"a -> b"]', "→"),
        ("answer = true", 'answer = "yes"', "true or false"),
        ('kind = "number"', 'kind = "number"\nunits = "%"', "units"),
    ],
)
def test_every_mistake_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert EVERY_KIND.count(old) == 1
    with pytest.raises(DataFileError) as caught:
        parse_questions(EVERY_KIND.replace(old, new).encode(), "q.toml")
    (line,) = str(caught.value.mistakes).splitlines()
    assert re.match(r"q\.toml:\d+: ", line)
    assert told in line


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_anything_else_is_refused_with_a_sentence(data: bytes) -> None:
    try:
        parse_questions(data, "q.toml")
    except DataFileError as error:
        assert str(error)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_shipped_lessons_questions_are_read_by_others(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_questions = [
        path.parent.parent for path in places.shipped("lessons").glob("*/teacher/questions.toml")
    ]
    assert with_questions
    for folder in with_questions:
        to = tmp_path / f"{folder.name}.gift"
        asked = ["lesson", "questions", str(folder), "--to", str(to), "--lang", language]
        assert main(["--lang", language, *asked]) == 0
        read = gift_parser.parseFile(io.StringIO(to.read_text("utf-8")))
        own = parse_questions((folder / "teacher/questions.toml").read_bytes(), "q")
        assert [question.title for question in read] == [question.id for question in own]
        capsys.readouterr()


def test_a_file_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "q.gift"
    to.write_text("mine")
    assert main(["lesson", "questions", "02", "--to", str(to), "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "lesson-output-there"
    assert to.read_text() == "mine"
    assert main(["lesson", "questions", "02", "--to", str(to), "--force"]) == 0
    assert to.read_bytes().startswith(b"// 02-temperature-humidity")


def test_mistakes_in_the_questions_are_mistakes_of_the_lesson(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lesson", "new", "14-magnets", "--into", str(tmp_path)]) == 0
    path = tmp_path / "14-magnets" / "teacher" / "questions.toml"
    path.write_text(EVERY_KIND.replace('kind = "essay"', 'kind = "esay"'), "utf-8")
    capsys.readouterr()
    assert main(["lesson", "check", str(path.parents[1]), "--no-run", "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["lessons"]
    assert [f["path"] for f in report["findings"]] == [str(path)]
