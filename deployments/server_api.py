"""The Prefect server as `banli up` speaks to it (服务接口): a few JSON calls, without importing Prefect."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AUTH = "PREFECT_API_AUTH_STRING"
BUSY = 503
"""What a Prefect server on SQLite answers while another writes; nothing was done then."""
WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try."""


def headers(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a request carries: the password, where one is set."""
    given = environ.get(AUTH)
    return {"Authorization": f"Basic {base64.b64encode(given.encode()).decode()}"} if given else {}


@dataclass(frozen=True, slots=True)
class ServerApi:
    """One server, by the address of its API."""

    url: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send and read JSON; a server that is busy for a moment is asked again. Raises: urllib.error.URLError."""
        for wait in WAITS:
            try:
                return self._call(method, path, body)
            except urllib.error.HTTPError as error:
                if error.code != BUSY:
                    raise
            time.sleep(wait)
        return self._call(method, path, body)

    def _call(self, method: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the office's own server
            f"{self.url}{path}", data, {"Content-Type": "application/json", **headers()}, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            read = answer.read()
        return json.loads(read) if read else None

    def all_of(self, path: str, order: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Everything a filter route lists, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("POST", path, {**(order or {}), "limit": 200, "offset": len(found)})
            found += page
            if len(page) < 200:
                return found
