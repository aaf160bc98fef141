"""An office with a real database, a case moved along by real actions, and its pages."""

import datetime as dt
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine

from deployments.web import create_app
from deployments.web_serving import served
from models import actions as a
from models.settings import settings_from
from models.tables.case import CaseRow
from models.tables.fields import core
from models.tables.office import AgencyRow, SessionRow
from models.vocabulary import Role, Track
from tasks import clock
from tasks.coalescing import RETRY_SECONDS, Coalescer
from tasks.database import make_engine, transaction
from tasks.links import Wanted, expiry, issue_links
from tasks.loading import load_cases, session_key
from tasks.recording import record
from tasks.world import look_again

PACK = Path(__file__).parents[2] / "examples" / "yunling" / "policies" / "yunling.toml"
"""A place whose office consents to extensions and looks at replies before they go."""
SESSION = "市政协六届二次会议"
LEAD, CO, OTHER = "民政局", "财政局", "教育局"
BY_LEAD = a.Actor(role=Role.LEAD, name="王科长", agency=LEAD)
BY_CO = a.Actor(role=Role.CO_HANDLER, name="李科长", agency=CO)
TEXT = "一、现状。社区工作者人手不足。\n二、建议。增加专职人员，完善经费保障。"
DRAFT = "您提出的提案收悉。现答复如下：\n一、已增加专职人员。\n二、经费列入年度预算。\n感谢您的关心。"


@dataclass
class FakeFlow:
    """Stands where the Prefect flow stands, in this process; counts its runs."""

    engine: Engine
    runs: list[tuple[str, int]] = field(default_factory=list)
    down: BaseException | None = None
    done: Event = field(default_factory=Event)

    def __call__(self, flow: str, actions: Any, recorded: Any) -> list[a.Outcome]:
        if self.down is not None:
            raise self.down
        self.runs.append((flow, len(actions)))
        outcomes = list(recorded) or record(self.engine, actions)
        self.done.set()
        return outcomes


@dataclass
class Page:
    """One page as a person without JavaScript meets it."""

    status: int
    html: str
    headers: Any

    @property
    def text(self) -> str:
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html)))

    def hidden(self) -> dict[str, str]:
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.html)
        return {name: unescape(value) for name, value in found}

    def names(self) -> set[str]:
        return set(re.findall(r' name="(\w+)"', self.html))


@dataclass
class Office:
    """The office under test."""

    engine: Engine
    home: Path
    flow: FakeFlow
    client: httpx.Client
    day: dt.date = dt.date(2026, 3, 2)
    by_lead: a.Actor = BY_LEAD
    by_co: a.Actor = BY_CO
    alone: bool = False
    """Whether cases have one proposer instead of two."""
    asks_for_views: bool = False
    views: str = "主办单位阅"
    """Whether the place's rules have proposers read the draft before it is signed."""

    def do(self, on: tuple[int, int], *actions: a.Action) -> None:
        self.day = dt.date(2026, *on)
        with clock.moved_to(clock.morning_of(self.day)):
            outcomes = record(self.engine, actions)
        refused = [outcome.message for outcome in outcomes if outcome.refused]
        assert not refused, refused

    def to(self, place: str, *numbers: str) -> None:
        """Walk cases along the road as far as `place`."""
        numbers = numbers or ("0001",)
        if self.asks_for_views:
            pack = self.home / "policies" / "yunling.toml"
            asked = pack.read_text("utf-8").replace("[approval]", f'[approval]\nproposer_view = "{self.views}"', 1)
            pack.write_text(asked, "utf-8")
            look_again()
        for name, on, kind, given in ROAD:
            if kind is a.Receive:
                self.do(on, *(receive(number, alone=self.alone) for number in numbers))
            while kind is not a.Receive and self._fits(kind, numbers[0]):
                self.do(on, *(kind.model_validate({"case": number, **given}) for number in numbers))
                if kind is not a.Approve:
                    break
            if name == place:
                return
        raise AssertionError(place)

    def _fits(self, kind: type[a.Action], number: str) -> bool:
        """All levels sign until the stage changes; a place without pre-review passes it over."""
        wanted = {a.Approve: "审签中", a.PassReview: "待预审"}.get(kind)
        return wanted is None or self.case(number).stage.value == wanted

    def case_id(self, number: str = "0001") -> int:
        with transaction(self.engine) as connection:
            return self.case_id_in(connection, number)

    def case(self, number: str = "0001") -> Any:
        with transaction(self.engine) as connection:
            number_id = self.case_id_in(connection, number)
            return load_cases(connection, [number_id], long=True)[number_id]

    @staticmethod
    def case_id_in(connection: Any, number: str) -> int:
        cases = core(CaseRow)
        return int(connection.execute(cases.select().where(cases.c.number == number)).one().id)

    def link(self, action: str, role: Role, name: str, agency: str | None = None, *, number: str = "0001") -> str:
        with self.today(), transaction(self.engine) as connection:
            case = load_cases(connection, [self.case_id_in(connection, number)])[self.case_id_in(connection, number)]
            wanted = Wanted(case.id, action, role, name, agency, f"{case.id}:{case.history_length}：试", case.stage)
            return issue_links(connection, [wanted], expires_on=expiry(self.day))[0]

    @contextmanager
    def today(self) -> Iterator[None]:
        with clock.moved_to(clock.morning_of(self.day, 10)):
            yield

    def get(self, path: str) -> Page:
        with self.today():
            answer = self.client.get(path)
        return Page(answer.status_code, answer.text, answer.headers)

    def post(self, path: str, fields: dict[str, Any], **options: Any) -> Page:
        with self.today():
            answer = self.client.post(path, data=fields, **options)
        return Page(answer.status_code, answer.text, answer.headers)

    def fill(self, path: str, fields: dict[str, Any], *, get: str | None = None) -> Page:
        shown = self.get(get or path)
        assert shown.status == 200, shown.text
        missing = set(fields) - shown.names()
        assert not missing, f"{missing} not on the page: {shown.names()}"
        return self.post(path, shown.hidden() | fields)


