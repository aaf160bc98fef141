"""What every page behind a link shares: the link, the case through its holder's eyes, the form, the answer."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from sqlalchemy import Engine

from deployments.web_after import renewal_proof, takes_evidence, way_back
from deployments.web_forms import FormView, clean, form_of, read_form
from deployments.web_guard import BODY_SECONDS, Seal
from models.actions.action import Outcome
from models.actions.reply import Amend, SubmitDraft
from models.errors import InputError
from models.values.case import Case
from notifications.rendering import render
from tasks import clock
from tasks.answering import Answering
from tasks.attempts import BAD_FORM, TOO_MANY, WINDOW, Attempts
from tasks.case_view import CaseView, view_after, view_case
from tasks.database import reading
from tasks.desk import viewer_on
from tasks.link_offers import FOR_CLOCK
from tasks.links import Gone, Link, hash_of, open_link
from tasks.loading import load_cases
from tasks.posts import Answer, Post, outcome_of
from tasks.previews import preview
from tasks.uploads import kept_file, take_evidence, take_upload

SMALL_BYTES: Final = 64 * 1024
READ: Final = "read"
LOOK: Final = "look"
"""Buttons that change the page and send nothing."""
log = logging.getLogger("banli.web")


@dataclass(frozen=True, slots=True)
class Office:
    """What pages need of the surroundings."""

    engine: Engine
    answering: Answering
    seal: Seal
    attempts: Attempts
    name: str
    uploads: Path
    """Where files that were sent are kept; nothing below it is ever served."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page in the making: the link, the case through its holder's eyes, the form, where it is sent."""

    link: Link
    view: CaseView
    form: FormView | None
    path: str
    desk: str
    """The desk this page was reached from; empty for a link to one action."""


def page(name: str, office: Office, *, status: int = 200, **values: Any) -> HTMLResponse:
    """One of our pages."""
    return HTMLResponse(render(f"actions/{name}.html", office=office.name, **values), status_code=status)


def said(office: Office, title: str, text: str, *, status: int) -> HTMLResponse:
    """A page that says one thing."""
    return page("said", office, status=status, title=title, text=text)


def address_of(request: Request) -> str:
    """Where a request came from."""
    return request.client.host if request.client else "?"


