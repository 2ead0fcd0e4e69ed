"""Makes the pictures of the README: the real display of a real virtual board.

    python tests/pictures.py [FOLDER]          (default: examples/pictures)

A virtual pendulum (examples/scenarios/pendulum.toml) is measured by examples/pendulum for a quarter
of a minute; then its swing is selected and a damped wave is laid through it, as keys s and t do.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZE = (100, 26)
MEASURE_S = 15.0


def stemkit(*words: str) -> None:
    """Run a command of stemkit."""
    subprocess.run(
        [sys.executable, "-m", "stemkit", *words, "-q"],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )


async def pictures(into: Path) -> None:
    """Watch for a while, and keep what is on the screen in both languages."""
    from stemkit.actions.readings.sources import Wanted, open_feed
    from stemkit.actions.readings.watching import Watching
    from stemkit.screen.app import Display
    from stemkit.screen.canvas import Style
    from stemkit.screen.session import Session
    from stemkit.screen.viewer import Viewer
    from stemkit.words import set_language

    watching = Watching(open_feed(Wanted(["v1"])))
    with watching:
        display = Display(Session(watching, Viewer(span_s=10.0), Style.BRAILLE))
        async with display.run_test(size=SIZE) as pilot:
            await asyncio.sleep(MEASURE_S)
            await pilot.press("s", "t", "t", "t", "t", "t", "space")
            await asyncio.sleep(2.0)
            for language, title in (("vi", "stemkit watch"), ("en", "stemkit watch")):
                set_language(language)
                await asyncio.sleep(1.5)
                text = display.export_screenshot(title=title, simplify=True)
                (into / f"watch-{language}.svg").write_text(plain(text), "utf-8", newline="\n")


def plain(svg: str) -> str:
    """The drawing without fonts from elsewhere, and with the same names each time."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace")
    return re.sub(r"terminal-\d+", "terminal", svg)


def main(into: str = str(ROOT / "examples" / "pictures")) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["STEMKIT_HOME"] = home
        os.environ["PYTHONPATH"] = str(ROOT)
        scenario = str(ROOT / "examples" / "scenarios" / "pendulum.toml")
        stemkit("sim", "start", "--model", "pico", "--scenario", scenario, "--detach")
        try:
            stemkit("deploy", str(ROOT / "examples" / "pendulum"))
            stemkit("sim", "unplug", "v1")
            stemkit("sim", "plug", "v1")
            sys.path.insert(0, str(ROOT))
            asyncio.run(pictures(Path(into)))
        finally:
            stemkit("sim", "stop", "--all")


if __name__ == "__main__":
    main(*sys.argv[1:])
