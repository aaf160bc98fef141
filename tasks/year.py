"""A whole year of a session on a moved clock in a throw-away database (演练); nothing of the office's own is touched."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, event, insert

from models import actions as a
from models import schema
from models.errors import Fault, InputError
from models.lifecycle import ENDS
from models.policy import Pack
from models.values.case import Case
from models.vocabulary import Track
from notifications.directory import Directory, open_directory
from notifications.messages import Message
from notifications.sending import Attachment, Channel, HandOver, Sent, unseen
from tasks import clock, deadlines
from tasks.database import make_engine, reading, transaction
from tasks.loading import load_cases, session_key
from tasks.notice_facts import FactsReader
from tasks.notices import deliver
from tasks.recording import record
from tasks.world import calendar, packs
from tasks.year_fates import AGENCIES, Fate, fate_of, receipt
from tasks.year_people import Person

SESSION: Final = "演练市政协一届一次会议"
CONGRESS: Final = "演练市一届人大一次会议"
SITS_DAYS: Final = 4
ACTS_ON_WEEKDAY: Final = 1
"""With weekly steps people act on Tuesdays."""
AT_MOST_STEPS: Final = 12
"""Actions of one case on one day; more would be a circle."""
AT_MOST_DAYS: Final = 800
_UNLIMITED: Final = 10**9

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be rehearsed; both days included."""

    from_on: date
    until_on: date
    cases: int = 200
    seed: int = 1
    pack: str = "national_cppcc"
    weekly: bool = False

    def check(self) -> Pack:
        """The pack. Raises: InputError naming what cannot be rehearsed."""
        if self.until_on <= self.from_on:
            raise InputError(Fault("--to", f"{self.until_on}不晚于{self.from_on}", "请把止日写在起日之后。"))
        if (self.until_on - self.from_on).days > AT_MOST_DAYS:
            raise InputError(Fault("--to", f"超过{AT_MOST_DAYS}天", "一次演练一年左右，请缩短起止日期。"))
        if self.pack not in packs():
            raise InputError(Fault("--pack", f"没有规则包“{self.pack}”", f"可用的有：{'、'.join(sorted(packs()))}。"))
        return packs()[self.pack]


@dataclass
class Diary:
    """What the days brought, for the figures."""

    messages: Counter[tuple[date, str]] = field(default_factory=Counter)
    """Messages (after grouping) by day and recipient."""
    actions: Counter[date] = field(default_factory=Counter)
    open_on: dict[date, Counter[str]] = field(default_factory=dict)
    """On the last day looked at in each week: open cases by their lead, `` where nobody leads."""
    refused: Counter[str] = field(default_factory=Counter)


@dataclass
class _Recorder:
    """A channel that keeps nothing but who got a message on which day."""

    name: str
    diary: Diary

    def send(
        self, address: str, _message: Message, _attachments: Sequence[Attachment] = (), *, hand_over: HandOver = unseen
    ) -> Sent:
        hand_over()
        self.diary.messages[clock.today(), address] += 1
        return Sent()


def rehearse_year(
    plan: Plan, look: Callable[[Engine, Diary], T], *, progress: Callable[[int, int], None] | None = None
) -> T:
    """Act the year out and return what `look` reads from its records, which are gone afterwards.

    Raises: InputError for a plan that cannot be.
    """
    pack = plan.check()
    with TemporaryDirectory(prefix="banli-rehearsal-") as folder:
        engine = make_engine(f"sqlite:///{folder}/cases.sqlite")
        event.listen(engine, "connect", _unsafely)
        try:
            year = _Year(plan, pack, engine, Path(folder))
            year.furnish()
            year.run(progress or (lambda _done, _total: None))
            return look(engine, year.diary)
        finally:
            engine.dispose()


def _unsafely(connection: Any, _record: Any) -> None:
    """Nothing of a rehearsal need survive a power cut."""
    connection.execute("PRAGMA synchronous=OFF")


