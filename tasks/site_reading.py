"""Reading a published page back (回读): from the disk, or as the public's web server gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import httpx

from models.errors import Fault, UnavailableError
from notifications.readback import text_of_page

_PATIENCE_SECONDS: Final = 10.0


def read_back(page_path: Path) -> str:
    """The reply as the page on disk gives it to the public, to be compared with the signed text.

    Raises: UnavailableError when the page cannot be read or carries no reply.
    """
    try:
        page = page_path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UnavailableError(Fault(str(page_path), f"公开页面读不出来（{error}）", "请重新公开后再核对。")) from error
    return _reply_of(page, str(page_path))


def fetch_back(address: str) -> str:
    """The same, as the public's web server gives it: fetched, not from a cache.

    Raises: UnavailableError when it does not come, comes as something else, or carries no reply.
    """
    try:
        answer = httpx.get(address, headers={"Cache-Control": "no-cache"}, timeout=_PATIENCE_SECONDS)
        answer.raise_for_status()
        page = answer.content.decode()
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeDecodeError) as error:
        said = f"{error.response.status_code}" if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
        fault = Fault(
            address, f"公开页面从网上取不到（{said}）", "请检查网站是否已经更新、能否访问；下次公开时再核对。"
        )
        raise UnavailableError(fault) from error
    return _reply_of(page, address)


def _reply_of(page: str, where: str) -> str:
    text = text_of_page(page)
    if text is None:
        raise UnavailableError(Fault(where, "公开页面上没有答复正文", "请核对公开方式，或重新公开。"))
    return text
