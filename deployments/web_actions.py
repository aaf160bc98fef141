"""The pages behind the links (办理页面): one case and one form, or an agency's desk. GET shows, only POST acts."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from deployments.web_after import renew
from deployments.web_forms import NAME, clean, form_of
from deployments.web_pages import Asked, Office, Pages, Sheet, Typed, address_of, page, said
from models.actions.action import Action, Actor, Outcome
from models.actions.assignment import SignFor
from models.vocabulary import Channel
from tasks import clock
from tasks.attempts import BAD_FORM
from tasks.database import one_look, reading
from tasks.desk import DeskItem, desk_of, part_of, viewer_on
from tasks.links import Gone, Link, hash_of
from tasks.loading import load_cases
from tasks.posts import Post, outcome_of, post_of

_LAST_ID: Final = 2**31 - 1
"""Greater numbers are no case's, and more than a database takes."""


def action_pages(office: Office) -> APIRouter:
    """The routes under /a (one action) and /d (the desk)."""
    router = APIRouter(include_in_schema=False)
    desk = _Desk(office)
    single = _Single(office)
    router.add_api_route("/a/{token}", single.show, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/a/{token}", single.act, methods=["POST"], response_class=HTMLResponse)
    again = _Again(office)
    for place in ("a", "d"):
        router.add_api_route(f"/{place}/{{token}}/renew", again.send, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/a/{token}/evidence/{no}", single.evidence, methods=["GET"])
    router.add_api_route("/d/{token}/{case_id}/evidence/{no}", desk.evidence, methods=["GET"])
    router.add_api_route("/a/{token}/{key}", single.result, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}", desk.show, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}", desk.sign_for, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}/{case_id}", desk.show_case, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/d/{token}/{case_id}", desk.act, methods=["POST"], response_class=HTMLResponse)
    return router


class _Again(Pages):
    """A new link in place of one that no longer works; it goes to the address on file, never to whoever asks."""

    async def send(self, request: Request, token: str) -> HTMLResponse:
        """Have it sent, at most once a day."""
        typed = await self._typed(request)
        if isinstance(typed, HTMLResponse):
            return typed
        proof = "" if isinstance(typed, str) else typed.get("proof", "")
        return await run_in_threadpool(self._send, address_of(request), token, proof)

    def _send(self, address: str, token: str, proof: str) -> HTMLResponse:
        found = self._find(token)
        if not isinstance(found, Gone) or found.link is None or not found.renewable:
            return said(self.office, "没有重发", "这个链接不能重发。请核对网址，或联系督办单位。", status=404)
        if not self.office.seal.holds(proof, found.link.token_sha256, "重发链接"):
            self.office.attempts.note(address, token_sha256=found.link.token_sha256)
            return said(self.office, "没有重发", "请打开失效的链接，在页面上点“重新发一个链接”。", status=403)
        renew(self.office.engine, found.link)
        text = "新的链接随下一批通知发到登记的联系方式，同一件一天只重发一次。没有收到的，请联系督办单位核对联系方式。"
        return said(self.office, "已安排重发", text, status=200)