class _Year:
    """One rehearsal under way."""

    def __init__(self, plan: Plan, pack: Pack, engine: Engine, folder: Path) -> None:
        self.plan, self.pack, self.engine, self.folder = plan, pack, engine, folder
        self.diary = Diary()
        self.track = pack.pack.tracks[0]
        self.session = CONGRESS if self.track is Track.NPC else SESSION
        numbers = range(1, plan.cases + 1)
        self.fates = {f"{n:04}": self._fate(n) for n in numbers}
        self.open: dict[int, Case] = {}
        self._received: set[str] = set()
        self.ways = self._ways()
        self.days = calendar()

    def _fate(self, number: int) -> Fate:
        return fate_of(self.plan.seed, number, from_on=self.plan.from_on, until_on=self.plan.until_on)

    def _ways(self) -> Callable[[str], list[tuple[Channel, str]]]:
        """Each recipient's first way by the office's routes, with a recorder in its place."""
        directory: Directory = open_directory(
            os.environ, secrets={}, folder=self.folder, now=clock.now, addresses=lambda _r: ("rehearsal@banli.invalid",)
        )

        @cache
        def ways(recipient: str) -> list[tuple[Channel, str]]:
            return [(_Recorder(channel.name, self.diary), recipient) for channel, _ in directory(recipient)[:1]]

        return ways

    def furnish(self) -> None:
        """A session and agencies, all fictional."""
        schema.METADATA.create_all(self.engine)
        closed_on = self.plan.from_on + timedelta(days=SITS_DAYS)
        row = {
            "name": self.session,
            "canonical": session_key(self.session),
            "track": self.track,
            "pack": self.pack.code,
        }
        with transaction(self.engine) as connection:
            days = {"opened_on": self.plan.from_on, "closed_on": closed_on}
            connection.execute(insert(schema.SESSIONS), [row | days])
            connection.execute(insert(schema.AGENCIES), [{"name": n, "full_name": f"演练市{n}"} for n in AGENCIES])

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Day after day: the morning's sweep, delivery, people, delivery."""
        total = (self.plan.until_on - self.plan.from_on).days + 1
        for number in range(total):
            day = self.plan.from_on + timedelta(days=number)
            if self.days.is_workday(day):
                self._workday(day)
            if day.weekday() == 6 or number == total - 1:
                leads = Counter(case.lead.agency if case.lead else "" for case in self.open.values())
                self.diary.open_on[day - timedelta(days=day.weekday())] = leads
            progress(number + 1, total)

    def _workday(self, day: date) -> None:
        with clock.moved_to(clock.morning_of(day)):
            self._record(day, deadlines.silent_cases(self.engine, day))
            deadlines.sweep(self.engine, today=day, at=clock.now())
            self._deliver(day)
        if self.plan.weekly and day.weekday() != ACTS_ON_WEEKDAY:
            return
        with clock.moved_to(clock.morning_of(day, 10)):
            self._receive(day)
            asked = list(self.open.values())
            for _ in range(AT_MOST_STEPS):
                wanted = [action for case in asked if (action := self._next(case, day))]
                moved = self._record(day, wanted)
                asked = [case for n, case in self.open.items() if n in moved]
            self._deliver(day)

    def _receive(self, day: date) -> None:
        arrived = [n for n, fate in self.fates.items() if fate.received_on <= day]
        actions = [receipt(int(n), self.fates[n], self.session, self.track) for n in arrived]
        self._record(day, [action for action in actions if action.key not in self._received])
        self._received |= {action.key for action in actions}

    def _next(self, case: Case, day: date) -> a.Action | None:
        person = Person(self.plan.seed, self.fates[case.number], self.pack, self.days)
        return person.next_action(case, day)

    def _record(self, day: date, actions: Sequence[a.Action]) -> set[int]:
        """Record a batch; returns the cases it moved, which are read again."""
        if not actions:
            return set()
        outcomes = record(self.engine, actions)
        moved = {int(one.receipt.partition("-")[0]) for one in outcomes if one.receipt}
        self.diary.refused.update(f"{one.action}：{one.message}" for one in outcomes if one.refused)
        self.diary.actions[day] += len(moved)
        with reading(self.engine) as connection:
            self.open |= load_cases(connection, moved)
        self.open = {n: case for n, case in self.open.items() if case.stage not in ENDS}
        return moved

    def _deliver(self, day: date) -> None:
        facts = FactsReader(today=day)
        deliver(
            self.engine, now=clock.now(), channels_for=self.ways, compose_facts=facts, worker="演练", limit=_UNLIMITED
        )
