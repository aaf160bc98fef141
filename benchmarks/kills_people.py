"""The people of benchmarks/kills.py (众人): clerks on pages, the office at a terminal and in forms of the Prefect UI.

Each knows what he asked and what he was answered. Where no answer comes (somebody was killed) he looks whether it was
recorded, and asks again if it was not.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPException
from pathlib import Path
from threading import Event, Lock, get_ident
from typing import Any
from urllib.error import HTTPError

import httpx
import kills_terminal
from builders import CONFERENCE, day, feedback, road
from sqlalchemy import Engine, func, select

from deployments.server_api import ServerApi
from models import actions as a
from models import tables as t
from models.vocabulary import Role
from tasks.database import reading, transaction
from tasks.links import Wanted, expiry, issue_links

BROKEN = 500
"""From this code on a server has troubles of its own."""
TOLD_DONE = frozenset({"已办理", "已办过"})
PATIENCE_SECONDS = 90
"""How long the office watches a run it has started before it starts another."""
STEP_OF = {
    "立案": "审查立案", "交办": "交办", "签收": "签收", "沟通": "办理", "起草": "起草", "审签": "审签", "预审通过": "审签",
    "公开审查": "公开", "答复": "答复", "反馈": "征询意见", "办结": "跟踪",
}  # fmt: skip
DOORS = {
    "签收": ("page", "command", "form"), "沟通": ("page", "form"), "起草": ("page", "command"), "审签": ("page", "command"),
    "答复": ("page", "command"), "反馈": ("page",),
}  # fmt: skip
"""The others are the office's, by command or form. One form or command takes several cases that are asked the same."""
ONE_KIND = frozenset({"交办"})
"""Steps whose form does not ask what is to be done."""
PAGE_FIELDS = {"反馈": {"wish": "同意公开", "reasons": ""}, "审签": {"remark": ""}}


def steps_for(number: str) -> list[tuple[Any, a.Action]]:
    """The road of one case after its receipt, each action on its day."""
    found: list[tuple[Any, a.Action]] = []
    for on, action in road(co_handlers=())[:-1]:
        if isinstance(action, a.GiveFeedback):
            found.append((on, feedback(number, of=f"委员{number}")))
        elif not isinstance(action, a.Publish):
            plain = action.model_dump(exclude={"key", "case"}) | {"case": number}
            found.append((on, type(action).model_validate(plain)))
    return found


