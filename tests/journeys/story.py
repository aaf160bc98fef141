"""The people of a story and what they do, in their own words, through the real flows."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from builders import CO, LEAD, OFFICE, proposed
from desk import Desk
from sqlalchemy import Engine

from flows.registry import perform_all, run
from models import actions as a
from models import tables as t
from models.notice_vocabulary import NoticeStatus
from models.vocabulary import Role
from tasks import clock


class Story:
    """One office; the day is part of the story and only goes forward."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.desk = Desk(engine, perform_all)
        self.home = home
        self.today = date(2026, 1, 21)
        self.waiting: list[a.Action] = []

    def on(self, month: int, of_month: int) -> Story:
        """It is that day now; what the last one brought has been recorded, each step in one run."""
        self.recorded()
        self.today = max(self.today, date(2026, month, of_month))
        return self

    def receives(self, number: str, *names: str, **more: Any) -> Story:
        """The office receives a proposal."""
        return self.does(proposed(number, *names, **more))

    def office(self, action: type[a.Action], number: str, **given: Any) -> Story:
        """The office does something."""
        return self.does(action(case=number, by=OFFICE, **given))

    def lead(self, action: type[a.Action], number: str, *, agency: str = "民政局", **given: Any) -> Story:
        """The lead's clerk does something."""
        return self.does(action(case=number, by=LEAD.model_copy(update={"agency": agency}), **given))

    def co_handler(self, action: type[a.Action], number: str, *, agency: str = "财政局", **given: Any) -> Story:
        """A co-handler's clerk does something."""
        return self.does(action(case=number, by=CO.model_copy(update={"agency": agency}), **given))

    def talks(self, number: str, name: str, *, agency: str = "民政局") -> Story:
        """The lead meets a proposer."""
        given = {"way": "面商", "on": self.today, "with_name": name, "said": "同意所提措施"}
        return self.lead(a.RecordContact, number, agency=agency, **given)

    def all_sign(self, number: str, *, agency: str = "民政局") -> Story:
        """Every level of the lead signs, the office looks it over and decides that it is public."""
        for _level in range(3):
            self.lead(a.Approve, number, agency=agency)
        return self.office(a.PassReview, number)

    def says(self, name: str, number: str, result: str, reasons: str | None = None) -> Story:
        """A proposer gives feedback."""
        by = a.Actor(role=Role.PROPOSER, name=name)
        given = {"proposer": name, "attitude": "满意", "result": result, "reasons": reasons}
        return self.does(a.GiveFeedback(case=number, by=by, **given))

    def does(self, action: a.Action) -> Story:
        """Somebody does something; it is recorded with the rest of the day, in this order."""
        self.waiting.append(action)
        return self

    def recorded(self) -> Story:
        """Everything of the day was accepted."""
        actions, self.waiting = self.waiting, []
        self.desk.do(self.today, *actions)
        return self

    def morning(self) -> Story:
        """What happens by itself: publication, reminders, delivery."""
        self.recorded()
        while self.today.isoweekday() > 5:
            self.today += timedelta(days=1)
        with clock.moved_to(clock.morning_of(self.today, 10)):
            for step in ("publish", "watch_deadlines", "deliver_notices"):
                run(step)
        return self

    def case(self, number: str) -> Any:
        """The case as it stands."""
        self.recorded()
        return self.desk.case(number)

    def told(self, recipient: str) -> list[str]:
        """What a recipient has really been sent, by kind."""
        rows = [row for row in self.desk.rows(t.NoticeRow) if row.recipient == recipient]
        return [
            row.kind.value for row in sorted(rows, key=lambda row: row.created_at) if row.status is NoticeStatus.SENT
        ]

    def page(self, number: str) -> str:
        """The public page of a case."""
        pages = list((self.home / "site" / "cases").glob(f"*{number}*.html"))
        assert len(pages) == 1, pages
        return pages[0].read_text(encoding="utf-8")
