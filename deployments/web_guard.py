"""What stands between the street and the pages: sizes, headers, the form's own token, guessed links."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.errors import Fault, UnavailableError

BODY_LIMIT: Final = 5 * 1024 * 1024 + 256 * 1024
"""A text of 5 MB and the fields around it."""
BODY_SECONDS: Final = 30
"""How long a form may take to arrive."""
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}
PUBLIC: Final = ("/site/", "/static/")
"""What anybody may keep a copy of and search engines may list."""


class BodyTooLargeError(Exception):
    """More was sent than any form needs."""


class Guard:
    """ASGI middleware: headers on every answer, no body beyond the limit."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        public = scope["path"].startswith(PUBLIC)
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_LIMIT:
                raise BodyTooLargeError
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    if not (public and name == "X-Robots-Tag"):
                        headers[name] = value
                headers["Cache-Control"] = "no-cache" if public else "no-store"
            await send(message)

        await self.app(scope, limited, dressed)


class Seal:
    """The form's own token: an HMAC over what the form is for and its key, so that only our forms can be posted."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def of(cls, home: Path) -> Seal:
        """With the office's own secret, made once. Raises: UnavailableError when it cannot be kept."""
        file = home / "web.key"
        try:
            home.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                _create_whole(file, secrets.token_bytes(32))
            return cls(file.read_bytes())
        except OSError as error:
            raise UnavailableError(
                Fault(str(file), f"密钥文件读写不了（{error.strerror}）", "请检查 BANLI_HOME 目录的权限和空间。")
            ) from error

    def proof(self, *parts: str) -> str:
        """The token for a form."""
        said = "\x1f".join(parts).encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()

    def holds(self, proof: str, *parts: str) -> bool:
        """Whether the token is ours, compared in constant time."""
        return hmac.compare_digest(self.proof(*parts).encode(), proof.encode("utf-8", "replace"))


def _create_whole(file: Path, content: bytes) -> None:
    """Create a file with its content at once, readable by its owner alone; whoever else was first keeps his."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        with suppress(FileExistsError):  # another replica on the same folder was first: its key is ours
            os.link(name, file)
    finally:
        Path(name).unlink()
