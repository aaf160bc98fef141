"""The pages behind the links (办理页面): one case and one form, or an agency's desk. GET shows, only POST acts."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from sqlalchemy import Engine
from starlette.datastructures import FormData

from deployments.web_forms import NAME, FormView, clean, form_of, read_form
from deployments.web_guard import BODY_SECONDS, Attempts, Seal
from models.actions import Action, Actor, Outcome, SignFor
from models.vocabulary import Channel
from notifications.rendering import render
from tasks import clock
from tasks.case_view import CaseView, view_case
from tasks.coalescing import Coalescer
from tasks.database import reading
from tasks.desk import DeskItem, desk_of, viewer_on
from tasks.link_offers import FOR_CLOCK
from tasks.links import Gone, Link, hash_of, open_link
from tasks.loading import load_cases
from tasks.posts import Post, keep, outcome_of, post_of

WAIT_SECONDS: Final = 2.0
"""How long a page waits for the outcome before it says that the post is kept and will be done."""
log = logging.getLogger("banli.web")


@dataclass(frozen=True, slots=True)
class Office:
    """What pages need of the surroundings."""

    engine: Engine
    coalescer: Coalescer
    seal: Seal
    attempts: Attempts
    name: str
    wait_seconds: float = WAIT_SECONDS


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


def action_pages(office: Office) -> APIRouter:
    """The routes under /a (one action) and /d (the desk)."""
    router = APIRouter(include_in_schema=False)
    desk = _Desk(office)
    single = _Single(office)
    router.add_api_route("/a/{token}", single.show, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/a/{token}", single.act, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/a/{token}/{key}", single.result, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}", desk.show, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}", desk.sign_for, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}/{case_id}", desk.show_case, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}/{case_id}", desk.act, methods=["POST"], response_class=HTMLResponse)
    return router


class _Pages:
    """What both kinds of link share."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def _open(self, request: Request, token: str, *, desk: bool) -> Link | HTMLResponse:
        """The link, or the page that says why it does not work. A guess counts against its address."""
        address = address_of(request)
        if self.office.attempts.blocked(address):
            return said(self.office, "请稍后再试", "从您的网络打开了太多无效链接。请十分钟后再试。", status=429)
        found = await run_in_threadpool(self._find, token)
        if isinstance(found, Link) and found.is_desk is desk:
            return found
        if isinstance(found, Link) or found.unknown:
            self.office.attempts.note(address)
            log.warning("link refused from %s (hash %s…)", address, hash_of(token)[:8])
            found = Gone("这个链接无效", "请核对是否复制完整；需要新的链接，请联系督办单位。")
            return page("gone", self.office, status=404, gone=found)
        return page("gone", self.office, status=410, gone=found)

    def _find(self, token: str) -> Link | Gone:
        with reading(self.office.engine) as connection:
            return open_link(connection, token, clock.today())

    def _view(self, link: Link, case_id: int) -> tuple[CaseView, Link] | None:
        """The case through the holder's eyes, and the link in the role he has on this case; None if not his."""
        with reading(self.office.engine) as connection:
            cases = load_cases(connection, [case_id])
            if case_id not in cases:
                return None
            viewer = viewer_on(cases[case_id], link) if link.is_desk else link.viewer
            if viewer is None:
                return None
            view = view_case(connection, case_id, viewer, today=clock.today())
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

    async def _post(self, sheet: Sheet, typed: Mapping[str, str], address: str) -> HTMLResponse:
        """Check the form, keep the post, wait a little for what became of it."""
        if sheet.form is None:
            return self._form_page(sheet)
        kind, key = sheet.form.kind, typed.get("key", "")
        parts = (sheet.link.token_sha256, str(sheet.view.case.id), kind, key)
        if not key or not self.office.seal.holds(typed.get("proof", ""), *parts):
            log.warning("form refused from %s (hash %s…)", address, sheet.link.token_sha256[:8])
            refusal = "这张表单不是从本页提交的，没有办理。请核对填写的内容，再提交一次。"
            return self._form_page(self._again(sheet, typed, refusal=refusal), status=403)
        known, before = await run_in_threadpool(outcome_of, self.office.engine, key)
        if known and before is not None:
            return self._answer(sheet, before, typed, key=key)
        action, complaints = read_form(kind, sheet.view, typed, key=key)
        if action is None:
            form = form_of(kind, sheet.view, typed=typed, complaints=complaints)
            return self._form_page(replace(sheet, form=form), status=422)
        kept = (await run_in_threadpool(keep, self.office.engine, [Post(action, sheet.link.token_sha256, address)]))[0]
        if kept.busy:
            refusal = "这个链接刚刚提交过，正在办理或已经办完，没有重复办理。请稍后重新打开链接查看。"
            return self._form_page(self._again(sheet, typed, refusal=refusal), status=409)
        outcome = kept.outcome or await self._wait(action, new=kept.new)
        return self._answer(sheet, outcome, typed, key=key)

    async def _wait(self, action: Action, *, new: bool = True) -> Outcome | None:
        """The outcome, if it comes soon. A repeat waits for the job under way and never starts another."""
        coalescer = self.office.coalescer
        job = coalescer.submit(action) if new else coalescer.watch(action.key)
        if job is None:
            return (await run_in_threadpool(outcome_of, self.office.engine, action.key))[1]
        answer = asyncio.wrap_future(job)
        await asyncio.wait([answer], timeout=self.office.wait_seconds)
        return answer.result() if answer.done() and not answer.cancelled() else None

    def _again(self, sheet: Sheet, typed: Mapping[str, str], *, refusal: str) -> Sheet:
        kind = sheet.form.kind if sheet.form else ""
        return replace(sheet, form=form_of(kind, sheet.view, typed=typed, refusal=refusal))

    def _answer(self, sheet: Sheet, outcome: Outcome | None, typed: Mapping[str, str], *, key: str) -> HTMLResponse:
        if outcome is None:
            return page("later", self.office, status=202, sheet=sheet, view=sheet.view, receipt=key)
        if outcome.refused:
            return self._form_page(self._again(sheet, typed, refusal=outcome.message), status=409)
        fresh = self._view(sheet.link, sheet.view.case.id)
        view = fresh[0] if fresh else sheet.view
        return page("done", self.office, sheet=sheet, view=view, outcome=outcome)


