"""What is drawn for the fictional cases of a rehearsed year (演练).

All comes from the seed and the case's number, so the same seed gives the same year. The shares are assumptions for a
rehearsal, not statistics: most agencies answer in the last weeks, some late, some never.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from models import actions as a
from models.vocabulary import ProposalKind, ProposerKind, Track

AGENCIES: Final = (
    "民政局", "教育局", "住房城乡建设局", "交通运输局", "卫生健康委", "发展改革委", "财政局", "生态环境局", "农业农村局",
    "文化旅游局", "人力资源社会保障局", "市场监管局",
)  # fmt: skip
"""Fictional agencies, the busiest first."""
SUBJECTS: Final = (
    "增设社区食堂",
    "规范共享单车停放",
    "改善学校周边交通",
    "加强河道治理",
    "完善无障碍设施",
    "支持小微企业",
)
OFFICE: Final = a.Actor(name="督办科")
NEVER: Final = 10_000
"""Working days after its date that nobody lives to see."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What is drawn for one case; delays in working days."""

    received_on: date
    in_recess: bool
    lead: str
    co_handlers: tuple[str, ...]
    rejected: bool
    reviewed_after: int
    signed_after: int
    returns: bool
    return_granted: bool
    contacted_after: int
    opinion_before: int
    """Working days before its own date that a co-handler speaks; negative: after."""
    asks: bool
    extends: bool
    replied_after: int
    """Working days after its date that the reply is sent; negative: before."""
    published: bool
    published_after: int
    promises: bool


def fate_of(seed: int, number: int, *, from_on: date, until_on: date) -> Fate:
    """Draw one case's fate."""
    dice = Random(f"{seed}:{number}")  # noqa: S311 - a rehearsal, not a secret
    in_recess = dice.random() < 0.1
    spread = max(1, (until_on - from_on).days - 120)
    received_on = from_on + timedelta(days=dice.randrange(30, 30 + spread) if in_recess else dice.randrange(5))
    weights = [1 / (place + 1) for place in range(len(AGENCIES))]
    names = list(dict.fromkeys(dice.choices(AGENCIES, weights, k=4)))
    share = dice.random()
    replied_after = (
        -dice.randrange(16, 45) if share < 0.2  # early
        else -dice.randrange(16) if share < 0.85  # in the last weeks
        else dice.randrange(1, 25) if share < 0.96  # late
        else NEVER
    )  # fmt: skip
    return Fate(
        received_on=received_on,
        in_recess=in_recess,
        lead=names[0],
        co_handlers=tuple(names[1 : 1 + dice.choice((0, 0, 1, 1, 2))]),
        rejected=dice.random() < 0.05,
        reviewed_after=dice.randrange(3, 11),
        signed_after=1 + min(dice.randrange(1, 8), dice.randrange(1, 8)),
        returns=dice.random() < 0.08,
        return_granted=dice.random() < 0.7,
        contacted_after=dice.randrange(3, 25),
        opinion_before=dice.randrange(-6, 15),
        asks=dice.random() < 0.06,
        extends=dice.random() < 0.1,
        replied_after=replied_after,
        published=dice.random() < 0.9,
        published_after=dice.randrange(3, 20),
        promises=dice.random() < 0.1,
    )


def receipt(number: int, fate: Fate, session: str, track: Track) -> a.Receive:
    """The proposal as it comes in."""
    kind = ProposerKind.DEPUTY if track is Track.NPC else ProposerKind.MEMBER
    people = [{"name": f"演练{kind}{number}-{n}", "kind": kind} for n in range(1, 2 + number % 2)]
    return a.Receive.model_validate(
        {
            "session": session,
            "case": f"{number:04}",
            "proposal_kind": ProposalKind.SUGGESTION if track is Track.NPC else ProposalKind.PROPOSAL,
            "title": f"关于{SUBJECTS[number % len(SUBJECTS)]}的建议（演练{number}）",
            "text": "演练用，没有内容。",
            "proposers": people,
            "submitted_on": fate.received_on,
            "in_recess": fate.in_recess,
            "by": OFFICE,
            "key": f"演练:{number}:收件",
        }
    )
