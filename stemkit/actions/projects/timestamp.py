"""Have an authority confirm that a file is there now (RFC 3161 over HTTP)."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from stemkit.formats.archive_errors import Reason
from stemkit.model.signature import Stamped
from stemkit.signing import timestamps
from stemkit.signing.errors import (
    SignatureUnreadableError,
    SignatureWrongError,
    TimestampUnfitError,
)
from stemkit.storage.download import USUAL, Limits, post_bytes
from stemkit.words import N_


def stamp(content: bytes, url: str, limits: Limits = USUAL) -> tuple[bytes, Stamped]:
    """The service's response for `content`, to be kept as `.tsr`, and what it says.

    The service learns the content's SHA-256 and nothing else. Raises TimestampRefusedError,
    TimestampUnfitError for an answer that does not fit, and what `download.fetch_file` does.
    """
    nonce = timestamps.new_nonce()
    asked = timestamps.request(hashlib.sha256(content).digest(), nonce)
    answer = post_bytes(
        url,
        asked,
        timestamps.REQUEST_TYPE,
        limits,
        max_bytes=timestamps.LARGEST_RESPONSE_BYTES,
    )
    host = urlsplit(url).netloc
    try:
        return answer, timestamps.check(answer, content, name=host, nonce=nonce)
    except SignatureWrongError as error:
        reason: object = Reason(N_("it confirms something else."))
        raise TimestampUnfitError(name=host, reason=reason) from error
    except SignatureUnreadableError as error:
        reason = error.fields["reason"]
        raise TimestampUnfitError(name=host, reason=reason) from error
