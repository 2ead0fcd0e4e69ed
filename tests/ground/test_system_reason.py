"""Why the system refused, in the person's language."""

from __future__ import annotations

import errno
import os
import socket
import ssl

import pytest

from stemkit.errors import system_reason
from stemkit.words import set_language


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "ổ đĩa đã đầy"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "không có chương trình nào"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "không tìm thấy máy"),
        # The numbers of these mean something else than errno's.
        (ssl.SSLError(1, "wrong version number"), "wrong version number"),
        (OSError("in its own words"), "in its own words"),
        (OSError(errno.ELIBBAD, "rare"), "rare"),
    ],
)
def test_the_commonest_reasons_are_translated(error: OSError, told: str) -> None:
    set_language("vi")
    try:
        assert told in system_reason(error)
    finally:
        set_language(None)