class _Single(Pages):
    """One link, one action."""

    async def evidence(self, request: Request, token: str, no: int) -> Response:
        """The file that proves a promise, to whoever may see the case."""
        return await run_in_threadpool(self._evidence, self._sheet, (address_of(request), token), no)

    async def show(self, request: Request, token: str) -> HTMLResponse:
        """The case and the form."""
        return await run_in_threadpool(self._show, address_of(request), token)

    def _show(self, address: str, token: str) -> HTMLResponse:
        with one_look(self.office.engine):
            sheet = self._sheet(address, token)
        return sheet if isinstance(sheet, HTMLResponse) else self._form_page(sheet)

    async def act(self, request: Request, token: str) -> HTMLResponse:
        """Do it, once."""
        typed = await self._typed(request)
        if isinstance(typed, HTMLResponse):
            return typed
        if isinstance(typed, str):
            return said(self.office, "没有收到", typed, status=400)
        return await self._in_turn(request, partial(self._act, address_of(request), token, typed))

    def _act(self, address: str, token: str, typed: Typed) -> HTMLResponse | Asked:
        with one_look(self.office.engine):
            repeated = self._repeated(token, typed)
            if repeated is not None:
                return repeated
            sheet = self._sheet(address, token)
            return sheet if isinstance(sheet, HTMLResponse) else self._post(sheet, typed, address)

    async def result(self, request: Request, token: str, key: str) -> HTMLResponse:
        """What became of a post."""
        return await run_in_threadpool(self._known, address_of(request), token, key)

    def _known(self, address: str, token: str, key: str) -> HTMLResponse:
        if self.office.attempts.blocked(address):
            return self._blocked()
        answer = self._result(token, key)
        if answer is None:
            self.office.attempts.note(address, token_sha256=hash_of(token))
            return said(self.office, "没有找到", "没有这笔提交。请核对链接。", status=404)
        return answer

    def _sheet(self, address: str, token: str) -> Sheet | HTMLResponse:
        link = self._open(address, token, desk=False)
        if isinstance(link, HTMLResponse):
            return link
        found = self._view(link, link.case_id)
        if found is None:
            return page(
                "gone",
                self.office,
                status=410,
                gone=Gone("本件已不由您办理", "不需要再办理。", link),
                again="",
                proof="",
            )
        view, link = found
        return Sheet(link, view, form_of(link.action, view), f"/a/{token}", "")

    def _repeated(self, token: str, typed: Typed) -> HTMLResponse | None:
        """A reload or second click of a post that was answered: the same answer, although the link is spent."""
        return self._result(token, typed.get("key", ""), only_done=True)

    def _result(self, token: str, key: str, *, only_done: bool = False) -> HTMLResponse | None:
        found = post_of(self.office.engine, hash_of(token), key)
        if found is None:
            return None
        link, known = found
        if link.revoked_at is not None:
            return None
        shown = self._view(link, link.case_id)
        if shown is None:
            return None
        view, link = shown
        sheet = Sheet(link, view, None, f"/a/{token}", "")
        if known is None:
            return None if only_done else page("later", self.office, status=202, sheet=sheet, view=view, receipt=key)
        if known.refused:
            return None if only_done else said(self.office, "没有办理", known.message, status=409)
        return self._done(sheet, view, known, key)


