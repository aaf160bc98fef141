"""What the rules answer (裁定): accepted with all its consequences, or refused with a reason and a way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from models.errors import Fault, PolicyError
from models.notice_vocabulary import MessageKind
from models.policy import Pack
from models.values.case import Case
from models.values.handling import Assignment
from models.values.reply import Substitution
from models.vocabulary import EscalationTarget
from models.workdays import Calendar

if TYPE_CHECKING:
    from models.actions.action import Action

OFFICE = "督办"
"""The recipient that is the supervising office."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error
    """A rule says no: what was refused and why, and what would make it possible."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}。{remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class World:
    """What a rule may know beside the case: the day, the calendar, the place's rules, who exists."""

    today: date
    calendar: Calendar
    packs: Mapping[str, Pack]
    agencies: frozenset[str]
    others: Mapping[str, Case] = field(default_factory=dict)
    """Other cases an action names, by the words it used."""
    substitutions: tuple[Substitution, ...] = ()
    """Who signs for approvers who are away; whether today, each says."""

    def pack(self, case: Case) -> Pack:
        """The rules the case started under. Raises: PolicyError when they are gone."""
        if case.pack not in self.packs:
            what = f"没有规则包 {case.pack}，本件按它办理"
            raise PolicyError(Fault(case.ref, what, "请把它放回 policies 文件夹。"))
        return self.packs[case.pack]


@dataclass(frozen=True, slots=True)
class Telling:
    """One message owed to one recipient; becomes one notice."""

    kind: MessageKind
    recipient: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    clock_no: int | None = None


@dataclass(frozen=True)
class Effect:
    """What an action does to a case, before the table adds what follows from it."""

    case: Case
    summary: str
    part: Assignment | None = None
    """The part of the case that was acted on, where it is one agency's."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    follow_ups: tuple[Action, ...] = ()
    """Actions of the system on other cases, done in the same transaction."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The case as it is now, what to record, whom to tell, what the system does next."""

    case: Case
    summary: str
    tellings: tuple[Telling, ...] = ()
    follow_ups: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing happened, and this is why."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}。{self.remedy}"


Ruling = Accepted | Refused

Guard = Callable[[Case, Any, World], None]
"""Raises `Refusal` where the action may not go on."""
Apply = Callable[[Case, Any, World], Effect]
"""What one kind of action does. Raises `Refusal`."""


def agency_recipient(agency: str) -> str:
    """The recipient that is an agency."""
    return f"单位:{agency}"


HEAD: Final = "负责人"
"""The contact of an agency who answers for it."""


def head_recipient(agency: str) -> str:
    """The recipient that is the head of an agency, itself a recipient."""
    return f"{agency}#{HEAD}"


def escalation_recipients(targets: Sequence[EscalationTarget], holders: Sequence[str]) -> tuple[str, ...]:
    """Who is told that `holders` (recipients that are agencies) have not met a deadline."""
    heads = tuple(head_recipient(holder) for holder in holders)
    return tuple(one for to in targets for one in (heads if to is EscalationTarget.HEAD else (OFFICE,)))


def proposer_recipient(addressee: str) -> str:
    """The recipient that is a proposer, by the addressee's key."""
    return f"提案人:{addressee}"
