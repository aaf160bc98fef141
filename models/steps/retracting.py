"""Taking back what was entered by mistake (撤回): the record stays and says so; who was told is told again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from models import clocks
from models.evolving import replace
from models.permissions import AGENCY_ROLES
from models.rulings import Effect, Refusal, World
from models.steps.assignment import put
from models.steps.handling import go_on
from models.values.case import Case
from models.values.handling import Assignment, Contact
from models.vocabulary import AssignmentStatus, ClockKind, Retractable

if TYPE_CHECKING:
    from models import actions as a


def retractable(case: Case, agency: str | None) -> tuple[Retractable, ...]:
    """What an agency may take back now: nobody has acted on it yet. The office may do so for the lead."""
    part = _part(case, agency)
    return tuple(what for what, holds in _OPEN.items() if part is not None and holds(case, part))


def retract(case: Case, action: a.Retract, world: World) -> Effect:
    """One entry is taken back, as an entry of its own (撤回)."""
    if action.by.agency is None and action.by.role in AGENCY_ROLES:
        raise Refusal("没有写明是哪个承办单位", "请填写经办人的单位。")
    part = _part(case, action.by.agency)
    if part is None:
        raise Refusal(f"{action.by.agency or '督办单位'}没有承办本件", "请由登记的单位撤回。")
    if not _OPEN[action.what](case, part):
        raise Refusal(
            f"没有可以撤回的{action.what}", "只有本单位登记、对方还没有办理的才能撤回；已经办理的，请联系对方。"
        )
    after = _UNDO[action.what](case, part, world)
    facts = {"what": action.what.value, "agency": part.agency, "reason": action.reason or ""}
    said = f"：{action.reason}" if action.reason else ""
    return Effect(after, f"{part.agency}撤回{action.what}{said}", part=part, facts=facts)


def _part(case: Case, agency: str | None) -> Assignment | None:
    parts = case.open_assignments if agency else (part for part in case.open_assignments if part.leads)
    return next((part for part in parts if agency in {None, part.agency}), None)


def _own_talk(case: Case, part: Assignment) -> Contact | None:
    """The agency's newest talk on record, entered since the last reply."""
    own = [one for one in case.talks if one.way is not None and one.by_name.startswith(part.agency)]
    return own[-1] if own and not (case.replied_on and own[-1].on <= case.replied_on) else None


def _undo_talk(case: Case, part: Assignment, world: World) -> Case:
    wrong = _own_talk(case, part)
    contacts = tuple(replace(one, voided_on=world.today) if one is wrong else one for one in case.contacts)
    case = replace(case, contacts=contacts)
    heard = any(one.way is None or one.by_name.startswith(part.agency) for one in case.talks)
    return case if heard or not part.leads else _reopen(case, ClockKind.FIRST_CONTACT, world, part=part)


def _undo_question(case: Case, _part: Assignment, world: World) -> Case:
    return go_on(case, world)


def _undo_return(case: Case, part: Assignment, world: World) -> Case:
    status = AssignmentStatus.SIGNED if part.signed_on else AssignmentStatus.ASSIGNED
    kept = replace(part, status=status, reason=None, suggested_agency=None)
    case = clocks.stop(put(case, kept), (ClockKind.REASSIGNMENT,), world, part=kept)
    return _reopen(case, ClockKind.OBJECTION, world, part=kept)


def _reopen(case: Case, kind: ClockKind, world: World, *, part: Assignment) -> Case:
    """The part's last clock of this kind runs on as if it had not been stopped."""
    stopped = [
        one for one in case.clocks if one.kind is kind and one.stopped_on and one.assignment_no in {None, part.no}
    ]
    if not stopped or any(one.runs and one.kind is kind and one.assignment_no == part.no for one in case.clocks):
        return case
    return clocks.rederive(case, replace(stopped[-1], stopped_on=None), world)


_OPEN: Final[Mapping[Retractable, Callable[[Case, Assignment], bool]]] = {
    Retractable.TALK: lambda case, part: _own_talk(case, part) is not None,
    Retractable.QUESTION: lambda case, part: part.leads and case.asked_on is not None,
    Retractable.RETURN: lambda _case, part: part.status is AssignmentStatus.RETURN_REQUESTED,
}
_UNDO: Final[Mapping[Retractable, Callable[[Case, Assignment, World], Case]]] = {
    Retractable.TALK: _undo_talk,
    Retractable.QUESTION: _undo_question,
    Retractable.RETURN: _undo_return,
}
