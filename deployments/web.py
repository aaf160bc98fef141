"""The web application: action pages for agencies and proposers, the public site, a demonstration's mailbox."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import uvicorn
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from uvicorn.config import STARTUP_FAILURE

from deployments import logs
from deployments.processes import die_with_parent
from deployments.web_actions import action_pages
from deployments.web_guard import BodyTooLargeError, Guard, Seal
from deployments.web_machines import machines, metrics, problem
from deployments.web_pages import Office, address_of, said
from deployments.web_rooms import PublicSite, rooms
from deployments.web_runs import Runs, RunsBeside, RunsElsewhere
from deployments.web_serving import listen, serve_several, served, usual_processes
from models.errors import BanliError, UnavailableError
from models.settings import Settings, settings_from
from tasks import database
from tasks.answering import Answering
from tasks.atomic import write_text
from tasks.attempts import LIMIT, TOO_LARGE, Attempts

THREADS = 4
"""Pages drawn at once: more would only take turns, and each would be later."""
API = "/api/"
HTTP_SENTENCES = {
    404: ("没有这个页面", "请核对网址，或从通知里的链接进入。"),
    405: ("不能这样打开", "请从通知里的链接进入，在页面上提交。"),
}


def create_app(
    *,
    engine: Engine,
    settings: Settings,
    runs: Runs,
    mailbox: bool = False,
    attempt_limit: int = LIMIT,
) -> FastAPI:
    """The application; `runs` carries out what was posted and recorded. `mailbox` shows what was sent, links and all.

    Raises: UnavailableError when the office's folder cannot be written.
    """
    answering = Answering(engine, runs.submit)
    office = Office(
        engine=engine,
        answering=answering,
        seal=Seal.of(settings.home),
        attempts=Attempts(engine, attempt_limit),
        name=settings.office,
        uploads=settings.home / "uploads",
    )

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        runs.start()
        answering.start()
        yield
        answering.stop()
        runs.stop()

    app = FastAPI(
        title="办理", version="1", lifespan=running, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        redirect_slashes=False,
    )  # fmt: skip
    app.add_middleware(Guard)
    app.include_router(machines(office, lambda: runs.alive and answering.alive, lambda: runs.waiting))
    public = settings.base_url is not None and not _is_local(settings.base_url)
    app.include_router(metrics(engine, token=os.environ.get("BANLI_METRICS_TOKEN", ""), public=public))
    app.include_router(rooms(office, settings, mailbox=mailbox))
    app.include_router(action_pages(office))
    app.mount("/site", PublicSite(directory=settings.site, html=True, check_dir=False))
    _explain(app, office)
    return app


def _explain(app: FastAPI, office: Office) -> None:
    """Every failure as a sentence."""

    @app.exception_handler(UnavailableError)
    async def unavailable(request: Request, error: UnavailableError) -> Response:
        if request.url.path.startswith(API):
            return problem("unavailable", str(error), 503)
        return said(office, "暂时不能办理", f"{error} 没有记录任何内容，请稍后再试。", status=503)

    @app.exception_handler(BodyTooLargeError)
    async def too_large(request: Request, _error: BodyTooLargeError) -> HTMLResponse:
        await run_in_threadpool(office.attempts.note, address_of(request), TOO_LARGE)
        return said(office, "内容太大", "提交的内容超过 5 MB，没有办理。请精简后再提交。", status=413)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, _error: RequestValidationError) -> Response:
        if request.url.path.startswith(API):
            return problem("invalid", "请求的写法不对。", 422)
        return said(office, *HTTP_SENTENCES[404], status=404)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(API) and error.status_code == 404:
            return problem("unknown", "没有这个地址。", 404)
        title, text = HTTP_SENTENCES.get(error.status_code, ("没有办理", "请求的写法不对，请从通知里的链接进入。"))
        answer = said(office, title, text, status=error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def broken(_request: Request, _error: Exception) -> HTMLResponse:
        return said(office, "系统出错", "没有办成，已记入日志。请稍后再试，或联系督办单位。", status=500)


def shows_mailbox(environ: Mapping[str, str], settings: Settings) -> bool:
    """Whether the mailbox takes the place of real channels, on a machine that only its user reaches.

    Its letters hold everybody's links, so it never opens by itself where a channel or a public address is set.
    """
    channels = any(name == "BANLI_SMTP_URL" or name.startswith("BANLI_NOTIFY_") for name in environ)
    return not channels and _is_local(settings.base_url)


def _is_local(base_url: str | None) -> bool:
    return urlsplit(base_url or "").hostname in {None, "127.0.0.1", "localhost", "::1"}


def main(argv: Sequence[str] | None = None) -> None:
    """`python -m deployments.web --port 8080`: serve this office's pages until stopped."""
    parser = argparse.ArgumentParser(prog="python -m deployments.web", description="启动办理页面")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址")
    parser.add_argument("--port", type=int, default=8080, help="端口")
    parser.add_argument("--processes", type=int, default=0, help="进程数；默认每个处理器核心一个，最多四个")
    parser.add_argument("--mailbox", action="store_true", help="总是显示信箱（信里有所有人的办理链接，只用于演示）")
    given = parser.parse_args(argv)
    settings = settings_from(os.environ)
    local = given.host in {"127.0.0.1", "localhost", "::1"}
    mailbox = given.mailbox or (local and shows_mailbox(os.environ, settings))
    runs = RunsElsewhere(database.engine(settings.database_url))
    try:
        logs.configure(os.environ)
        app = _app(settings, runs, mailbox=mailbox)
        write_text(settings.home / "web.json", json.dumps({"base_url": f"http://{given.host}:{given.port}"}))
    except BanliError as error:
        raise SystemExit(str(error)) from error
    processes = given.processes or usual_processes()
    with listen(given.host, given.port) as listening:
        if processes > 1:
            one = partial(_one_of_several, mailbox=mailbox, parent=os.getpid())
            serve_several(one, runs, listening, processes=processes)
        else:
            uvicorn.Server(served(app)).run(sockets=[listening])


def _app(settings: Settings, runs: Runs, *, mailbox: bool) -> FastAPI:
    return create_app(engine=database.engine(settings.database_url), settings=settings, runs=runs, mailbox=mailbox)


def _one_of_several(*, mailbox: bool, parent: int) -> FastAPI:
    """The application in one of several processes on one port. Raises: SystemExit, for the parent to stop as well."""
    die_with_parent()
    if os.getppid() != parent:  # killed before this one could ask to be told
        raise SystemExit(STARTUP_FAILURE)
    settings = settings_from(os.environ)
    try:
        logs.configure(os.environ)
        return _app(settings, RunsBeside(database.engine(settings.database_url), settings.home), mailbox=mailbox)
    except BanliError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(STARTUP_FAILURE) from error


if __name__ == "__main__":
    main()
