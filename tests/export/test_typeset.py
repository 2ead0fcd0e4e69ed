"""PDF pages: the same bytes each time, Vietnamese letters, nothing read from the computer."""

from __future__ import annotations

import io
import subprocess
import sys
import unicodedata
from pathlib import Path

import pypdfium2
import pytest

from stemkit.errors import InputFileError, MachineError
from stemkit.export.typeset import TEXT_FONT, to_pdf

VIETNAMESE = "Đo nhiệt độ và độ ẩm: ằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựỳỷỹỵ"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 60" width="400" height="60">'
    '<text x="10" y="30" font-family="sans-serif">Cảm biến độ ẩm</text></svg>'
)


def source(text: str = VIETNAMESE) -> str:
    return f'#set text(font: "{TEXT_FONT}")\n{text}\n\n`{text}`\n\n#image("pictures/a.svg")\n'


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return unicodedata.normalize("NFC", "\n".join(pages))


def test_a_page_holds_its_vietnamese_text_its_picture_and_no_date():
    pdf = to_pdf(source(), {"pictures/a.svg": SVG.encode()})
    assert pdf.startswith(b"%PDF-")
    assert text_of(pdf).count(VIETNAMESE) == 2
    assert "Cảm biến độ ẩm" in text_of(pdf)
    assert b"CreationDate" not in pdf


def test_another_process_makes_the_same_bytes_in_another_time_zone(tmp_path: Path):
    script = (
        "import sys; from stemkit.export.typeset import to_pdf;"
        "sys.stdout.buffer.write(to_pdf(sys.argv[1], {'pictures/a.svg': sys.argv[2].encode()}))"
    )
    made = subprocess.run(
        [sys.executable, "-c", script, source(), SVG],
        check=True, capture_output=True, cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "TZ": "Asia/Ho_Chi_Minh"},
    )  # fmt: skip
    assert made.stdout == to_pdf(source(), {"pictures/a.svg": SVG.encode()})


@pytest.mark.parametrize("path", ["/secret.txt", "secret.txt", "../secret.txt", "/etc/hostname"])
def test_no_file_of_the_computer_gets_into_a_page(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputFileError) as caught:
        to_pdf(f'#read("{path}")', {})
    assert caught.value.code == "typeset-failed"


def test_no_file_takes_the_place_of_the_source():
    pdf = to_pdf(source("Xin chào"), {"pictures/a.svg": SVG.encode(), "main.typ": b"EVIL"})
    assert "Xin chào" in text_of(pdf)
    assert "EVIL" not in text_of(pdf)


@pytest.mark.parametrize("damaged", [b"", b"<svg", b"\x89PNG\r\n\x1a\n damaged", b"GIF89a"])
def test_a_damaged_picture_is_told(damaged: bytes):
    with pytest.raises(InputFileError) as caught:
        to_pdf(source(), {"pictures/a.svg": damaged})
    assert caught.value.code == "typeset-failed"


@pytest.mark.parametrize("module", ["typst", "fontpkg_be_vietnam_pro"])
def test_without_the_extra_it_is_named(module: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == module else name)
    with pytest.raises(MachineError) as caught:
        to_pdf("Text", {})
    assert caught.value.remedy_told().endswith("install typst fontpkg-be-vietnam-pro")
