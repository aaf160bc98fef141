"""Who is told of what was done (告知对象)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

from models.rulings import OFFICE, Effect, agency_recipient, proposer_recipient
from models.vocabulary import Retractable, Stage


class Audience(StrEnum):
    """Who is told."""

    PROPOSERS = "提案人"
    OWN_PROPOSERS = "本件提案人"
    GRANTED = "提案人（已定延期的）"
    FOLLOWERS = "提案人（已经答复的）"
    LEAD = "主办单位"
    PART = "有关单位"
    FORMER = "原承办单位"
    AGENCIES = "承办单位"
    OFFICE = "督办单位"
    SIGNERS = "下一环节"
    CONSULTED = "提案人（本地规则要求听取意见的）"
    READERS = "主办单位或督办单位"
    COUNTERPART = "提案人或督办单位"


def _signers(effect: Effect) -> Iterator[str]:
    """Whose signature is next: co-handlers, the lead's levels, or the office."""
    case = effect.case
    if case.stage is Stage.PRE_REVIEW:
        yield OFFICE
    elif case.stage is Stage.COUNTERSIGNING:
        yield from (agency_recipient(agency) for agency in effect.facts.get("agencies", ()))
    else:
        yield from (agency_recipient(part.agency) for part in case.open_assignments if part.leads)


def _proposers(effect: Effect) -> Iterator[str]:
    return (proposer_recipient(one.key) for one in effect.case.addressees)


def _counterpart(effect: Effect) -> Iterator[str]:
    """Whoever was told of what is now taken back."""
    match effect.facts.get("what"):
        case Retractable.QUESTION:
            yield from _proposers(effect)
        case Retractable.RETURN:
            yield OFFICE


RECIPIENTS: Final[dict[Audience, Callable[[Effect], Iterator[str]]]] = {
    Audience.PROPOSERS: _proposers,
    Audience.GRANTED: lambda effect: _proposers(effect) if effect.facts.get("granted") else iter(()),
    Audience.FOLLOWERS: lambda effect: _proposers(effect) if effect.case.replied_on else iter(()),
    Audience.OWN_PROPOSERS: lambda effect: (
        proposer_recipient(one.key) for one in effect.case.addressees if one.case_id == effect.case.id
    ),
    Audience.LEAD: lambda effect: (
        agency_recipient(part.agency) for part in effect.case.open_assignments if part.leads
    ),
    Audience.PART: lambda effect: (agency_recipient(part.agency) for part in (effect.part,) if part),
    Audience.FORMER: lambda effect: (agency_recipient(agency) for agency in (effect.facts.get("agency"),) if agency),
    Audience.AGENCIES: lambda effect: (agency_recipient(part.agency) for part in effect.case.open_assignments),
    Audience.OFFICE: lambda _effect: iter((OFFICE,)),
    Audience.SIGNERS: _signers,
    Audience.CONSULTED: lambda effect: (
        proposer_recipient(one.key) for one in effect.case.addressees if effect.facts.get("consults")
    ),
    Audience.READERS: lambda effect: (
        agency_recipient(effect.part.agency) if effect.part and effect.facts.get("lead_reads") else OFFICE
        for _ in (effect,)
    ),
    Audience.COUNTERPART: _counterpart,
}
"""The recipients of each audience, from what an action did."""
