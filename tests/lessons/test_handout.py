"""Handouts: nothing runs in them, nothing is cut, and students see no answers."""

from __future__ import annotations

import io
import json
import re
import time
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.__main__ import main
from stemkit.actions.lessons.handout import HandoutWanted, make_handouts, read_handout
from stemkit.actions.library.lessons import read_lesson
from stemkit.actions.programs.board_files import files_below
from stemkit.errors import InputFileError, StemkitError
from stemkit.export.typeset import TEXT_FONT, to_pdf
from stemkit.formats.handout_html import page_html, slides_html
from stemkit.formats.handout_typst import page_typst, slides_typst
from stemkit.formats.markdown import Block, blocks, pictures, plain, web_link
from stemkit.formats.markdown_html import to_html
from stemkit.formats.markdown_typst import PREAMBLE, to_typst
from stemkit.formats.slides import slides
from stemkit.storage import places

LESSONS = sorted(path.parent for path in places.shipped("lessons").glob("*/lesson.toml"))
ALLOWED = {
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "strong",
    "em",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "blockquote",
    "hr",
    "br",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "a",
    "img",
    "span",
}


class Page(HTMLParser):
    """Tags, addresses and words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._style = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._style = tag == "style"
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._style else data


def letters(text: str) -> str:
    """Letters and digits alone, so that line ends do not matter."""
    return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())


def texts(data: bytes) -> list[str]:
    """What every paragraph, list item, cell and program of a text says."""
    tokens = [token for block in blocks(data.decode()) for token in block.tokens]
    return [Block((token,)).words for token in tokens if token.content]


def pages(pdf: bytes) -> list[pypdfium2.PdfPage]:
    return list(pypdfium2.PdfDocument(io.BytesIO(pdf), autoclose=True))


def pdf_text(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages(pdf))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("folder", LESSONS, ids=lambda path: path.name)
def test_every_lesson_is_whole_on_every_kind_of_page(folder: Path, language: str) -> None:
    contents = dict(files_below(folder))
    lesson = read_lesson(folder)
    student = read_handout(contents, lesson, language, teacher=False)
    teacher = read_handout(contents, lesson, language, teacher=True)
    words = texts(contents[f"{language}/lesson.md"])
    answers = texts(contents[f"teacher/{language}.md"])
    for handout, expected in ((student, words), (teacher, words + answers)):
        told = letters(Page(page_html(handout).decode()).text)
        assert [w for w in expected if letters(w) not in told] == []
        _is_whole(to_pdf(page_typst(handout, TEXT_FONT), handout.files), expected)
    told = letters(Page(slides_html(student).decode()).text)
    assert [w for w in words if letters(w) not in told] == []
    shown = to_pdf(slides_typst(student, TEXT_FONT), student.files)
    cut = [slide for part in student.parts for slide in slides(part.blocks)]
    assert len(pages(shown)) == len(cut)
    _is_whole(shown, [slide.heading.words for slide in cut if slide.heading])
    assert {path for part in student.parts for path in part.pictures.values()} == set(student.files)


def _is_whole(pdf: bytes, expected: list[str]) -> None:
    """Every text is there, and within its page."""
    told = letters(pdf_text(pdf))
    # A page may end within a block: its beginning must be there, and its end.
    assert [w for w in expected if letters(w)[:20] not in told] == []
    assert [w for w in expected if letters(w)[-20:] not in told] == []
    for page in pages(pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        for number in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(number)
            assert left >= 10
            assert bottom >= 10
            assert right <= width - 10
            assert top <= height - 10


def test_the_same_lesson_gives_the_same_bytes(tmp_path: Path) -> None:
    wanted = HandoutWanted(("html", "pdf"), ("vi", "en"))
    first = make_handouts(dict(files_below(LESSONS[0])), wanted, tmp_path / "a")
    second = make_handouts(dict(files_below(LESSONS[0])), wanted, tmp_path / "b")
    assert [one.path.name for one in first] == [
        f"{LESSONS[0].name}-handout-{language}.{kind}"
        for language in ("vi", "en")
        for kind in ("html", "pdf")
    ]
    assert [one.path.read_bytes() for one in first] == [one.path.read_bytes() for one in second]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A lesson whose teacher's part, and nothing else, knows a word."""
    assert main(["lesson", "new", "14-magnets", "--into", str(tmp_path)]) == 0
    folder = tmp_path / "14-magnets"
    for path in (folder / "teacher").iterdir():
        path.write_text(path.read_text("utf-8") + "\n# SECRETWORD\n", "utf-8")
    questions = folder / "teacher" / "questions.toml"
    questions.write_text(questions.read_text("utf-8").replace("Nhiệt độ", "SECRETWORD"), "utf-8")
    return folder