class _Single(_Pages):
    """One link, one action."""

    async def show(self, request: Request, token: str) -> HTMLResponse:
        """The case and the form."""
        sheet = await self._sheet(request, token)
        return sheet if isinstance(sheet, HTMLResponse) else self._form_page(sheet)

    async def act(self, request: Request, token: str) -> HTMLResponse:
        """Do it, once."""
        typed = await read_typed(request)
        if isinstance(typed, str):
            return said(self.office, "没有收到", typed, status=400)
        repeated = await run_in_threadpool(self._repeated, token, typed)
        if repeated is not None:
            return repeated
        sheet = await self._sheet(request, token)
        return sheet if isinstance(sheet, HTMLResponse) else await self._post(sheet, typed, address_of(request))

    async def result(self, request: Request, token: str, key: str) -> HTMLResponse:
        """What became of a post whose answer was not waited for."""
        if self.office.attempts.blocked(address_of(request)):
            return said(self.office, "请稍后再试", "从您的网络打开了太多无效链接。请十分钟后再试。", status=429)
        answer = await run_in_threadpool(self._result, token, key)
        if answer is None:
            self.office.attempts.note(address_of(request))
            return said(self.office, "没有找到", "没有这笔提交。请核对链接。", status=404)
        return answer

    async def _sheet(self, request: Request, token: str) -> Sheet | HTMLResponse:
        link = await self._open(request, token, desk=False)
        if isinstance(link, HTMLResponse):
            return link
        found = await run_in_threadpool(self._view, link, link.case_id)
        if found is None:
            return page("gone", self.office, status=410, gone=Gone("本件已不由您办理", "不需要再办理。", link))
        view, link = found
        return Sheet(link, view, form_of(link.action, view), f"/a/{token}", "")

    def _repeated(self, token: str, typed: Mapping[str, str]) -> HTMLResponse | None:
        """A reload or second click of a post that was answered: the same answer, although the link is spent."""
        return self._result(token, typed.get("key", ""), only_done=True)

    def _result(self, token: str, key: str, *, only_done: bool = False) -> HTMLResponse | None:
        found = post_of(self.office.engine, hash_of(token), key)
        if found is None:
            return None
        link, known = found
        shown = self._view(link, link.case_id)
        if shown is None:
            return None
        view, link = shown
        sheet = Sheet(link, view, None, f"/a/{token}", "")
        if known is None:
            return None if only_done else page("later", self.office, status=202, sheet=sheet, view=view, receipt=key)
        if known.refused:
            return None if only_done else said(self.office, "没有办理", known.message, status=409)
        return page("done", self.office, sheet=sheet, view=view, outcome=known)