def receive(number: str, *, alone: bool) -> a.Receive:
    proposers = [{"name": "张三", "kind": "委员", "phone": "13800000000"}, {"name": "李四", "kind": "委员"}]
    return a.Receive.model_validate(
        {
            "case": number, "session": SESSION, "proposal_kind": "政协提案", "title": f"关于加强社区治理的提案{number}",
            "text": TEXT, "submitted_on": "2026-01-20", "proposers": proposers[:1] if alone else proposers,
        }
    )  # fmt: skip


_CONTACT = {"by": BY_LEAD, "way": "面商", "on": "2026-03-10", "with_name": "张三", "said": "同意所提措施"}
_PROMISE = {"text": "年底前配齐专职人员", "due_on": "2026-12-31"}
_DRAFT = {"by": BY_LEAD, "text": DRAFT, "result_class": "A", "promises": [_PROMISE]}
ROAD: tuple[tuple[str, tuple[int, int], type[a.Action], dict[str, Any]], ...] = (
    ("received", (1, 21), a.Receive, {}),
    ("filed", (2, 2), a.Accept, {}),
    ("assigned", (2, 25), a.Assign, {"lead": LEAD, "co_handlers": [CO]}),
    ("signed", (2, 26), a.SignFor, {"by": BY_LEAD}),
    ("handling", (2, 26), a.SignFor, {"by": BY_CO}),
    ("contacted", (3, 10), a.RecordContact, _CONTACT),
    ("drafting", (3, 12), a.GiveOpinion, {"by": BY_CO, "text": "同意列入预算。"}),
    ("countersigning", (3, 20), a.SubmitDraft, _DRAFT),
    ("approving", (3, 23), a.Countersign, {"by": BY_CO}),
    ("pre_review", (3, 24), a.Approve, {"by": BY_LEAD}),
    ("approved", (3, 25), a.PassReview, {}),
    ("replied", (3, 26), a.SendReply, {"by": BY_LEAD}),
)
"""A case's way to the reply, one action after the other, each named by where it leads."""


@pytest.fixture
def make_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_database: Callable[[Path], str]) -> Iterator[Any]:
    """Build an office; options go to the application."""
    opened: list[Any] = []

    def make(*, base_url: str = "", head_seconds: float = 10.0, **options: Any) -> Office:
        home = tmp_path / "home"
        (home / "policies").mkdir(parents=True)
        shutil.copy(PACK, home / "policies")
        monkeypatch.setenv("BANLI_HOME", str(home))
        engine = make_engine(new_database(home))
        with transaction(engine) as connection:
            session = {
                "name": SESSION, "canonical": session_key(SESSION), "track": Track.CPPCC, "pack": "yunling",
                "opened_on": dt.date(2026, 1, 20), "closed_on": dt.date(2026, 1, 24),
            }  # fmt: skip
            connection.execute(core(SessionRow).insert(), [session])
            names = [{"name": name, "full_name": f"某市{name}"} for name in (LEAD, CO, OTHER)]
            connection.execute(core(AgencyRow).insert(), names)
        flow = FakeFlow(engine)
        settings = settings_from(os.environ | {"BANLI_OFFICE": "某市政协提案委", "BANLI_BASE_URL": base_url})
        runs = Coalescer(flow, engine, retry_seconds=options.pop("retry_seconds", RETRY_SECONDS))
        app = create_app(engine=engine, settings=settings, runs=runs, **({"attempt_limit": 1000} | options))
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(served(app, head_seconds=head_seconds))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = httpx.Client(base_url=base, timeout=20, trust_env=False)
        assert client.get("/healthz").status_code == 200
        opened.append((client, server, thread, listening, engine))
        return Office(engine, home, flow, client)

    yield make
    for client, server, thread, listening, engine in opened:
        client.close()
        server.should_exit = True
        thread.join(timeout=10)
        with suppress(OSError):
            listening.close()
        engine.dispose()


@pytest.fixture
def office(make_office: Any) -> Office:
    return make_office()
