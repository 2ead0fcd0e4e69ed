"""One word for one thing: the glossary holds in every message, lesson and page."""

import re
import runpy
import tomllib
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = runpy.run_path(str(ROOT / ".ci" / "words.py"))
GLOSSARY = tomllib.loads((ROOT / "stemkit" / "locale" / "glossary.toml").read_text("utf-8"))
CATALOGUES = sorted(path.stem for path in (ROOT / "stemkit" / "locale" / "vi").glob("*.po"))
PAGES = sorted(
    path
    for folder in ("lessons", "examples")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".md", ".toml", ".svg"} and path.is_file()
)
# What is not prose: what stands in quotes, commands, fields, names of files and options.
NOT_PROSE = re.compile(r"“[^”]*”|\{\w+\}|stemkit [a-z]+( [a-z]+)?|[\w./-]*[./_-][\w./-]*")
# Keys of a file stand in it without quotes.
EXEMPT = {"A rule asks for one of: files, field, people, recording, signature."}
ENGLISH = {"click"}  # click's own sentences use these words for other things


def messages():
    for room in CATALOGUES:
        for message in WORDS["load"]("vi", room):
            if message.id and room not in ENGLISH and message.id not in EXEMPT:
                english = message.id if isinstance(message.id, str) else message.id[-1]
                told = message.string if isinstance(message.string, str) else message.string[-1]
                yield english, told


@pytest.mark.parametrize("term", GLOSSARY["terms"])
def test_a_term_has_one_translation(term):
    whole = re.compile(rf"(?<!\w){term}s?(?!\w)")
    wrong = [
        (english, told)
        for english, told in messages()
        if whole.search(NOT_PROSE.sub(" ", english))
        and not any(word.lower() in told.lower() for word in GLOSSARY["terms"][term])
    ]
    assert not wrong


def test_words_are_spelled_in_one_way():
    texts = dict(messages())
    for page in [ROOT / "README.vi.md", *PAGES]:
        texts[str(page.relative_to(ROOT))] = page.read_text(encoding="utf-8")
    wrong = []
    for name, text in texts.items():
        found = {
            word.lower() for word in re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text))
        }
        wrong += [(name, word) for word in found & set(GLOSSARY["spelling"])]
    assert not wrong