class _Desk(_Pages):
    """One link, everything that waits for its holder."""

    async def show(self, request: Request, token: str) -> HTMLResponse:
        """The list."""
        link = await self._open(request, token, desk=True)
        return link if isinstance(link, HTMLResponse) else await self._list(link, token)

    async def _list(
        self, link: Link, token: str, *, outcomes: tuple[Outcome, ...] = (), refusal: str = "", status: int = 200
    ) -> HTMLResponse:
        items = await run_in_threadpool(self._items, link)
        key = secrets.token_hex(16)
        proof = self.office.seal.proof(link.token_sha256, "desk", "签收", key)
        titles = {item.number: item.title for item in items}
        return page(
            "desk", self.office, status=status, link=link, items=items, path=f"/d/{token}", key=key, proof=proof,
            outcomes=outcomes, refusal=refusal, titles=titles,
        )  # fmt: skip

    def _items(self, link: Link) -> tuple[DeskItem, ...]:
        with reading(self.office.engine) as connection:
            return desk_of(connection, link, today=clock.today())

    async def sign_for(self, request: Request, token: str) -> HTMLResponse:
        """Sign for several at once; each has its own outcome."""
        typed = await read_typed(request)
        link = await self._open(request, token, desk=True)
        if isinstance(link, HTMLResponse):
            return link
        if isinstance(typed, str):
            return await self._list(link, token, refusal=typed, status=400)
        key, name = typed.get("key", ""), typed.get(NAME, "").strip()
        if not key or not self.office.seal.holds(typed.get("proof", ""), link.token_sha256, "desk", "签收", key):
            refusal = "这张表单不是从本页提交的，没有办理。请重新勾选后再提交一次。"
            return await self._list(link, token, refusal=refusal, status=403)
        chosen = {int(one) for one in typed.get("cases", "").split("\n") if one.isdecimal()}
        if not chosen or not name:
            missing = "没有勾选要签收的件" if not chosen else "没有填写您的姓名"
            return await self._list(link, token, refusal=f"{missing}。请补上后再提交。", status=422)
        actions = await run_in_threadpool(self._sign_fors, link, chosen, key, name)
        posts = [Post(action, link.token_sha256, address_of(request)) for action in actions]
        kept = await run_in_threadpool(keep, self.office.engine, posts)
        waits = (self._wait(action, new=one.new) for action, one in zip(actions, kept, strict=True))
        outcomes = await asyncio.gather(*waits)
        later = sum(outcome is None for outcome in outcomes)
        note = f"已收到{later}件的签收，稍后办理。请过一会儿重新打开本页查看。" if later else ""
        return await self._list(link, token, outcomes=tuple(one for one in outcomes if one), refusal=note)

    def _sign_fors(self, link: Link, chosen: set[int], key: str, name: str) -> list[Action]:
        with reading(self.office.engine) as connection:
            cases = load_cases(connection, chosen)
        return [
            SignFor(
                case=case.ref,
                key=f"{key}:{case.id}",
                by=Actor(role=viewer.role, name=name[:60], agency=link.agency, channel=Channel.LINK),
            )
            for case in cases.values()
            if (viewer := viewer_on(case, link)) is not None
        ]

    async def show_case(self, request: Request, token: str, case_id: int, do: str = "") -> HTMLResponse:
        """One case of the desk with what can be done on it."""
        sheet = await self._sheet(request, token, case_id, do)
        return sheet if isinstance(sheet, HTMLResponse) else self._form_page(sheet)

    async def act(self, request: Request, token: str, case_id: int) -> HTMLResponse:
        """Do one of these, once."""
        typed = await read_typed(request)
        if isinstance(typed, str):
            return said(self.office, "没有收到", typed, status=400)
        sheet = await self._sheet(request, token, case_id, typed.get("do", ""), posted_key=typed.get("key", ""))
        return sheet if isinstance(sheet, HTMLResponse) else await self._post(sheet, typed, address_of(request))

    async def _sheet(
        self, request: Request, token: str, case_id: int, do: str, *, posted_key: str = ""
    ) -> Sheet | HTMLResponse:
        desk_link = await self._open(request, token, desk=True)
        if isinstance(desk_link, HTMLResponse):
            return desk_link
        found = await run_in_threadpool(self._view, desk_link, case_id)
        if found is None:
            return said(self.office, "没有这一件", "待办清单里没有这一件，可能已改交其他单位。", status=404)
        view, link = found
        known = posted_key and (await run_in_threadpool(outcome_of, self.office.engine, posted_key))[0]
        actions = (*view.actions, do) if known and do else view.actions
        kind = do if do in actions else (actions[0] if actions and not do else "")
        form = form_of(kind, view) if kind else None
        return Sheet(link, view, form, f"/d/{token}/{case_id}", f"/d/{token}")


async def read_typed(request: Request) -> dict[str, str] | str:
    """The form's texts by field, several values of one field a line each; or a sentence why it cannot be read."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            given: FormData = await request.form(max_files=0, max_fields=1000, max_part_size=6 * 1024 * 1024)
    except TimeoutError:
        return "表单传送超时，没有办理。请检查网络后再提交一次。"
    typed: dict[str, str] = {}
    for name, value in given.multi_items():
        if isinstance(value, str):
            text = clean(value)
            typed[name] = f"{typed[name]}\n{text}" if name == "cases" and name in typed else text
    return typed