@pytest.mark.parametrize("kind", [[], ["--slides"]])
def test_students_never_get_an_answer(secret: Path, kind: list[str], tmp_path: Path) -> None:
    asked = ["lesson", "handout", str(secret), "--html", "--pdf", "--to", str(tmp_path / "out")]
    assert main([*asked, *kind, "--language", "vi", "--language", "en"]) == 0
    files = list((tmp_path / "out").iterdir())
    assert len(files) == 4
    for file in files:
        data = file.read_bytes()
        assert b"SECRETWORD" not in data
        if file.suffix == ".pdf":
            assert "SECRETWORD" not in pdf_text(data)
    assert main([*asked, "--teacher", "--language", "vi"]) == 0
    (told,) = (tmp_path / "out").glob("*teacher-vi.pdf")
    assert "SECRETWORD" in pdf_text(told.read_bytes())


def test_a_lesson_without_its_teachers_part_says_so(
    secret: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (secret / "teacher" / "vi.md").unlink()
    asked = ["lesson", "handout", str(secret), "--teacher", "--language", "vi", "--json"]
    assert main([*asked, "--to", str(tmp_path / "out")]) == 5
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "lesson-no-teachers-part"
    assert not (tmp_path / "out").exists()


def test_the_store_knows_the_teachers_part_once_it_was_added(
    secret: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lesson", "build", str(secret), "--no-run", "--into", str(tmp_path)]) == 0
    bundle, teachers = (tmp_path / f"14-magnets-0.1.0{kind}.stem" for kind in ("", "-teacher"))
    assert main(["lesson", "add", str(bundle)]) == 0
    asked = ["lesson", "handout", "14", "--teacher", "--to", str(tmp_path / "out")]
    assert main(asked) == 5
    assert main(["lesson", "questions", "14"]) == 5
    assert main(["lesson", "add", str(teachers)]) == 0
    assert main(asked) == 0
    assert "SECRETWORD" in next((tmp_path / "out").iterdir()).read_text("utf-8")
    capsys.readouterr()
    assert main(["lesson", "questions", "14", "--lang", "vi"]) == 0
    assert "SECRETWORD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--slides", "--teacher"], "lesson-handout-usage"),
        (["--html", "--pdf", "--to", "one.pdf"], "lesson-handout-place"),
        (["--to", "there.html"], "lesson-output-there"),
    ],
)
def test_what_does_not_go_is_told_before_anything_is_written(
    words: list[str], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("there.html").write_text("mine")
    assert main(["lesson", "handout", "01", "--json", *words]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == code
    assert [path.name for path in tmp_path.iterdir()] == ["there.html"]
    assert Path("there.html").read_text() == "mine"


MARKS = st.text(
    st.sampled_from([*list("ab #*_`[]()<>!|\"'\\{}$@~=-+:;&/\n.1"), "é", "\xa0", "\x1b", "\u202e"]),
    max_size=60,
)
PIECES = st.sampled_from(
    [
        "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](javascript:alert(1))",
        '[x](https://a.b/"onclick=x)', '#read("/etc/passwd")', "#panic()", "`#x`", "```\n#x\n```",
        "| a |\n|---|\n| #b |\n", '"]; #panic("x")', "<img src=x onerror=y>", "[x]: https://a.b\n",
        "![p](http://a.b/c.png)", "$ x $", "@preview/x:1.0.0", "&lt;script&gt;", "<https://a.b>",
        "[a](<data:text/html,x>)", "[a](vbscript:x)", "[a](//evil.example/x)", "// x", "/* x */",
    ]
)  # fmt: skip
TEXTS = st.lists(MARKS | PIECES, max_size=8).map("\n".join) | st.lists(PIECES).map(" ".join)


@given(TEXTS)
def test_nothing_of_a_hostile_text_runs_in_a_browser(text: str) -> None:
    read = blocks(text)
    page = Page(to_html(read, dict.fromkeys(pictures(read), "data:image/png;base64,AA==")))
    assert page.tags <= ALLOWED
    for tag, name, value in page.attributes:
        assert (tag, name) in {
            ("a", "href"), ("a", "rel"), ("img", "src"), ("img", "alt"), ("span", "class"),
            ("ol", "start"), ("code", "class"), ("th", "style"), ("td", "style"),
        }  # fmt: skip
        if name == "href":
            assert re.match(r"https?://", value)
        if name == "src":
            assert value.startswith("data:image/")
        if name == "style":
            assert re.fullmatch(r"text-align:(left|right|center)", value)


OURS = {
    "heading", "strong", "emph", "raw", "list", "enum", "table", "quote", "link", "line",
    "linebreak", "fence", "picture", "blank", "blank;", "whole",
}  # fmt: skip


@given(TEXTS)
def test_no_word_of_a_hostile_text_becomes_code(text: str) -> None:
    source = to_typst(blocks(text), {})
    bare = re.sub(r'"(\\.|[^"\\])*"', '""', source)
    assert set(re.findall(r"#([A-Za-z][\w.-]*)", bare)) <= OURS
    assert not set(bare) & set("$@`*_=<>\\~/'")


@settings(max_examples=60)
@given(TEXTS)
def test_a_page_can_be_set_of_any_text(text: str) -> None:
    assert to_pdf(PREAMBLE + to_typst(blocks(text), {}), {}).startswith(b"%PDF")


@given(TEXTS)
def test_every_block_of_any_text_is_on_one_slide(text: str) -> None:
    read = blocks(text)
    shown: list[object] = []
    for slide in slides(read):
        shown += [slide.heading] if slide.heading and not slide.is_continued else []
        shown += slide.blocks
    assert list(map(id, shown)) == list(map(id, read))


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    (block,) = blocks("60 % of 25 °C, 12 cm/s, 5 monkeys, `60 %`")
    assert block.words == "60\u00a0% of 25\u00a0°C, 12\u00a0cm/s, 5 monkeys, 60 %"


@given(st.text(max_size=40))
def test_plain_text_means_itself(text: str) -> None:
    shown = Page(to_html(blocks(plain(text)), {})).text
    assert "".join(shown.split()) == "".join(
        unicodedata.normalize("NFC", text.replace("\0", "\ufffd")).split()
    )


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("https://a.b/c?d=e", True),
        ("HTTP://a.b", True),
        ("javascript:alert(1)", False),
        ("//a.b/c", False),
        ("../other.md", False),
        ("https://a.b/\nx", False),
        ("data:text/html,x", False),
    ],
)
def test_a_link_leads_to_the_web_or_nowhere(address: str, leads: bool) -> None:
    assert bool(web_link(address)) is leads


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_of_every_kind_is_on_the_page(kind: str, secret: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (1200, 500), (200, 30, 60)).save(secret / "vi" / f"photo.{kind}")
    text = secret / "vi" / "lesson.md"
    text.write_text(text.read_text("utf-8") + f"\n![Ảnh](photo.{kind})\n", "utf-8")
    wanted = HandoutWanted(("html", "pdf"))
    html, pdf = make_handouts(dict(files_below(secret)), wanted, tmp_path / "out")
    assert f'src="data:image/{kind};base64,' in html.path.read_text("utf-8")
    shown = [thing for page in pages(pdf.path.read_bytes()) for thing in page.get_objects()]
    assert sum(thing.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE for thing in shown) == 1