@dataclass
class People:
    """Everybody together; `answered` is what somebody was told has been done."""

    engine: Engine
    home: Path
    server: str
    """Where the Prefect server was last."""
    pages: str
    chosen: random.Random
    stopping: Event = field(default_factory=Event)
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    doors: Counter[str] = field(default_factory=Counter)
    commands: list[Any] = field(default_factory=list)
    deployments: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def api(self) -> ServerApi:
        """The Prefect server where it is now: started again after a kill, it may be at another port."""
        self.server = kills_terminal.address(self.home, self.server)
        return ServerApi(self.server)

    def recorded(self, number: str, kind: str) -> int:
        """How often this stands in the history of this case."""
        rows, cases = t.core(t.HistoryRow), t.core(t.CaseRow)
        asked = select(func.count()).select_from(rows.join(cases, cases.c.id == rows.c.case_id))
        with reading(self.engine) as connection:
            found = connection.scalar(asked.where(cases.c.number == number, rows.c.action == kind))
        return int(found or 0)

    def told(self, door: str, kind: str, numbers: Sequence[str]) -> None:
        """These were answered: done."""
        with self.lock:
            self.doors[door] += len(numbers)
            self.answered.update((number, kind) for number in numbers)

    # ── doors ────────────────────────────────────────────────────────────────────────────────────────────────────

    def receive(self, numbers: Sequence[str]) -> None:
        """A sheet of proposals, received by the same command until all are in."""
        sheet = self.home.parent / f"收件{numbers[0]}.csv"
        with sheet.open("w", encoding="utf-8-sig", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(("案号", "届次", "类型", "案由", "正文", "提案人", "提案人类别", "提交日期", "电话"))
            for number in numbers:
                text = "一、现状。就餐不便。\n二、建议。增设社区食堂。"
                title = f"关于增设社区食堂的提案之{number}"
                about = (
                    number,
                    CONFERENCE,
                    "政协提案",
                    title,
                    text,
                    f"委员{number}",
                    "委员",
                    day(1, 20),
                    "13900001111",
                )
                rows.writerow(about)
        while not self.stopping.is_set() and any(not self.recorded(number, "收件") for number in numbers):
            if self.command("receive", str(sheet)) is not None:
                self.told("command", "收件", numbers)

    def does(self, actions: Sequence[Any], times: int, door: str) -> None:
        """The same for some cases, through one door, until it stands `times` times in the history of each."""
        while left := [one for one in actions if self.recorded(one.case, one.kind) < times]:
            if self.stopping.is_set():
                return
            if door == "page":
                self.by_page(left[0], lambda one=left[0]: self.recorded(one.case, one.kind) >= times)
            elif door == "command":
                self.by_command(left)
            else:
                self.by_form(left, lambda some=left: all(self.recorded(one.case, one.kind) >= times for one in some))

    def by_command(self, actions: Sequence[Any]) -> None:
        """`banli do`; no answer when it was killed."""
        first = actions[0]
        given = first.model_dump(mode="json", exclude_defaults=True, exclude={"key", "case", "by", "kind"})
        words = [word for one in actions for word in ("--case", one.case)]
        words += [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
        by = ":".join(filter(None, (first.by.role.value, first.by.name, first.by.agency)))
        said = self.command("do", first.kind, *words, "--by", by)
        if said:
            done = [one["case"] for one in said["outcomes"] if one["result"] in TOLD_DONE]
            self.told("command", first.kind, [one.case for one in actions if any(one.case in name for name in done)])

    def by_form(self, actions: Sequence[Any], done: Callable[[], bool]) -> None:
        """A form of the Prefect UI, run by the worker; started again when its run was lost."""
        try:
            run = self.starts(STEP_OF[actions[0].kind], actions=self.filled_in(actions))
        except OSError:
            time.sleep(2)
            return
        until = time.monotonic() + PATIENCE_SECONDS
        while not done() and time.monotonic() < until and not self.ended(run) and not self.stopping.is_set():
            time.sleep(1)
        if done():
            self.told("form", actions[0].kind, [one.case for one in actions])

    def filled_in(self, actions: Sequence[Any]) -> dict[str, Any]:
        """What somebody fills into the form of this step."""
        first = actions[0]
        given = first.model_dump(mode="json", exclude_defaults=True, exclude={"key", "case", "by", "kind"})
        kind = {} if first.kind in ONE_KIND else {"kind": first.kind}
        by = {"by_name": first.by.name} | ({"by_agency": first.by.agency} if first.by.agency else {})
        return {"cases": [one.case for one in actions], **kind, **given, **by}

    def by_page(self, action: Any, done: Callable[[], bool]) -> None:
        """A link, the page behind it, and a press; pressed again while nobody answers."""
        by = action.by
        cases = t.core(t.CaseRow)
        with reading(self.engine) as connection:
            row = connection.execute(select(cases.c.id, cases.c.stage).where(cases.c.number == action.case)).one()
        name = by.name if by.role is Role.PROPOSER else by.agency
        wanted = Wanted(row.id, action.kind, by.role, name, by.agency, f"{action.case}：试", row.stage)
        with transaction(self.engine) as connection:
            (token,) = issue_links(connection, [wanted], expires_on=expiry(self.today))
        url, fields = f"{self.pages}/a/{token}", dict[str, str]()
        while not self.stopping.is_set():
            with suppress(httpx.HTTPError):
                if not fields:
                    page = httpx.get(url, timeout=60, trust_env=False)
                    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
                    if page.status_code == 200 and hidden:
                        fields.update({key: unescape(value) for key, value in hidden})
                    elif page.status_code not in {200, 503}:
                        assert done(), f"{action.kind} {action.case}: {page.status_code} {page.text}"
                if fields:
                    answer = httpx.post(url, data=fields | self.typed(action), timeout=60, trust_env=False)
                    if answer.status_code == 200 and f"已办理：{action.kind}" in answer.text:
                        self.told("page", action.kind, [action.case])
                        return
                    assert answer.status_code in {200, 409, 410, 503}, f"{answer.status_code} {answer.text}"
                    if answer.status_code in {200, 409, 410}:
                        assert done(), f"{action.kind} {action.case}: {answer.status_code} {answer.text}"
            if done():
                return
            time.sleep(0.5)

    def typed(self, action: Any) -> dict[str, str]:
        """What is typed and ticked on the page."""
        given = action.model_dump(mode="json", exclude_defaults=True, exclude={"key", "case", "by", "kind", "proposer"})
        return {"by_name": action.by.name, **PAGE_FIELDS.get(action.kind, {}), **{k: str(v) for k, v in given.items()}}

    # ── ways ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def command(self, *words: str) -> Any:
        """A command's answer as JSON; None when it was killed or the office could not be reached."""
        said = self.home.parent / f"said-{get_ident()}"
        process = kills_terminal.command((*words, "--json"), said, self.api.url)
        self.commands.append(process)
        process.join()
        self.commands.remove(process)
        err = said.with_suffix(".err").read_text("utf-8") if said.with_suffix(".err").exists() else ""
        assert "Traceback" not in err, err
        if process.exitcode not in {0, 1}:
            assert process.exitcode in {3, -9}, (words, process.exitcode, err)
            time.sleep(0.5)
            return None
        return json.loads(said.with_suffix(".out").read_text("utf-8"))

    def starts(self, deployment: str, **parameters: Any) -> str:
        """Run a deployment now; returns the run's id. Raises: OSError when the server does not answer."""
        try:
            if not self.deployments:
                self.deployments = {one["name"]: one["id"] for one in self.api.all_of("/deployments/filter")}
            path = f"/deployments/{self.deployments[deployment]}/create_flow_run"
            given = {"parameters": parameters, "idempotency_key": os.urandom(8).hex()}
            return str(self.api.call("POST", path, given)["id"])
        except HTTPError as error:
            if error.code < BROKEN:
                raise ValueError(deployment, parameters, error.read().decode()) from error
            raise
        except (json.JSONDecodeError, HTTPException) as error:
            raise OSError(str(error)) from error

    def ended(self, run: str) -> bool:
        """Whether this run has come to its end, as far as the server answers."""
        with suppress(OSError, ValueError, HTTPException):
            state = self.api.call("GET", f"/flow_runs/{run}")["state"]["type"]
            return state in {"COMPLETED", "CRASHED", "FAILED", "CANCELLED"}
        return False

    @property
    def today(self) -> Any:
        """The office's day."""
        from tasks import clock

        return clock.today()


def door_for(kind: str, chosen: random.Random) -> str:
    """Which door somebody takes for this action."""
    return chosen.choice(DOORS.get(kind, ("command", "form")))
