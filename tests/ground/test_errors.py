"""Every error of the tree can be told to a person, in both languages."""

from __future__ import annotations

import errno
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

import stemkit
from stemkit.errors import (
    Exit,
    PermissionDeniedError,
    ReadOnlyDiskError,
    StemkitError,
    from_os_error,
)
from stemkit.words import set_language, translation


def all_errors() -> list[type[StemkitError]]:
    for module in pkgutil.walk_packages(stemkit.__path__, "stemkit."):
        if ".virtual.board" not in module.name:
            importlib.import_module(module.name)
    return sorted(set(_below(StemkitError)), key=lambda error: (error.code, error.__module__))


def _below(error: type[StemkitError]) -> Iterator[type[StemkitError]]:
    for child in error.__subclasses__():
        if child.__module__.startswith("stemkit."):
            if "code" in vars(child):
                yield child
            yield from _below(child)


ERRORS = all_errors()


def test_a_disk_that_takes_nothing_is_told_from_a_folder_of_someone_else() -> None:
    assert isinstance(from_os_error(OSError(errno.EROFS, ""), "a"), ReadOnlyDiskError)
    assert isinstance(from_os_error(OSError(errno.EACCES, ""), "a"), PermissionDeniedError)
    protected = OSError(errno.EACCES, "")
    protected.winerror = 19  # ERROR_WRITE_PROTECT
    assert isinstance(from_os_error(protected, "a"), ReadOnlyDiskError)


def test_codes_are_unique() -> None:
    repeated = [c for c, n in Counter(error.code for error in ERRORS).items() if n > 1]
    assert repeated == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_an_error_says_what_and_what_next(error: type[StemkitError]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", error.code)
    assert error.message.strip()
    assert error.remedy.strip()
    assert isinstance(error.exit_code, Exit)
    assert error.exit_code not in (Exit.DONE, Exit.INTERRUPTED)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_an_error_can_be_told(error: type[StemkitError], language: str) -> None:
    names = set(re.findall(r"{(\w+)", error.message + error.remedy))
    made = error(**dict.fromkeys(names, 7))
    set_language(language)
    try:
        assert made.told()
        assert made.remedy_told()
        if language == "vi" and re.search(r"[a-z]{3} [a-z]{3}", error.message):
            assert translation(error.message, "vi") != error.message
    finally:
        set_language(None)