def test_what_is_longer_than_a_line_stays_on_the_page() -> None:
    text = f"{'ấ' * 300}\n\n`{'b' * 300}`\n\n```python\nx = '{'c' * 300}'\n```\n\n- {'d' * 300}"
    preamble = f'{PREAMBLE}#set text(font: "{TEXT_FONT}")\n'
    pdf = to_pdf(preamble + to_typst(blocks(text), {}), {})
    for page in pages(pdf):
        found = page.get_textpage()
        rights = [found.get_rect(n)[2] for n in range(found.count_rects())]
        assert max(rights) <= page.get_size()[0] - 10
    assert all(c * 300 in letters(pdf_text(pdf)) for c in "ấbcd")


def test_an_option_of_a_command_is_not_torn_apart() -> None:
    preamble = f'{PREAMBLE}#set text(font: "{TEXT_FONT}")\n'
    command = "stemkit sim start --scenario 04-light-lamp --blank"
    # Begun at every place of a line, so that its end comes at every letter.
    text = "\n\n".join(f"{'a ' * n}`{command}`" for n in range(30, 60))
    told = pdf_text(to_pdf(preamble + to_typst(blocks(text), {}), {}))
    lines = [line.strip() for line in told.splitlines()]
    assert not [line for line in lines if line.endswith("-") or line.startswith("scenario")]
    assert " ".join(lines).count(command) == 30


LAUGHS = (
    '<!DOCTYPE svg [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=False)
    )
    + ']><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>&j;</text></svg>'
)
OUTSIDE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90" width="90" height="90">'
    '<image href="{}" width="90" height="90"/><script>x</script></svg>'
)


@pytest.mark.parametrize(
    "drawing",
    [LAUGHS, OUTSIDE.format("/etc/passwd"), OUTSIDE.format("../../x.png"),
     OUTSIDE.format("http://127.0.0.1:9/x.png"), OUTSIDE.format("file:///etc/passwd")],
    ids=["laughs", "absolute", "climbing", "network", "file"],
)  # fmt: skip
def test_a_hostile_drawing_brings_nothing_in_and_takes_no_time(
    drawing: str, secret: Path, tmp_path: Path
) -> None:
    (secret / "vi" / "p.svg").write_text(drawing, "utf-8")
    text = secret / "vi" / "lesson.md"
    text.write_text(text.read_text("utf-8") + "\n![p](p.svg)\n", "utf-8")
    began_s = time.monotonic()
    try:
        (made,) = make_handouts(
            dict(files_below(secret)), HandoutWanted(("pdf",)), tmp_path / "out"
        )
    except StemkitError as error:
        assert isinstance(error, InputFileError)
    else:
        assert b"root:" not in made.path.read_bytes()
    assert time.monotonic() - began_s < 30
