"""What machines ask (接口): is the process up, can it work, how does the office stand, what became of a post."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel
from sqlalchemy import Engine, text
from starlette.exceptions import HTTPException

from deployments.web_pages import Office, address_of
from models.errors import UnavailableError
from tasks.database import reading
from tasks.gauges import gauges
from tasks.links import hash_of
from tasks.posts import post_of, unfinished

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
FORWARDED = ("x-forwarded-for", "forwarded", "via")


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Whether it can work."""

    status: Literal["ok", "stopped", "unavailable"]
    waiting_posts: int = 0
    """Posts answered whose flow run is still to come."""
    reason: str = ""


class Receipt(BaseModel):
    """What became of a post."""

    status: Literal["accepted", "refused", "waiting"]
    message: str = ""
    receipt: str | None = None
    carried_out: bool = False
    """Whether what follows from it (letters, pages) was done as well."""


class Problem(BaseModel):
    """Why there is no answer."""

    status: Literal["unknown", "blocked", "unavailable", "invalid"]
    reason: str


def machines(office: Office, alive: Callable[[], bool], waiting: Callable[[], int]) -> APIRouter:
    """Health, readiness and the receipt of a post: what /openapi.json describes."""
    router = APIRouter()

    @router.get("/healthz", operation_id="health")
    def healthz() -> Alive:
        """The process answers."""
        return Alive()

    @router.get("/readyz", operation_id="readiness", response_model=Ready, responses={503: {"model": Ready}})
    def readyz() -> JSONResponse:
        """The database answers and posts are being done."""
        try:
            with reading(office.engine) as connection:
                connection.execute(text("SELECT 1 FROM cases WHERE 1 = 0"))
        except UnavailableError as error:
            return _json(Ready(status="unavailable", reason=str(error)), 503)
        working = alive()
        state = Ready(status="ok" if working else "stopped", waiting_posts=waiting())
        return _json(state, 200 if working else 503)

    @router.get(
        "/api/posts/{key}", operation_id="receipt", response_model=Receipt,
        responses={404: {"model": Problem}, 422: {"model": Problem}, 429: {"model": Problem}, 503: {"model": Problem}},
    )  # fmt: skip
    def receipt(
        request: Request,
        key: Annotated[str, Path(max_length=200, description="The form's key.")],
        token: Annotated[str, Header(alias="X-Link-Token", max_length=100, description="The link's token.")],
    ) -> JSONResponse:
        """What became of a post, to whoever holds the link it was made through."""
        return _receipt(office, address_of(request), key, token)

    return router


def _receipt(office: Office, address: str, key: str, token: str) -> JSONResponse:
    if office.attempts.blocked(address):
        return problem("blocked", "无效链接太多，请十分钟后再试。", 429)
    found = post_of(office.engine, hash_of(token), key)
    if found is None:
        office.attempts.note(address, token_sha256=hash_of(token))
        return problem("unknown", "没有这笔提交。", 404)
    outcome = found[1]
    if outcome is None:
        return _json(Receipt(status="waiting"), 200)
    status: Literal["accepted", "refused"] = "refused" if outcome.refused else "accepted"
    done = not unfinished(office.engine, [key])
    return _json(Receipt(status=status, message=outcome.message, receipt=outcome.receipt, carried_out=done), 200)


def problem(status: Literal["unknown", "blocked", "unavailable", "invalid"], reason: str, code: int) -> JSONResponse:
    """A refusal for machines."""
    return _json(Problem(status=status, reason=reason), code)


def _json(body: BaseModel, code: int) -> JSONResponse:
    return JSONResponse(body.model_dump(mode="json"), status_code=code)


def metrics(engine: Engine, *, token: str, public: bool) -> APIRouter:
    """`/metrics` for Prometheus: with the token where one is set, else only on this machine itself.

    `public`: the pages are reached through a proxy, so that who asks cannot be told by his address.
    """
    router = APIRouter(include_in_schema=False)
    registry = CollectorRegistry()
    registry.register(_Office(engine))

    @router.get("/metrics")
    def scrape(request: Request) -> Response:
        if not _may_read(request, token=token, public=public):
            raise HTTPException(status_code=404)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _may_read(request: Request, *, token: str, public: bool) -> bool:
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
    here = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    direct = not any(name in request.headers for name in FORWARDED)
    return not public and direct and here in LOCAL_HOSTS and _is_loopback(address_of(request))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class _Office(Collector):
    """Reads the database when it is asked; a database that does not answer is a gauge too."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterator[Metric]:
        """Nothing is read while registering."""
        yield GaugeMetricFamily("banli_up", "Whether the database answers")

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        try:
            now = gauges(self._engine)
        except UnavailableError:
            yield GaugeMetricFamily("banli_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("banli_up", "Whether the database answers", value=1)
        for name, about, label, values in (
            ("banli_cases", "Cases by stage", "stage", now.cases),
            ("banli_clocks", "Running deadlines by light", "light", now.clocks),
            ("banli_notices", "Notices by what became of them", "status", now.notices),
        ):
            family = GaugeMetricFamily(name, about, labels=[label])
            for word, count in values.items():
                family.add_metric([word], count)
            yield family
        for name, about, value in (
            ("banli_clocks_overdue", "Running deadlines whose last day is over", now.overdue),
            ("banli_notices_oldest_due_seconds", "Age of the oldest notice that may be sent", now.notices_age),
            (
                "banli_sweep_behind_workdays",
                "Working days a due reminder has not been swept",
                now.sweep_behind_workdays,
            ),
            ("banli_posts_waiting", "Posts answered whose flow run is still to come", now.posts_waiting),
            ("banli_posts_oldest_seconds", "Age of the oldest of these", now.posts_age),
            ("banli_attempts_recent", "Links and forms turned away in ten minutes", now.attempts),
        ):
            yield GaugeMetricFamily(name, about, value=value)
