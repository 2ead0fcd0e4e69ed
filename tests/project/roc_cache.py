"""Run by roc-validator's own Python: CACHE CONTEXT puts the context where it looks offline."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import requests
from requests_cache import CachedSession
from urllib3 import HTTPResponse

URL = "https://w3id.org/ro/crate/1.2/context"


class FromFile(requests.adapters.BaseAdapter):
    """Answers every request with one file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.body = path.read_bytes()

    def send(self, request: Any, **_: Any) -> Any:
        raw = HTTPResponse(
            body=io.BytesIO(self.body),
            headers={"Content-Type": "application/ld+json"},
            status=200,
            preload_content=False,
            request_url=request.url,
        )
        return requests.adapters.HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        pass


def main(cache: str, context: str) -> None:
    session = CachedSession(cache_name=cache, backend="sqlite", expire_after=-1)
    session.mount("https://", FromFile(Path(context)))
    session.get(URL).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
