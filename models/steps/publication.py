"""Publication (公开)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import clocks
from models.evolving import replace
from models.rulings import Effect, Refusal, World
from models.values.case import Case
from models.values.reply import Publication
from models.vocabulary import ClockKind, PublicationMode, Publicity

if TYPE_CHECKING:
    from models import actions as a

REDONE: Final = "经重新办理，已作出新的答复，原答复由新的答复代替"
"""What the page says of a reply that took the place of a published one."""


def decide_publication(case: Case, action: a.DecidePublication, world: World) -> Effect:
    """Full, summary or none, with the ground and the reviewer's name (公开审查); may be looked at again."""
    if action.mode is not PublicationMode.FULL and not action.reason:
        raise Refusal(f"{action.mode}没有写明依据", "请在“依据”一栏写明理由和法律依据。")
    if action.mode is PublicationMode.SUMMARY and not action.summary:
        raise Refusal("摘要公开没有摘要", "请填写摘要。")
    decision = Publication(
        no=len(case.publications) + 1,
        mode=action.mode,
        decided_on=world.today,
        reviewer=action.by.name,
        reason=action.reason,
        summary=action.summary,
        readable="\n".join(action.readable) or None,
        hidden="\n".join(action.hidden) or None,
        correction_note=_note(case),
    )
    _must_be_new(case, decision)
    closed = action.mode is PublicationMode.NONE
    case = replace(
        case,
        publications=(*case.publications, decision),
        publicity=Publicity.NOT_PUBLIC if closed else Publicity.DECIDED,
    )
    if closed:
        case = clocks.stop(case, (ClockKind.PUBLICATION,), world)
    return Effect(case, f"{action.mode}{f'：{action.reason}' if action.reason else ''}")


def _note(case: Case) -> str | None:
    """What a page that is due again will say, whatever is decided about it meanwhile."""
    return case.publications[-1].correction_note if case.publicity is Publicity.DECIDED and case.publications else None


def _must_be_new(case: Case, decision: Publication) -> None:
    """Until the page is up a decision may be corrected; twice the same is most likely two people at once."""
    if case.publicity not in {Publicity.PUBLISHED, Publicity.DECIDED} or not case.publications:
        return
    latest = case.publications[-1]
    same = all(getattr(latest, name) == getattr(decision, name) for name in _DECIDED)
    if same or case.publicity is Publicity.PUBLISHED:
        raise Refusal(f"已确定{latest.mode}", "需要更改的，请先撤回公开。")


_DECIDED = ("mode", "reason", "summary", "readable", "hidden")


def publish(case: Case, action: a.Publish, world: World) -> Effect:
    """The page is up and reads as signed (公开)."""
    _must_be(case, Publicity.DECIDED)
    first = next((one.published_on for one in case.publications if one.published_on and not one.taken_down_on), None)
    published = replace(
        case.publications[-1],
        published_on=first or world.today,
        corrected_on=world.today if first else None,
        path=action.path,
        page_sha256=action.page_sha256,
    )
    case = replace(case, publications=(*case.publications[:-1], published), publicity=Publicity.PUBLISHED)
    said = "网页已更正" if first else "网页已公开"
    return Effect(case, f"{said}，与签发文本核对一致", facts={"path": action.path})


def take_down(case: Case, action: a.TakeDown, world: World) -> Effect:
    """The page is withdrawn; a note stays (撤回公开)."""
    _must_be(case, Publicity.PUBLISHED)
    down = replace(case.publications[-1], taken_down_on=world.today, note=action.reason)
    case = replace(case, publications=(*case.publications[:-1], down), publicity=Publicity.TAKEN_DOWN)
    return Effect(case, f"撤回公开：{action.reason}")


def _must_be(case: Case, publicity: Publicity) -> None:
    if case.publicity is not publicity:
        raise Refusal(f"本件公开状态是“{case.publicity}”", f"只有“{publicity}”的件可以这样办。")


def page_follows(case: Case, note: str, world: World) -> Case:
    """A published page is due again with this note; the days for it count from today."""
    case = due_again(case, note)
    if case.publicity is Publicity.DECIDED:
        case = clocks.stop(case, (ClockKind.PUBLICATION,), world)
        case = clocks.start(case, (ClockKind.PUBLICATION,), world)
    return case


def due_again(case: Case, note: str) -> Case:
    """A published page waits for its newer words, and will say why they are newer."""
    if case.publicity is not Publicity.PUBLISHED:
        return case
    latest = replace(case.publications[-1], correction_note=note)
    return replace(case, publications=(*case.publications[:-1], latest), publicity=Publicity.DECIDED)