class _Desk(Pages):
    """One link, everything that waits for its holder."""

    async def evidence(self, request: Request, token: str, case_id: int, no: int) -> Response:
        """The file that proves a promise, to whoever may see the case."""
        return await run_in_threadpool(self._evidence, self._sheet, (address_of(request), token, case_id, ""), no)

    async def show(self, request: Request, token: str, q: str = "", p: str = "") -> HTMLResponse:
        """The list; `q` is sought in it, `p` is the page."""
        at = int(p) if p.isdecimal() and len(p) < len(str(_LAST_ID)) else 1
        return await run_in_threadpool(self._show, address_of(request), token, clean(q)[:60].strip(), at)

    def _show(self, address: str, token: str, sought: str, at: int) -> HTMLResponse:
        link = self._open(address, token, desk=True)
        return link if isinstance(link, HTMLResponse) else self._list(link, token, sought=sought, at=at)

    def _list(
        self,
        link: Link,
        token: str,
        *,
        outcomes: tuple[Outcome, ...] = (),
        refusal: str = "",
        status: int = 200,
        sought: str = "",
        at: int = 1,
    ) -> HTMLResponse:
        items = self._items(link)
        part = part_of(items, sought=sought, at=at)
        key = secrets.token_hex(16)
        proof = self.office.seal.proof(link.token_sha256, "desk", "签收", key)
        titles = {item.number: item.title for item in items}
        return page(
            "desk", self.office, status=status, link=link, part=part, path=f"/d/{token}", key=key, proof=proof,
            outcomes=outcomes, refusal=refusal, titles=titles,
        )  # fmt: skip

    def _items(self, link: Link) -> tuple[DeskItem, ...]:
        with reading(self.office.engine) as connection:
            return desk_of(connection, link, today=clock.today())

    async def sign_for(self, request: Request, token: str) -> HTMLResponse:
        """Sign for several at once; each has its own outcome."""
        typed = await self._typed(request)
        if isinstance(typed, HTMLResponse):
            return typed
        ready = await run_in_threadpool(self._chosen, address_of(request), token, typed)
        if isinstance(ready, HTMLResponse):
            return ready
        link, posts = ready
        answers = await self._ask(posts)
        outcomes = tuple(one.outcome for one in answers if one.outcome)
        many = sum(one.too_many for one in answers)
        note = f"有{many}件没有办理：十分钟内提交得太多。请稍后再提交。" if many else ""
        return await run_in_threadpool(partial(self._list, link, token, outcomes=outcomes, refusal=note))

    def _chosen(self, address: str, token: str, typed: Typed | str) -> tuple[Link, list[Post]] | HTMLResponse:
        """What is to be signed for, or the list again with what is wrong."""
        link = self._open(address, token, desk=True)
        if isinstance(link, HTMLResponse):
            return link
        if isinstance(typed, str):
            return self._list(link, token, refusal=typed, status=400)
        key, name = typed.get("key", ""), typed.get(NAME, "").strip()
        if not key or not self.office.seal.holds(typed.get("proof", ""), link.token_sha256, "desk", "签收", key):
            self.office.attempts.note(address, BAD_FORM, token_sha256=link.token_sha256)
            refusal = "这张表单不是从本页提交的，没有办理。请重新勾选后再提交一次。"
            return self._list(link, token, refusal=refusal, status=403)
        chosen = {
            int(one) for one in typed.get("cases", "").split("\n") if one.isdecimal() and len(one) <= len(str(_LAST_ID))
        }
        if not chosen or not name:
            missing = "没有勾选要签收的件" if not chosen else "没有填写您的姓名"
            return self._list(link, token, refusal=f"{missing}。请补上后再提交。", status=422)
        actions = self._sign_fors(link, {one for one in chosen if one <= _LAST_ID}, key, name)
        return link, [Post(action, link.token_sha256, address) for action in actions]

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
        return await run_in_threadpool(self._show_case, address_of(request), token, case_id, do)

    def _show_case(self, address: str, token: str, case_id: int, do: str) -> HTMLResponse:
        with one_look(self.office.engine):
            sheet = self._sheet(address, token, case_id, do)
        return sheet if isinstance(sheet, HTMLResponse) else self._form_page(sheet)

    async def act(self, request: Request, token: str, case_id: int) -> HTMLResponse:
        """Do one of these, once."""
        typed = await self._typed(request)
        if isinstance(typed, HTMLResponse):
            return typed
        if isinstance(typed, str):
            return said(self.office, "没有收到", typed, status=400)
        return await self._in_turn(request, partial(self._act, address_of(request), token, case_id, typed))

    def _act(self, address: str, token: str, case_id: int, typed: Typed) -> HTMLResponse | Asked:
        with one_look(self.office.engine):
            sheet = self._sheet(address, token, case_id, typed.get("do", ""), posted_key=typed.get("key", ""))
            return sheet if isinstance(sheet, HTMLResponse) else self._post(sheet, typed, address)

    def _sheet(self, address: str, token: str, case_id: int, do: str, *, posted_key: str = "") -> Sheet | HTMLResponse:
        desk_link = self._open(address, token, desk=True)
        if isinstance(desk_link, HTMLResponse):
            return desk_link
        found = self._view(desk_link, case_id) if 0 < case_id <= _LAST_ID else None
        if found is None:
            return said(self.office, "没有这一件", "待办清单里没有这一件，可能已改交其他单位。", status=404)
        view, link = found
        known = posted_key and outcome_of(self.office.engine, posted_key)[0]
        actions = (*view.actions, do) if known and do else view.actions
        kind = do if do in actions else (actions[0] if actions and not do else "")
        form = form_of(kind, view) if kind else None
        return Sheet(link, view, form, f"/d/{token}/{case_id}", f"/d/{token}")
