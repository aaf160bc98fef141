"""The rooms around the action pages: the index, the mailbox of a demonstration, the public site, health."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from deployments.web_pages import Office, page, said
from models.settings import Settings
from notifications.local_mailbox import read_letter, render_mailbox
from notifications.rendering import TEMPLATES
from tasks.site_versions import STORE

STATIC: Final = {
    "site.css": TEMPLATES / "site" / "site.css",
    "site.js": TEMPLATES / "site" / "site.js",
    "mark.svg": TEMPLATES / "site" / "mark.svg",
    "actions.css": TEMPLATES / "actions" / "actions.css",
    "actions.js": TEMPLATES / "actions" / "actions.js",
}
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'，。；）】]+")
_PER_PAGE: Final = 50


def rooms(office: Office, settings: Settings, *, mailbox: bool) -> APIRouter:
    """The routes; the mailbox only where it was asked for, since it shows everybody's links."""
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    def index() -> HTMLResponse:
        prefect = (settings.prefect_api_url or "").removesuffix("/").removesuffix("/api")
        return page("index", office, mailbox=mailbox, prefect=prefect, site=(settings.site / "index.html").exists())

    @router.get("/static/{name}")
    def static(name: str) -> Response:
        file = STATIC.get(name)
        return FileResponse(file) if file else Response(status_code=404)

    if mailbox:
        _mailbox(router, office, settings.mailbox)
    return router


def _mailbox(router: APIRouter, office: Office, folder: Path) -> None:
    @router.get("/mail", response_class=HTMLResponse)
    def mails(p: int = 1, to: str = "") -> HTMLResponse:
        letters = [one for one in render_mailbox(folder) if not to or to in one.to]
        last = max(1, -(-len(letters) // _PER_PAGE))
        at = min(max(p, 1), last)
        page_of = letters[(at - 1) * _PER_PAGE : at * _PER_PAGE]
        shown = [(Path(one.file).stem, one, datetime.fromisoformat(one.at)) for one in page_of]
        return page("mails", office, letters=shown, at=at, last=last, count=len(letters), to=to)

    @router.get("/mail/{name}", response_class=HTMLResponse)
    def mail(name: str) -> HTMLResponse:
        letter = _letter(folder, name)
        if letter is None:
            return said(office, "没有这封信", "信箱里没有这封信。请从信箱列表打开。", status=404)
        body = letter.get_body(("plain",))
        names = [part.get_filename() or f"附件{at}" for at, part in enumerate(letter.iter_attachments(), start=1)]
        written = linked(str(body.get_content())) if body else Markup("")
        to = letter["To"].addresses[0].display_name
        return page("mail", office, file=name, to=to, subject=str(letter["Subject"]), at=letter["Date"].datetime,
                    body=written, attachments=names)  # fmt: skip

    @router.get("/mail/{name}/{number}")
    def attachment(name: str, number: int) -> Response:
        letter = _letter(folder, name)
        parts = list(letter.iter_attachments()) if letter else []
        if not 1 <= number <= len(parts):
            return said(office, "没有这个附件", "这封信里没有这个附件。", status=404)
        found = parts[number - 1]
        content: Any = found.get_payload(decode=True)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{_quoted(found.get_filename() or '附件')}"}
        return Response(content, media_type="application/octet-stream", headers=headers)


def _letter(folder: Path, name: str) -> EmailMessage | None:
    try:
        return read_letter(folder, f"{name}.eml")
    except FileNotFoundError:
        return None


def _quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


def linked(written: str) -> Markup:
    """A plain text with its addresses made links, everything else escaped."""
    parts: list[Markup] = []
    end = 0
    for found in _ADDRESS.finditer(written):
        address = escape(found[0])
        parts += [escape(written[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.end()
    return Markup("").join([*parts, escape(written[end:])])


class PublicSite(StaticFiles):
    """The site's folder as it is on disk; before the first page is published there is none."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        if STORE in Path(path).parts or not await run_in_threadpool(Path(str(self.directory)).is_dir):
            raise HTTPException(status_code=404)
        found = await super().get_response(path, scope)
        if isinstance(found, RedirectResponse):  # to the folder, by path alone: the Host header is anybody's word
            found.headers["Location"] = quote(scope["path"].rstrip("/").rpartition("/")[2]) + "/"
        return found

    async def check_config(self) -> None:
        """The folder may come and go."""
