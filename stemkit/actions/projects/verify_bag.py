"""Is a package unchanged? The bag's manifests, the zip's own form, the crate's list of files."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stemkit.formats import bag
from stemkit.formats.archive_errors import Reason
from stemkit.formats.archive_names import shown
from stemkit.formats.crate import METADATA, PREVIEW
from stemkit.model.project import PROJECT_FILE
from stemkit.model.verdict import Answer, Check
from stemkit.storage.package_reader import BESIDE, SIGNATURES, Package
from stemkit.words import N_, ntr

_MOST_TOLD = 10


def check_intact(package: Package) -> Check:
    """Every file is the one that the manifests name, and nothing else is there."""
    texts = package.texts((*bag.TAG_FILES, bag.TAG_MANIFEST))
    files = {path: (file.size, file.sha256) for path, file in package.files.items()}
    found = [str(reason) for reason in _other_program(package)]
    found += [str(reason) for reason in bag.differences(files, texts, SIGNATURES)]
    found += [str(reason) for reason in _odd(package, texts)]
    if found:
        more = len(found) - _MOST_TOLD
        told = found[:_MOST_TOLD]
        if more > 0:
            told.append(ntr("… and {n} more", "… and {n} more", more))
        return Check("intact", Answer.NO, found[0], tuple(told))
    detail = ntr(
        "{n} file is as it was packed.", "All {n} files are as they were packed.", len(files)
    )
    return Check("intact", Answer.YES, detail)


def _other_program(package: Package) -> Iterator[Reason]:
    """What a judge should know first of a file that another program zipped."""
    if bag.DECLARATION not in package.files and PROJECT_FILE in package.files:
        yield Reason(
            N_(
                "this is a project's folder that was zipped, not a package: the team makes one "
                "with “stemkit project pack”."
            )
        )
    if any(path.startswith(f"{BESIDE}__MACOSX/") for path in package.files):
        yield Reason(
            N_("a Mac unpacked it and zipped it again: ask for the file as stemkit made it.")
        )


def _odd(package: Package, texts: dict[str, bytes]) -> Iterator[Reason]:
    if f"{bag.PAYLOAD}{PROJECT_FILE}" not in package.files:
        yield Reason(N_("“{path}” is missing."), {"path": f"{bag.PAYLOAD}{PROJECT_FILE}"})
    yield from _strange_signatures(package)
    if bag.INFO in texts:
        yield from _other_name(package, texts[bag.INFO])
    yield from _crate(package)
    where = package.difference()
    if where is not None:
        yield _packed_again(where)


def _packed_again(where: str) -> Reason:
    if where:
        return Reason(
            N_("what the zip file says of “{path}” was changed, or it was packed again."),
            {"path": shown(where)},
        )
    return Reason(N_("the zip file's directory was changed, or it was packed again."))


def _strange_signatures(package: Package) -> Iterator[Reason]:
    for path in package.files:
        if path.startswith(SIGNATURES) and not path.endswith((".p7s", ".tsr")):
            yield Reason(N_("“{path}” was added: no manifest names it."), {"path": shown(path)})


def _other_name(package: Package, info: bytes) -> Iterator[Reason]:
    try:
        told = bag.parse_info(info).get("External-Identifier", "")
    except bag.BagBrokenError:
        return
    if told and f"{told}/" != package.top:
        yield Reason(
            N_("the top folder is “{found}”, and the package is called “{told}”."),
            {"found": shown(package.top), "told": shown(told)},
        )


def _crate(package: Package) -> Iterator[Reason]:
    """The crate must tell the same sums as the manifest."""
    path = f"{bag.PAYLOAD}{METADATA}"
    if path not in package.files:
        yield Reason(N_("“{path}” is missing."), {"path": path})
        return
    told = _told(package, "sha256")
    if told is None:
        yield Reason(N_("“{path}” cannot be read."), {"path": path})
        return
    for name, file in package.payload.items():
        if name not in (METADATA, PREVIEW) and told.get(name) != file.sha256:
            yield Reason(
                N_("“{path}” is not the one in “{text}”."), {"path": shown(name), "text": METADATA}
            )


def packed_names(package: Package) -> dict[str, str]:
    """Path in the package -> what the file was called in the project, as far as the crate tells."""
    return _told(package, "name") or {}


def _told(package: Package, key: str) -> dict[str, str] | None:
    """Path -> what the crate tells of each file; None where it cannot be read."""
    path = f"{bag.PAYLOAD}{METADATA}"
    try:
        graph = json.loads(package.read(path))["@graph"]
        return {str(row["@id"]): str(row[key]) for row in graph if key in row and "sha256" in row}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
