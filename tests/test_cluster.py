"""A session on several machines, some of which die: every case arrives, every notice is sent once, nothing is lost."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders import LEAD, OFFICE, POLICIES, day, feedback, furnish, proposed, road
from cluster import Cluster, Postgres, machines, message_id, until
from desk import Desk

from deployments import up
from deployments.server_api import ServerApi
from deployments.wiring import POOL
from models import actions as a
from models import tables as t
from models.errors import UnavailableError
from models.notice_vocabulary import NoticeStatus
from models.vocabulary import Role, Stage
from tasks import clock, database
from tasks.auditing import Scene, audit
from tasks.database import transaction
from tasks.links import Wanted, expiry, issue_links

CASES = int(os.environ.get("BANLI_TEST_CASES", "1000"))
NUMBERS = [f"{n:04}" for n in range(1, CASES + 1)]
HALF = NUMBERS[: CASES // 2]
POSTED = NUMBERS[: min(CASES // 2, 40)]
"""Signed for on the pages; the rest in one batch."""
DEPLOYED = {"审查立案": "flows.review.review", "发送通知": "flows.notices.deliver_notices"}
"""What workers are given here; `banli deploy` would take as long as all else together."""
LOST = (OSError, http.client.HTTPException)
"""An answer of the Prefect API that never came."""


class Session:
    """The people of a session and how they reach the office: forms of the UI, pages, the command line."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.engine = database.engine()
        self.desk = Desk(self.engine, self._perform)
        self.api = ServerApi(cluster.settings["PREFECT_API_URL"])
        self.deployments = self._deployed()
        furnish(self.engine)

    def _deployed(self) -> dict[str, str]:
        up._make_pool(self.api)
        found = {}
        for name, entrypoint in DEPLOYED.items():
            flow = self.api.call("POST", "/flows/", {"name": name})["id"]
            given = {"name": name, "flow_id": flow, "entrypoint": entrypoint, "work_pool_name": POOL, "path": "."}
            found[name] = self.api.call("POST", "/deployments/", {**given, "pull_steps": []})["id"]
        return found

    def is_on(self, on: date, minutes: int = 0) -> None:
        """It is that day now, from ten o'clock, on every machine."""
        self.today = on
        at = clock.morning_of(on, 10) + timedelta(minutes=minutes)
        clock.keep_offset(self.cluster.folder / "home" / "clock.json", at)

    def asks(self, path: str, body: Any) -> Any:
        """Prefect's answer; asked again while none comes."""

        def answer() -> Any:
            try:
                return [self.api.call("POST", path, body)]
            except LOST:
                return None

        return until(answer, path)[0]

    def fills_in(self, deployment: str, key: str, **parameters: Any) -> str:
        """A form of the Prefect UI, run by whichever worker takes it; returns the run's id."""
        given = {"parameters": parameters, "idempotency_key": key}
        return str(self.asks(f"/deployments/{self.deployments[deployment]}/create_flow_run", given)["id"])

    def states(self, *runs: str) -> set[str]:
        """Where these runs are."""
        found = self.asks("/flow_runs/filter", {"flow_runs": {"id": {"any_": runs}}})
        return {one["state"]["type"] for one in found}

    def does(self, on: date, *actions: a.Action) -> None:
        """A batch from the command line, sent again under the same keys until it was taken."""
        self.is_on(on)
        self.desk.do(on, *actions)

    def _perform(self, actions: Sequence[a.Action]) -> list[a.Outcome]:
        from flows.registry import perform_all  # noqa: PLC0415 - Prefect

        def taken() -> list[a.Outcome] | None:
            try:
                return perform_all(actions)
            except UnavailableError:
                return None

        outcomes: list[a.Outcome] = until(taken, "the batch")
        return outcomes

    def at(self, stage: Stage) -> list[str]:
        return [row.number for row in self.desk.rows(t.CaseRow) if row.stage is stage]

    def links(self, numbers: list[str]) -> list[str]:
        """The links by which the lead signs for these cases."""
        rows = {row.number: row for row in self.desk.rows(t.CaseRow)}
        wanted = [Wanted(rows[n].id, "签收", Role.LEAD, "民政局", "民政局", f"{n}：试", rows[n].stage) for n in numbers]
        with transaction(self.engine) as connection:
            return issue_links(connection, wanted, expires_on=expiry(self.today))

    def posts(self, token: str) -> None:
        """A clerk opens a page and sends it, again and again while nobody answers."""
        url = f"{self.cluster.settings['BANLI_BASE_URL']}/a/{token}"
        fields: dict[str, str] = {}

        def tried() -> bool:
            try:
                if not fields:
                    page = httpx.get(url, timeout=60, trust_env=False)
                    assert page.status_code in {200, 503}, page.text
                    if page.status_code != 200:
                        return False
                    fields.update(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
                answer = httpx.post(url, data=fields | {"by_name": "赵经办"}, timeout=60, trust_env=False)
            except httpx.HTTPError:
                return False
            assert answer.status_code in {200, 503}, answer.text
            return "已办理：签收" in answer.text

        until(tried, "a page")

    def runs_here(self, flow: str) -> None:
        """A flow in this process, again while the Prefect API does not answer."""
        from flows.registry import run  # noqa: PLC0415 - Prefect

        def done() -> bool:
            try:
                run(flow)
            except UnavailableError:
                return False
            return True

        until(done, flow)

    def delivers_everything(self) -> None:
        """The schedule's rounds, until nothing waits; each a quarter of an hour later, when dead hands have let go."""
        left: set[NoticeStatus] = set()
        for round_no in range(30):
            self.is_on(self.today, 15 * round_no)
            self.runs_here("deliver_notices")
            left = {row.status for row in self.desk.rows(t.NoticeRow)} & {NoticeStatus.WAITING, NoticeStatus.SENDING}
            if not left:
                return
        raise AssertionError(left)


@contextmanager
def office_on(folder: Path, home: Path, set_variable: Callable[[str, str], None]) -> Iterator[Cluster]:
    """The machines, and this process as one more of them."""
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    home.mkdir()
    shutil.copytree(POLICIES, home / "policies")
    with machines(folder, home) as made:
        for name, value in made.settings.items():
            if name.startswith(("BANLI_", "PREFECT_API_")):
                set_variable(name, value)
        updates = {name: made.settings[name.name] for name in (PREFECT_API_URL, PREFECT_API_AUTH_STRING)}
        with temporary_settings(updates=updates):
            yield made
        database.engine().dispose()


@pytest.fixture
def cluster(tmp_path, home, monkeypatch):
    if shutil.which("redis-server") is None or Postgres.programs is None:
        needed = "needs Redis and PostgreSQL (Debian: apt-get install redis-server postgresql)"
        assert not os.environ.get("BANLI_TEST_MACHINES"), needed
        pytest.skip(needed)
    with office_on(tmp_path, home, monkeypatch.setenv) as made:
        yield made


def bring_up(cluster: Cluster) -> None:
    """Everything in the order of compose.yaml; the two web processes both find a database that is not there yet."""
    for name in ("web-1", "web-2"):
        cluster.start(name)
    cluster.run("prefect-migrate")
    cluster.start("prefect-api-1")
    cluster.start("prefect-services")
    cluster.ready("prefect-api-1", "/api/health")  # it registers block types; two at once would collide
    cluster.start("prefect-api-2")
    for name in ("worker-1", "worker-2"):
        cluster.start(name, "worker")
    for name in ("web-1", "web-2"):
        cluster.ready(name, "/readyz")
    cluster.ready("prefect-api-2", "/api/health")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise, when it loads all its parts
def test_a_session_survives_its_machines(cluster):
    bring_up(cluster)
    session = Session(cluster)
    session.does(day(1, 21), *(proposed(number, f"委员{number}") for number in NUMBERS))
    filed_while_a_worker_dies(session)
    told_while_an_api_server_dies(session)
    signed_for_while_a_web_process_and_the_database_die(session)
    for on, action in road(co_handlers=())[3:-1]:
        if isinstance(action, a.Publish):
            session.is_on(on)
            session.runs_here("publish")
        else:
            session.does(on, *(for_case(action, number) for number in NUMBERS))
    session.is_on(day(4, 7))
    session.delivers_everything()
    assert audit(Scene(session.engine, cluster.folder / "home" / "site", clock.now())).findings == ()
    assert_all_closed(session, CASES)
    assert_sent_once(session, CASES)
    assert_logged(cluster.folder / "logs")


def for_case(action: a.Action, number: str) -> a.Action:
    """The same for another case, by its own proposer."""
    if isinstance(action, a.GiveFeedback):
        return feedback(number, of=f"委员{number}")
    return type(action).model_validate(action.model_dump(exclude={"key", "case"}) | {"case": number})


def filed_while_a_worker_dies(session: Session) -> None:
    """One of two workers loses power in the middle of a run; the office sees what is left and runs the step again."""
    session.is_on(day(2, 2))
    form = {"kind": "立案", "by_name": "督办科王敏"}
    run = session.fills_in("审查立案", "first", actions={**form, "cases": HALF})
    until(lambda: session.states(run) - {"SCHEDULED", "PENDING"}, "a run")
    session.cluster.kill(session.cluster.at_work("worker-1", "worker-2"))
    left = session.at(Stage.SUBMITTED)
    assert len(left) in {CASES, CASES - len(HALF)}  # a batch is recorded whole or not at all
    for number in range(10):
        again = session.fills_in("审查立案", f"again-{number}", actions={**form, "cases": left})
        until(lambda: session.states(again) & {"COMPLETED", "CRASHED"}, "the other worker")  # noqa: B023 - asked at once
        if not (left := session.at(Stage.SUBMITTED)):
            break
    assert left == []


def told_while_an_api_server_dies(session: Session) -> None:
    """Two deliveries at once, and one of two API servers dies under them; the rest is sent at the end."""
    session.does(day(2, 25), *(a.Assign(case=number, by=OFFICE, lead="民政局") for number in NUMBERS))
    runs = [session.fills_in("发送通知", key) for key in ("one", "two")]
    until(lambda: session.states(*runs) - {"SCHEDULED", "PENDING"}, "a delivery")
    session.cluster.kill("prefect-api-1")
    until(lambda: session.states(*runs) <= {"COMPLETED", "CRASHED", "FAILED"}, "the deliveries' end")
    assert session.cluster.receiver.ids


def signed_for_while_a_web_process_and_the_database_die(session: Session) -> None:
    """Clerks sign on the pages; a web process dies among the posts, PostgreSQL falls and comes back among them too."""
    session.is_on(day(2, 26))
    links = session.links(POSTED)
    with ThreadPoolExecutor(8) as clerks:
        posted = [clerks.submit(session.posts, link) for link in links]
        until(lambda: any(one.done() for one in posted), "the first post")
        session.cluster.kill("web-1")
        restart = threading.Thread(target=session.cluster.postgres.crash)
        restart.start()
        for one in posted:
            one.result()
        restart.join()
    session.does(day(2, 26), *(a.SignFor(case=number, by=LEAD) for number in NUMBERS[len(POSTED) :]))


def assert_logged(folder: Path) -> None:
    """Workers told of the steps as JSON; nobody told of a contact."""
    said = {log.stem: log.read_text("utf-8") for log in folder.glob("*.log")}
    lines = [
        json.loads(line) for name in ("worker-1", "worker-2") for line in said[name].splitlines() if line[:1] == "{"
    ]
    assert "审查立案" in {line["flow_name"] for line in lines if line["logger"] == "prefect.flow_runs"}
    assert [name for name, text in said.items() if proposed().proposers[0].phone in text] == []


def assert_all_closed(session: Session, cases: int) -> None:
    """Every case came to its end, by steps taken once each."""
    assert len(session.at(Stage.CLOSED)) == len(session.desk.rows(t.CaseRow)) == cases
    steps = Counter(row.action for row in session.desk.rows(t.HistoryRow))
    assert {steps[action] for action in ("收件", "立案", "交办", "签收", "起草", "答复", "公开", "办结")} == {cases}
    assert steps["审签"] == 3 * cases


def assert_sent_once(session: Session, cases: int) -> None:
    """The robot got each message the records tell of, and none besides; once, but for what they call doubtful."""
    messages: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    for row in session.desk.rows(t.NoticeRow):
        assert row.status in {NoticeStatus.SENT, NoticeStatus.EXPIRED}, (row.key, row.status, row.error)
        if row.status is NoticeStatus.SENT:
            messages[row.recipient, row.sent_at].append(row)
    expected = {message_id([row.key for row in rows]): max(row.doubts for row in rows) for rows in messages.values()}
    times = session.cluster.receiver.times
    assert set(times) == set(expected)
    assert {one: count for one, count in times.items() if count > 1 + expected[one]} == {}
    assert sum(len(rows) for rows in messages.values()) >= 3 * cases