class Pages:
    """What both kinds of link share."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def _in_turn(self, request: Request, draw: Callable[[], HTMLResponse | Asked]) -> HTMLResponse:
        """A page drawn in a thread, with the rules' answer where it asks them."""
        drawn = await run_in_threadpool(draw)
        if isinstance(drawn, HTMLResponse):
            return drawn
        (answer,) = await self._ask([drawn.post])
        return await run_in_threadpool(self._answered, drawn, answer, address_of(request))

    async def _ask(self, posts: Sequence[Post]) -> list[Answer]:
        """Durable and answered by the rules, or an error. A sender who goes away changes nothing about it."""
        return await asyncio.shield(asyncio.wrap_future(self.office.answering.ask(posts)))

    async def _typed(self, request: Request) -> Typed | str | HTMLResponse:
        """The form, unless a large one comes from where nothing is taken any more; the rest is asked with the link."""
        if _is_large(request) and await run_in_threadpool(self.office.attempts.blocked, address_of(request)):
            return self._blocked()
        return await read_typed(request)

    def _blocked(self) -> HTMLResponse:
        answer = said(self.office, "请稍后再试", "从您的网络打开了太多无效链接。请十分钟后再试。", status=429)
        answer.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
        return answer

    def _open(self, address: str, token: str, *, desk: bool) -> Link | HTMLResponse:
        """The link, or the page that says why it does not work. A guess counts against its address."""
        with reading(self.office.engine) as connection:
            if self.office.attempts.blocked_on(connection, address):
                return self._blocked()
            found = open_link(connection, token, clock.today())
        if isinstance(found, Link) and found.is_desk is desk:
            return found
        if isinstance(found, Link) or found.unknown:
            self.office.attempts.note(address, token_sha256=hash_of(token))
            log.warning("link refused from %s (hash %s…)", address, hash_of(token)[:8])
            found = Gone("这个链接无效", "请核对是否复制完整；需要新的链接，请联系督办单位。")
            return page("gone", self.office, status=404, gone=found, again="", proof="")
        again = f"/{'d' if desk else 'a'}/{token}/renew"
        return page(
            "gone", self.office, status=410, gone=found, again=again, proof=renewal_proof(self.office.seal, found)
        )

    def _find(self, token: str) -> Link | Gone:
        with reading(self.office.engine) as connection:
            return open_link(connection, token, clock.today())

    def _evidence(self, sheet_of: Callable[..., Sheet | HTMLResponse], given: tuple[Any, ...], no: int) -> Response:
        sheet = sheet_of(*given)
        if isinstance(sheet, HTMLResponse):
            return sheet
        found = next((one for one in sheet.view.promises if one.no == no and one.file_sha256), None)
        if found is None:
            return said(self.office, "没有这份材料", "本件没有这份佐证材料。", status=404)
        content = kept_file(self.office.uploads, found.file_sha256 or "")
        name = quote(found.file_name or "佐证材料")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    def _view(self, link: Link, case_id: int) -> tuple[CaseView, Link] | None:
        """The case through the holder's eyes, and the link in the role he has on this case; None if not his."""
        with reading(self.office.engine) as connection:
            case = load_cases(connection, [case_id], long=True).get(case_id)
            viewer = None if case is None else viewer_on(case, link) if link.is_desk else link.viewer
            if case is None or viewer is None:
                return None
            view = view_case(connection, case, viewer, today=clock.today())
        return view, replace(link, case_id=case_id, role=viewer.role)

    def _form_page(self, sheet: Sheet, *, status: int = 200) -> HTMLResponse:
        key = secrets.token_hex(16)
        kind = sheet.form.kind if sheet.form else ""
        proof = self.office.seal.proof(sheet.link.token_sha256, str(sheet.view.case.id), kind, key)
        asked = (one for one in sheet.view.deadlines if kind in FOR_CLOCK.get(one.kind, ()))
        return page(
            "case", self.office, status=status, sheet=sheet, view=sheet.view, form=sheet.form, key=key, proof=proof,
            due=next(asked, None),
        )  # fmt: skip

    def _post(self, sheet: Sheet, typed: Typed, address: str) -> HTMLResponse | Asked:
        """Check the form; what it says is either drawn at once or asked of the rules."""
        if sheet.form is None:
            return self._form_page(sheet)
        kind, key, token = sheet.form.kind, typed.get("key", ""), sheet.link.token_sha256
        if not key or not self.office.seal.holds(typed.get("proof", ""), token, str(sheet.view.case.id), kind, key):
            self.office.attempts.note(address, BAD_FORM, token_sha256=token)
            log.warning("form refused from %s (hash %s…)", address, token[:8])
            refusal = "这张表单不是从本页提交的，没有办理。请核对填写的内容，再提交一次。"
            return self._form_page(self._again(sheet, typed, refusal=refusal), status=403)
        known, before = outcome_of(self.office.engine, key)
        if known and before is not None:
            return self._said(sheet, before, typed, key=key)
        return self._filled_in(sheet, typed, address, kind=kind, key=key)

    def _filled_in(self, sheet: Sheet, typed: Typed, address: str, *, kind: str, key: str) -> HTMLResponse | Asked:
        if typed.get("step") == READ:
            return self._form_page(self._read_file(sheet, typed))
        action, complaints = read_form(kind, sheet.view, typed, key=key)
        if action is None:
            form = form_of(kind, sheet.view, typed=typed, complaints=complaints)
            return self._form_page(replace(sheet, form=form), status=422)
        if typed.get("step") == LOOK and isinstance(action, SubmitDraft | Amend):
            return self._form_page(self._looked_at(sheet, typed, action))
        if takes_evidence(action) and typed.file is not None and typed.file[0]:
            try:
                attached = take_evidence(self.office.uploads, *typed.file)
            except InputError as error:
                refusal = f"{error} 其余内容都还在。"
                return self._form_page(self._again(sheet, typed, refusal=refusal), status=422)
            action = action.model_copy(update={"attachment": attached})
        return Asked(sheet, typed, Post(action, sheet.link.token_sha256, address))

    def _answered(self, asked: Asked, answer: Answer, address: str) -> HTMLResponse:
        sheet, typed = asked.sheet, asked.typed
        if answer.too_many:
            self.office.attempts.note(address, TOO_MANY, token_sha256=sheet.link.token_sha256)
            refusal = "这个链接在十分钟内提交得太多，这一次没有办理。请稍后再提交。"
            return self._form_page(self._again(sheet, typed, refusal=refusal), status=429)
        if answer.used:
            refusal = "这个链接已经提交过并办完，没有重复办理。请重新打开链接查看。"
            return self._form_page(self._again(sheet, typed, refusal=refusal), status=409)
        return self._said(sheet, answer.outcome, typed, key=asked.post.key, case=answer.case)

    def _read_file(self, sheet: Sheet, typed: Typed) -> Sheet:
        """The file's text in place of what was typed; nothing is sent yet."""
        kind = sheet.form.kind if sheet.form else ""
        if typed.file is None or not typed.file[0]:
            return self._again(sheet, typed, refusal="没有选择文件。请先选择文件，再点“读入文件”。")
        try:
            read = take_upload(self.office.uploads, *typed.file)
        except InputError as error:
            return self._again(sheet, typed, refusal=str(error))
        form = form_of(kind, sheet.view, typed={**typed, "text": read.text})
        return replace(sheet, form=replace(form, note=f"已读入《{read.name}》，共{len(read.text)}字。请核对后再提交。"))

    def _looked_at(self, sheet: Sheet, typed: Typed, action: SubmitDraft | Amend) -> Sheet:
        """The letter it will be, above the form; nothing is sent yet."""
        with reading(self.office.engine) as connection:
            shown = preview(connection, sheet.view.case, action, today=clock.today())
        return replace(sheet, form=replace(form_of(action.kind, sheet.view, typed=typed), preview=shown))

    def _again(self, sheet: Sheet, typed: Typed, *, refusal: str) -> Sheet:
        kind = sheet.form.kind if sheet.form else ""
        return replace(sheet, form=form_of(kind, sheet.view, typed=typed, refusal=refusal))

    def _said(
        self, sheet: Sheet, outcome: Outcome | None, typed: Typed, *, key: str, case: Case | None = None
    ) -> HTMLResponse:
        if outcome is None:
            return page("later", self.office, status=202, sheet=sheet, view=sheet.view, receipt=key)
        if outcome.refused:
            return self._form_page(self._again(sheet, typed, refusal=outcome.message), status=409)
        return self._done(sheet, self._stands(sheet.link, sheet.view.case.id, case) or sheet.view, outcome, key)

    def _stands(self, link: Link, case_id: int, case: Case | None = None) -> CaseView | None:
        """Where a case now stands, to its holder; None if it is no longer his. `case` as it was just recorded."""
        with reading(self.office.engine) as connection:
            case = case or load_cases(connection, [case_id]).get(case_id)
            viewer = None if case is None else viewer_on(case, link) if link.is_desk else link.viewer
            return None if case is None or viewer is None else view_after(connection, case, viewer, today=clock.today())

    def _done(self, sheet: Sheet, view: CaseView, outcome: Outcome, key: str) -> HTMLResponse:
        """What was recorded, and how to take it back."""
        office = self.office
        undo = way_back(office.engine, office.seal, sheet.link, view, outcome, path=sheet.path, key=key)
        return page("done", office, sheet=sheet, view=view, outcome=outcome, undo=undo)


class Typed(dict[str, str]):
    """A form's texts by field, and the file that came with it: its name and bytes."""

    file: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A form in order, whose action the rules are to be asked about."""

    sheet: Sheet
    typed: Typed
    post: Post


def _is_large(request: Request) -> bool:
    """Whether a body is worth asking about before it is read; one that does not say its length is."""
    length = request.headers.get("content-length", "")
    return not length.isdecimal() or len(length) > len(str(SMALL_BYTES)) or int(length) > SMALL_BYTES


async def read_typed(request: Request) -> Typed | str:
    """The form's texts by field, several values of one field a line each; or a sentence why it cannot be read."""
    typed = Typed()
    try:
        async with (
            asyncio.timeout(BODY_SECONDS),
            request.form(max_files=1, max_fields=1000, max_part_size=6 * 1024 * 1024) as given,
        ):
            for name, value in given.multi_items():
                if not isinstance(value, str):
                    typed.file = (value.filename or "", await value.read())
                elif name == "cases" and name in typed:
                    typed[name] += f"\n{value}"
                else:
                    typed[name] = clean(value)
    except TimeoutError:
        return "表单传送超时，没有办理。请检查网络后再提交一次。"
    return typed
