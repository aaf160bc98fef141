"""What the office has to decide on a case (等待本办决定): which decisions wait, and what may be answered to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from models.deadlines import corresponding_day
from models.rulings import World
from models.values.case import Case
from models.vocabulary import AssignmentStatus, Publicity, Stage


class DecisionKind(StrEnum):
    """A decision of the office, in a word."""

    FILING = "审查立案"
    ASSIGNMENT = "交办"
    RETURN = "退办"
    EXTENSION = "延期"
    PRE_REVIEW = "预审"
    PUBLICATION = "公开审查"
    REDO = "重新办理"
    CLOSING = "办结"
    ARCHIVING = "归档"


@dataclass(frozen=True, slots=True)
class Pending:
    """One decision that waits. `nth` tells it from an earlier one of its kind on the same case."""

    kind: DecisionKind
    nth: str
    given: Mapping[str, str] = field(default_factory=dict)
    """What the question itself settles, by the action's field name: which agency asks to return the case."""
    suggested: Mapping[str, str] = field(default_factory=dict)
    """What the form offers as its answer, by field name."""
    asked: str = ""
    """Who asks and why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One kind of decision: at which stages it may wait, and the actions that answer it.

    `first` is what the form offers unless changed; None where the person has to say it. `several`: whether many may
    be answered together. `since_stage`: it is a new one whenever the case comes (back) to the stage. `singly`: whether a
    case also gets a form of its own; what is decided by the pile has only the form for many.
    """

    kind: DecisionKind
    question: str
    stages: frozenset[Stage]
    answers: tuple[str, ...]
    pending: Callable[[Case], Iterator[Pending]]
    first: str | None
    several: bool = False
    since_stage: bool = False
    singly: bool = True


def _filing(_case: Case) -> Iterator[Pending]:
    yield Pending(DecisionKind.FILING, "")


def _assignment(_case: Case) -> Iterator[Pending]:
    yield Pending(DecisionKind.ASSIGNMENT, "")


def _returns(case: Case) -> Iterator[Pending]:
    for part in case.open_assignments:
        if part.status is AssignmentStatus.RETURN_REQUESTED:
            to = part.suggested_agency
            wish = f"，建议改交{to}" if to else ""
            yield Pending(
                DecisionKind.RETURN,
                str(part.no),
                given={"agency": part.agency},
                suggested={"to": to} if to else {},
                asked=f"{part.agency}（{part.role}）申请退办：{part.reason}{wish}",
            )


def _extension(case: Case) -> Iterator[Pending]:
    if (asked := case.open_extension) is not None:
        due_on = case.clocks[asked.clock_no - 1].due_on
        lead = case.lead.agency if case.lead else "主办单位"
        yield Pending(
            DecisionKind.EXTENSION,
            str(asked.no),
            asked=f"{lead}于{asked.asked_on}申请延期（现期限{due_on}）：{asked.reason}",
        )


def _pre_review(case: Case) -> Iterator[Pending]:
    if (draft := case.draft) is not None:
        offered = {"result_class": draft.result_class} if draft.result_class else {}
        yield Pending(DecisionKind.PRE_REVIEW, str(draft.no), suggested=offered)


def _publication(case: Case) -> Iterator[Pending]:
    if case.publicity in {Publicity.UNDECIDED, Publicity.NOT_PUBLIC} and case.draft is not None:
        latest = case.publications[-1] if case.publications else None
        refused = (
            f"{latest.reviewer}于{latest.decided_on}决定不予公开：{latest.reason}。请看理由是否还在" if latest else ""
        )
        yield Pending(DecisionKind.PUBLICATION, f"{case.draft.no}.{len(case.publications) + 1}", asked=refused)


def _redo(case: Case) -> Iterator[Pending]:
    yield Pending(DecisionKind.REDO, str(case.round + 1))


def _closing(case: Case) -> Iterator[Pending]:
    if case.publicity not in {Publicity.UNDECIDED, Publicity.DECIDED} and not case.open_promises:
        yield Pending(DecisionKind.CLOSING, "")


def _archiving(_case: Case) -> Iterator[Pending]:
    yield Pending(DecisionKind.ARCHIVING, "")


_K, _S = DecisionKind, Stage
_IN_HAND: Final = frozenset({_S.ASSIGNED, _S.HANDLING, _S.COUNTERSIGNING, _S.APPROVING, _S.PRE_REVIEW, _S.APPROVED})

# fmt: off
DECISIONS: Final[Mapping[DecisionKind, Decision]] = {one.kind: one for one in (
    Decision(_K.FILING, "是否立案", frozenset({_S.SUBMITTED}), ("立案", "并案", "不予立案", "退回补正"), _filing,
             first="立案", several=True, since_stage=True),
    Decision(_K.ASSIGNMENT, "交哪个单位办理", frozenset({_S.FILED}), ("交办",), _assignment, first="交办", several=True,
             since_stage=True),
    Decision(_K.RETURN, "是否同意退办", frozenset({_S.ASSIGNED, _S.HANDLING}), ("同意退办", "不同意退办"), _returns,
             first=None),
    Decision(_K.EXTENSION, "是否同意延期", _IN_HAND, ("同意延期", "不同意延期"), _extension, first=None, several=True),
    Decision(_K.PRE_REVIEW, "答复稿能否发出", frozenset({_S.PRE_REVIEW}), ("预审通过", "退回修改"), _pre_review,
             first="预审通过"),
    Decision(_K.PUBLICATION, "答复怎样公开", frozenset({_S.APPROVED, _S.REPLIED, _S.ANSWERED, _S.TRACKING, _S.CLOSED}),
             ("公开审查",), _publication, first="公开审查", several=True),
    Decision(_K.REDO, "是否重新办理", frozenset({_S.DISSATISFIED}), ("重新办理", "维持答复"), _redo, first=None,
             since_stage=True),
    Decision(_K.CLOSING, "是否办结", frozenset({_S.ANSWERED}), ("办结",), _closing, first="办结", several=True,
             since_stage=True, singly=False),
    Decision(_K.ARCHIVING, "是否归档", frozenset({_S.CLOSED, _S.NOT_FILED, _S.WITHDRAWN}), ("归档",), _archiving,
             first="归档", several=True, since_stage=True, singly=False),
)}
# fmt: on
"""Every decision that belongs to the office, in the order of a case's life."""


def pending_decisions(case: Case, world: World) -> tuple[Pending, ...]:
    """What the office has to decide on this case today."""
    return tuple(
        one
        for decision in DECISIONS.values()
        if case.stage in decision.stages and (decision.kind is not _K.PUBLICATION or _publication_open(case, world))
        for one in decision.pending(case)
    )


def _publication_open(case: Case, world: World) -> bool:
    """What was refused comes up again after the pack's months, while the case is not in the archive.

    Source: 政府信息公开条例 第十八条 (不予公开的政府信息，定期评估审查).
    """
    if case.publicity is not Publicity.NOT_PUBLIC:
        return True
    months = world.pack(case).publication.review_again_months
    return bool(months) and corresponding_day(case.publications[-1].decided_on, months or 0) <= world.today
