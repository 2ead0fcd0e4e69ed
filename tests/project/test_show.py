"""The page, the report and the poster: drawn from the recordings, within the contest's pages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from stemkit.actions.keys import own as keys
from stemkit.actions.projects.errors import PageThereError
from stemkit.actions.projects.show import PAGE, POSTER, REPORT, ShowWanted, show
from stemkit.actions.projects.sign import SignWanted, sign
from stemkit.formats.archive import BytesSource
from stemkit.formats.pdf import read_pdf
from stemkit.formats.plot_svg import Line, plot_svg

from .made import exif, jpeg, made_project, made_recording, packed, rewritten
from .test_validators import WHOLE

needs_typst = pytest.mark.skipif(
    importlib.util.find_spec("typst") is None, reason="the extra pdf is not installed"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = made_project(tmp_path / "Nhiệt kế", WHOLE)
    made_recording(folder / "runs" / "phòng 1")
    return folder


def test_a_page_shows_what_is_in_the_project(project: Path, tmp_path: Path) -> None:
    (made,) = show(project, ShowWanted())
    page = made.path.read_text("utf-8")
    assert made.path == tmp_path / "Nhiet-ke.html"
    for words in ("Nhiệt kế của lớp 8A", "Phòng nào ấm hơn?", "Nguyễn Văn A, cú", "DHT22",
                  "phòng 1", "21,99", "data:image/svg+xml", "sensors.temp.read"):  # fmt: skip
        assert words in page
    assert "<script" not in page
    assert 'src="http' not in page
    with pytest.raises(PageThereError):
        show(project, ShowWanted())
    assert show(project, ShowWanted(force=True))[0].path.read_text("utf-8") == page


def test_a_package_s_page_names_who_signed(project: Path, tmp_path: Path) -> None:
    package = packed(project, tmp_path / "a.zip").path
    keys.new_key("Đội Cáo")
    sign(package, SignWanted())
    (made,) = show(package, ShowWanted(to=tmp_path / "out"))
    assert "Đội Cáo" in made.path.read_text("utf-8")


def test_texts_cannot_reach_out_or_run(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"\x89PNG secret")
    (project / "media" / "a.jpg").write_bytes(jpeg((0xE1, b"Exif\0\0" + exif())))
    (project / "report" / "report.md").write_text(
        "<script>alert(1)</script>\n\n![x](../../secret.png) ![y](../media/a.jpg)"
        " ![z](http://example.org/a.png) [go](javascript:alert(1))\n"
    )
    (made,) = show(project, ShowWanted(kinds=[REPORT]))
    page = made.path.read_text("utf-8")
    assert page.count("data:image/") == 2  # the plot and the photo
    for bad in ("<script", "secret", 'href="javascript', "example.org"):
        assert bad not in page


@needs_typst
def test_report_and_poster_keep_to_paper_and_pages(project: Path) -> None:
    wanted = ShowWanted(kinds=[REPORT, POSTER], pdf=True, contest="school-report")
    report, poster = show(project, wanted)
    found = read_pdf(BytesSource(report.path.read_bytes()))
    assert found is not None
    assert set(found.pages) == {(210.0, 297.0)}
    assert report.pages == len(found.pages) <= (report.most_pages or 0)
    assert found.author == "Nguyễn Văn A, cú"
    assert poster.pages == 1
    landscape = show(project, ShowWanted(kinds=[POSTER], pdf=True, contest="isef", force=True))[0]
    found = read_pdf(BytesSource(landscape.path.read_bytes()))
    assert found is not None
    assert all(width > height for width, height in found.pages)


def photo(colour: str) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


@needs_typst
def test_pictures_of_other_folders_stand_in_the_pdf(project: Path, tmp_path: Path) -> None:
    (project / "media" / "Ảnh nhóm.png").write_bytes(photo("red"))
    (project / "media" / "chat.jpg").write_bytes(photo("blue"))  # named wrongly by a chat program
    (project / "media" / "broken.png").write_bytes(b"no picture")
    (project / "report" / "report.md").write_text(
        "![a](../media/Ảnh%20nhóm.png) ![b](../media/chat.jpg) ![c](../media/broken.png)\n"
    )
    package = packed(project, tmp_path / "a.zip").path
    for source in (project, package):
        (made,) = show(
            source, ShowWanted(kinds=[REPORT], pdf=True, to=tmp_path / f"out {source.stem}")
        )
        assert made.left_out == ("../media/broken.png",)
        assert made.path.read_bytes().count(b"/Subtype/Image") >= 2
        (page,) = show(source, ShowWanted(kinds=[REPORT], to=tmp_path / f"out {source.stem}"))
        assert page.path.read_text("utf-8").count("data:image/") == 4  # the plot, and these three


def test_a_page_of_a_changed_package_says_so(project: Path, tmp_path: Path) -> None:
    package = packed(project, tmp_path / "a.zip").path
    sound = "files are as they were packed"
    (made,) = show(package, ShowWanted(to=tmp_path / "out"))
    assert sound in made.path.read_text("utf-8")
    rewritten(package, lambda files: files.update({"Nhiet-ke/data/README.md": b"x"}))
    for kind in (PAGE, REPORT):
        (made,) = show(package, ShowWanted(kinds=[kind], to=tmp_path / "out", force=True))
        page = made.path.read_text("utf-8")
        assert "Gói này không còn như khi đóng" in page
        assert "data/README.md" in page
        assert sound not in page


@needs_typst
def test_margins_are_those_of_the_contest(project: Path) -> None:
    """Nothing but the page's number stands in them, measured in the drawn page."""
    import pypdfium2

    (made,) = show(project, ShowWanted(kinds=[REPORT], pdf=True, contest="school-report"))
    page = pypdfium2.PdfDocument(made.path.read_bytes())[0].render(scale=2).to_pil().convert("L")
    per_mm = page.width / 210
    columns = [page.crop((x, 0, x + 1, page.height)) for x in range(page.width)]
    ink = [x for x, column in enumerate(columns) if column.getextrema()[0] < 128]
    assert min(ink) >= 30 * per_mm - 2
    assert max(ink) <= page.width - 20 * per_mm + 2


def test_a_plot_leaves_gaps_open_and_is_the_same_each_time() -> None:
    times = [0.0, 1.0, 2.0, 20.0, 21.0, 22.0, 23.0]
    line = Line("v<1>", times, [1.0, 2.0, float("nan"), 4.0, 4.0, 4.0, 4.5])
    svg = plot_svg([line, line], "Time (s)", "temp (°C)", ",").decode()
    assert svg.count("<polyline") == 4
    assert "v&lt;1&gt;" in svg
    assert "4,5" in svg
    assert svg.encode() == plot_svg([line, line], "Time (s)", "temp (°C)", ",")


@pytest.mark.parametrize("values", [[5.0, 5.0], [0.0, 0.0], [-1e-9, 1e-9], [1e15, 2e15], [3.0]])
def test_flat_tiny_and_huge_values_have_axes(values: list[float]) -> None:
    svg = plot_svg([Line("a", list(map(float, range(len(values)))), values)], "x", "y").decode()
    assert "nan" not in svg
    assert 4 < svg.count("<text") < 60
