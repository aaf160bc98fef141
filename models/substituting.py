"""Dated substitutes (代签): who signs for an approver who is away, from when to when, and for which level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from models.policy import Pack
from models.rulings import Refusal, World
from models.values.case import Case
from models.values.reply import Signature, Substitution
from models.vocabulary import Stage


def check_new(wanted: Substitution, known: Iterable[Substitution], levels: Iterable[str]) -> None:
    """Refuse an absence that says nothing clear.

    Raises: Refusal for an unknown level, a span that ends before it starts, a person who stands in for himself, two
    substitutes of one approver at a time, or a substitute who is away himself.
    """
    levels = tuple(dict.fromkeys(levels))
    if wanted.level not in levels:
        raise Refusal(f"没有“{wanted.level}”这一审签环节", f"可以写：{'、'.join(levels)}。")
    if wanted.until_on < wanted.from_on:
        raise Refusal(f"止于{wanted.until_on}，早于起始的{wanted.from_on}", "请核对起止日期。")
    if wanted.substitute == wanted.absent:
        raise Refusal(f"代签人和本人都是{wanted.absent}", "请写另一位代签人。")
    for one in known:
        if one.agency != wanted.agency or one.ended_on is not None or not _overlap(one, wanted):
            continue
        if (one.level, one.absent) == (wanted.level, wanted.absent):
            raise Refusal(
                f"{one.absent}{one.span}已由{one.substitute}代签（第{one.no}号）", "需要更换的，请先撤销原来的代签。"
            )
        if one.absent == wanted.substitute:
            raise Refusal(f"{one.absent}{one.span}也不在，已由{one.substitute}代签", "请委托在岗的人代签。")


def _overlap(one: Substitution, other: Substitution) -> bool:
    return one.from_on <= other.until_on and other.from_on <= one.until_on


def stands_in(
    known: Sequence[Substitution], *, agency: str | None, level: str, name: str, today: date
) -> Substitution | None:
    """Under which substitution this person signs this level today; None when he signs in his own right.

    Raises: Refusal when he is known as a substitute for this level and today is outside the dates.
    """
    own = [one for one in known if (one.agency, one.level, one.substitute) == (agency, level, name)]
    standing = [one for one in own if one.ended_on is None]
    found = next((one for one in standing if one.covers(today)), None)
    if found is None and standing:
        nearest = min(standing, key=lambda one: abs((one.from_on - today).days))
        raise Refusal(
            f"{name}代{nearest.absent}签“{level}”的期间是{nearest.span}，{today}不在其内",
            f"请由{nearest.absent}本人审签；仍需代签的，请先登记新的代签期间，不再代签的，请撤销登记。",
        )
    return found


def check_alone(
    given: Iterable[Signature], standing: Substitution | None, *, agency: str | None, name: str, level: str, pack: Pack
) -> None:
    """One person does not sign two levels of a version where either is for another, unless the pack allows it.

    Raises: Refusal naming the level he signed already.
    """
    if pack.approval.substitute_signs_several:
        return
    for one in given:
        if (one.agency, one.name) == (agency, name) and one.level != level and (standing or one.absent):
            raise Refusal(
                f"{name}已签过本稿的“{one.level}”，不能再{'代' if standing else ''}签“{level}”",
                "同一人不得在一稿上签两个环节，请由另一人审签。",
            )


def standing_in(case: Case, world: World, agency: str | None) -> tuple[Substitution, ...]:
    """Who signs today for an approver of this agency who is away, while the reply waits for signatures."""
    if case.stage not in {Stage.COUNTERSIGNING, Stage.APPROVING}:
        return ()
    return tuple(one for one in world.substitutions if one.agency == agency and one.covers(world.today))
