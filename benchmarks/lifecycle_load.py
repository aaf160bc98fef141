"""The work (算例): N proposals of 2,500 characters from receipt to the proposers' answers, decided here day by day.

One to five proposers (1.75 on average), none to three co-handlers (0.95), so about sixteen actions each. The pattern
repeats every twenty proposals; all names are made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import cycle, islice
from typing import Any

from models import actions as a
from models.vocabulary import ContactWay, HandlingRole, ProposalKind, ProposerKind, Role, Satisfaction, Track

SESSION, LEAD = "云岭市政协六届五次会议", "市民政局"
CO_HANDLERS = ("市财政局", "市教育局", "市交通局")
PEOPLE = ("张三", "李四", "王五", "赵六", "钱七")
_PROPOSERS = (1,) * 12 + (2,) * 4 + (3,) * 2 + (4, 5)
_CO_HANDLERS = (0,) * 8 + (1,) * 7 + (2,) * 3 + (3,) * 2
_SENTENCES = (
    "社区是居民生活的共同体，治理的重心在基层，难点也在基层。",
    "近年来各街道建立了议事会，居民参与的热情有所提高，但事项如何提出、由谁办理、何时反馈，仍缺少明确的办法。",
    "老旧住宅缺少电梯和停车位，老人上下楼不便；物业费收缴困难，维修资金使用的程序偏长。",
    "2025年我们走访了12个社区，发放问卷860份，收回815份，七成以上的居民认为沟通渠道不够畅通。",
    "建议统筹社区用房，优先用于养老、托幼和助餐，并向社会组织开放；",
    "同时完善网格员的培训和待遇，减少各类报表，使他们把时间用在入户走访上。",
)
CHARACTERS = 2_500


def prose(opening: str) -> str:
    """Paragraphs of whole sentences, 2,500 characters in all."""
    paragraphs, sentences = [opening], cycle(_SENTENCES)
    while sum(map(len, paragraphs)) + len(paragraphs) <= CHARACTERS:
        paragraphs.append("".join(islice(sentences, 5)))
    return "\n".join(paragraphs)[: CHARACTERS - 1] + "。"


TEXT = prose("完善社区治理，是城市工作的基础。")
REPLY = prose("您提出的关于完善社区治理的提案收悉，现答复如下：")
OFFICE = a.Actor()
BY_LEAD = a.Actor(role=Role.LEAD, name="陈科长", agency=LEAD)
BY_CO = {name: a.Actor(role=Role.CO_HANDLER, name="孙科长", agency=name) for name in CO_HANDLERS}
BY_PROPOSER = {name: a.Actor(role=Role.PROPOSER, name=name) for name in PEOPLE}


def proposers(place: int) -> Sequence[str]:
    return PEOPLE[: _PROPOSERS[place % 20]]


def co_handlers(place: int) -> tuple[str, ...]:
    return CO_HANDLERS[: _CO_HANDLERS[place * 7 % 20]]


def _receive(place: int, ref: str) -> Iterator[a.Action]:
    given = tuple(a.ProposerGiven(name=name, kind=ProposerKind.MEMBER) for name in proposers(place))
    title = f"关于完善社区治理的提案{ref}"
    yield a.Receive(
        case=ref, session=SESSION, proposal_kind=ProposalKind.PROPOSAL, title=title, text=TEXT, proposers=given,
        submitted_on=date(2026, 1, 20),
    )  # fmt: skip


def _assign(place: int, ref: str) -> Iterator[a.Action]:
    others = co_handlers(place)
    mode: Any = HandlingRole.LEAD if others else HandlingRole.SOLE
    yield a.Assign(case=ref, by=OFFICE, lead=LEAD, mode=mode, co_handlers=others)


def _talk(_place: int, ref: str) -> Iterator[a.Action]:
    on = date(2026, 3, 10)
    yield a.RecordContact(case=ref, by=BY_LEAD, way=ContactWay.PHONE, on=on, with_name="张三", said="同意")


def _answer(place: int, ref: str) -> Iterator[a.Action]:
    sat = Satisfaction.SATISFIED
    for name in proposers(place):
        yield a.GiveFeedback(case=ref, by=BY_PROPOSER[name], proposer=name, attitude=sat, result=sat)


def _once(make: Callable[[str], a.Action]) -> Callable[[int, str], Iterable[a.Action]]:
    return lambda _place, ref: (make(ref),)


def _by_each(make: Callable[[str, a.Actor], a.Action]) -> Callable[[int, str], Iterable[a.Action]]:
    return lambda place, ref: (make(ref, BY_CO[name]) for name in co_handlers(place))


DAYS: tuple[tuple[date, Callable[[int, str], Iterable[a.Action]]], ...] = (
    (date(2026, 1, 21), _receive),
    (date(2026, 2, 2), _once(lambda ref: a.Accept(case=ref, by=OFFICE))),
    (date(2026, 2, 26), _assign),
    (date(2026, 2, 27), _once(lambda ref: a.SignFor(case=ref, by=BY_LEAD))),
    (date(2026, 2, 27), _by_each(lambda ref, by: a.SignFor(case=ref, by=by))),
    (date(2026, 3, 10), _talk),
    (date(2026, 3, 20), _by_each(lambda ref, by: a.GiveOpinion(case=ref, by=by, text="同意"))),
    (date(2026, 4, 1), _once(lambda ref: a.SubmitDraft(case=ref, by=BY_LEAD, text=REPLY, result_class="A"))),
    (date(2026, 4, 2), _by_each(lambda ref, by: a.Countersign(case=ref, by=by))),
    *((date(2026, 4, 3), _once(lambda ref: a.Approve(case=ref, by=BY_LEAD))) for _ in range(3)),
    (date(2026, 4, 3), _once(lambda ref: a.DecidePublication(case=ref, by=OFFICE))),
    (date(2026, 4, 7), _once(lambda ref: a.SendReply(case=ref, by=BY_LEAD))),
    (date(2026, 4, 20), _answer),
)
LAST_DAY = date(2026, 4, 21)
"""The morning the decided pages are published."""


BATCH = 5_000
"""Proposals a run takes at most: a country's office hands over its year in a few batches."""


def pieces(count: int, mark: str = "") -> Iterator[tuple[int, range, list[a.Action]]]:
    """The life of N proposals: a step, some of the proposals and their actions at a time, day after day.

    `mark` keeps the numbers of two runs apart.
    """
    for step, (_, make) in enumerate(DAYS):
        for first in range(0, count, BATCH):
            some = range(first, min(first + BATCH, count))
            batch = [action for place in some for action in make(place, f"{mark}{place + 1:06}")]
            if batch:
                yield step, some, batch


def steps(count: int, mark: str = "") -> Iterator[tuple[date, list[a.Action]]]:
    """The same as days and actions."""
    return ((DAYS[step][0], batch) for step, _, batch in pieces(count, mark))


def furnish(connection: Any) -> None:
    """The session and the agencies."""
    from models import schema
    from tasks.loading import session_key

    session = {
        "name": SESSION, "canonical": session_key(SESSION), "track": Track.CPPCC, "pack": "national_cppcc",
        "opened_on": date(2026, 1, 12), "closed_on": date(2026, 1, 15),
    }  # fmt: skip
    connection.execute(schema.SESSIONS.insert(), session)
    agencies = [{"name": name, "full_name": f"云岭{name}"} for name in (LEAD, *CO_HANDLERS)]
    connection.execute(schema.AGENCIES.insert(), agencies)
