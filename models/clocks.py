"""Starting, stopping and re-deriving a case's deadlines. Dates themselves come from `models/deadlines.py`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from models import deadlines
from models.deadline_words import full
from models.errors import Fault, PolicyError
from models.evolving import replace
from models.policy import ClockRule
from models.rulings import Refusal, World
from models.values.case import Case
from models.values.handling import Assignment, Clock, Pause
from models.vocabulary import ClockKind, HandlingRole, ProposalKind, Publicity, StartEvent

MANUAL: Final = "manual"
"""The rule of a clock whose date a person set."""

OF_A_PART: Final = frozenset(
    {ClockKind.OBJECTION, ClockKind.FIRST_CONTACT, ClockKind.CO_OPINION, ClockKind.CO_OPINION_REDO}
)
"""Kinds that belong to one agency's part; the rest belong to the case."""

LONGEST_YEARS: Final = 30
"""A date a person fixes lies at most so many years ahead; longer plans are not replies."""

OF_THE_OFFICE: Final = frozenset(
    {ClockKind.ACCEPTANCE, ClockKind.ASSIGNMENT, ClockKind.REASSIGNMENT, ClockKind.PUBLICATION}
)
"""Kinds that bind the supervising office itself."""

_ROLES: Final = {
    ClockKind.FIRST_CONTACT: frozenset({HandlingRole.LEAD, HandlingRole.SOLE, HandlingRole.SEPARATE}),
    ClockKind.CO_OPINION: frozenset({HandlingRole.CO_HANDLER}),
    ClockKind.CO_OPINION_REDO: frozenset({HandlingRole.CO_HANDLER}),
}


def rule_of(case: Case, kind: ClockKind, world: World, *, role: HandlingRole | None = None) -> ClockRule | None:
    """The case's rule for a kind of deadline, or None where no source gives one."""
    return world.pack(case).clock(kind, track=case.track, in_recess=case.in_recess, role=role)


def start(
    case: Case,
    kinds: Collection[ClockKind],
    world: World,
    *,
    part: Assignment | None = None,
    from_on: date | None = None,
) -> Case:
    """Start each kind for which the pack has a rule, from today or, where the rule says so, the session's close;
    `from_on` where what starts it lies on another day.

    A 建议案 is answered as a document: the terms for proposals are not its own. What is not to be public has no term
    for publication.
    """
    role = part.role if part else None
    for kind in kinds:
        if kind is not ClockKind.PUBLICATION and case.kind is ProposalKind.RECOMMENDATION:
            continue
        if kind is ClockKind.PUBLICATION and case.publicity is Publicity.NOT_PUBLIC:
            continue
        if part is not None and part.role not in _ROLES.get(kind, frozenset(HandlingRole)):
            continue
        rule = rule_of(case, kind, world, role=role)
        if rule is None:
            continue
        case = _add(case, kind, rule, from_on or _start_day(case, rule, world), world, part=part)
    return case


def _start_day(case: Case, rule: ClockRule, world: World) -> date:
    if rule.start is not StartEvent.SESSION_CLOSED or case.session_closed_on is None:
        return world.today
    return max(case.session_closed_on, case.received_on) if case.in_recess else case.session_closed_on


def start_report(case: Case, event: StartEvent, world: World, *, from_on: date | None = None) -> Case:
    """Start the place's regular report (定期报告) at the event its rule counts from, or go on to the next one's
    while it is owed: on the handling until the reply, on promises while one is open. One runs at a time.
    """
    rule = rule_of(case, ClockKind.REPORT, world)
    if rule is None or any(clock.runs and clock.kind is ClockKind.REPORT for clock in case.clocks):
        return case
    if event is StartEvent.LAST_REPORT:
        owed = case.replied_on is None if rule.start is StartEvent.ASSIGNED else bool(case.open_promises)
        rule = rule.model_copy(update={"start": event})
    else:
        owed = rule.start is event and case.kind is not ProposalKind.RECOMMENDATION
    return _add(case, ClockKind.REPORT, rule, from_on or world.today, world, part=None) if owed else case


def end_report(case: Case, event: StartEvent, world: World) -> Case:
    """Nothing of what the place's regular report counts from is owed any more."""
    rule = rule_of(case, ClockKind.REPORT, world)
    return stop(case, (ClockKind.REPORT,), world) if rule is not None and rule.start is event else case


def is_manual(clock: Clock) -> bool:
    """Whether a person fixed the date."""
    return clock.rule.startswith(MANUAL)


def promise_rule(promise_no: int) -> str:
    """The rule of a promise's clock, which names the promise."""
    return f"{MANUAL}.promise.{promise_no}"


def start_manual(case: Case, kind: ClockKind, due_on: date, world: World, *, rule: str = MANUAL) -> Case:
    """Start a clock whose end a person fixed. Raises: Refusal for a year nobody can mean."""
    if due_on.year > world.today.year + LONGEST_YEARS:
        raise Refusal(f"指定的日期{full(due_on)}太远", f"请核对年份，最多{LONGEST_YEARS}年以后。")
    clock = Clock(
        no=len(case.clocks) + 1,
        kind=kind,
        assignment_no=None,
        rule=rule,
        start_event=StartEvent.FIXED,
        started_on=world.today,
        due_on=due_on,
        original_on=due_on,
        provisional=world.calendar.is_provisional(due_on),
    )
    return _with(case, _with_rung(clock, case, world))


def _add(case: Case, kind: ClockKind, rule: ClockRule, from_on: date, world: World, *, part: Assignment | None) -> Case:
    due = deadlines.due(rule, from_on, calendar=world.calendar)
    clock = Clock(
        no=len(case.clocks) + 1,
        kind=kind,
        assignment_no=part.no if part else None,
        rule=rule.rule_id,
        start_event=rule.start,
        started_on=from_on,
        due_on=due.due_on,
        original_on=due.original_on,
        provisional=due.provisional,
    )
    return _with(case, _with_rung(clock, case, world))


def stop(case: Case, kinds: Collection[ClockKind], world: World, *, part: Assignment | None = None) -> Case:
    """Stop what runs of these kinds: of one part where `part` is given, of the whole case otherwise."""
    ends = {
        clock.no
        for clock in case.clocks
        if clock.kind in kinds and clock.runs and (part is None or clock.assignment_no in {None, part.no})
    }
    return _stopped(case, ends, world) if ends else case


def resume(case: Case, kind: ClockKind, world: World, *, reason: str) -> Case:
    """Let the last stopped clock of a kind go on as one that only stood still (中止) since the day it was stopped."""
    stopped = [clock for clock in case.clocks if clock.kind is kind and clock.stopped_on is not None]
    if not stopped:
        return case
    pause = Pause(
        no=len(case.pauses) + 1,
        clock_no=stopped[-1].no,
        from_on=max(stopped[-1].stopped_on or world.today, stopped[-1].started_on),
        until_on=max(world.today, stopped[-1].started_on),
        reason=reason,
    )
    case = replace(case, pauses=(*case.pauses, pause))
    return rederive(case, replace(stopped[-1], stopped_on=None), world)


def stop_rule(case: Case, rule: str, world: World) -> Case:
    """Stop the running clock of one rule."""
    return _stopped(case, {clock.no for clock in case.clocks if clock.runs and clock.rule == rule}, world)


def _stopped(case: Case, numbers: Collection[int], world: World) -> Case:
    clocks = tuple(
        replace(clock, stopped_on=world.today, next_rung_on=None) if clock.no in numbers else clock
        for clock in case.clocks
    )
    return replace(case, clocks=clocks)


def supersede(case: Case, part: Assignment) -> Case:
    """End the clocks of a part that went back; the case's own clocks go on (the proposer's view)."""
    clocks = tuple(
        replace(clock, superseded=True, next_rung_on=None) if clock.runs and clock.assignment_no == part.no else clock
        for clock in case.clocks
    )
    return replace(case, clocks=clocks)


def restart_on_receipt(case: Case, part: Assignment, world: World) -> Case:
    """Count again from today what a rule counts from receipt: until signing for, the day of assignment stood in."""
    first_lead = next((other for other in case.assignments if other.leads), None)
    own = {part.no, None} if first_lead is not None and first_lead.no == part.no else {part.no}
    for clock in case.clocks:
        if clock.runs and clock.start_event is StartEvent.RECEIVED and clock.assignment_no in own:
            case = rederive(case, replace(clock, started_on=world.today), world)
    return case


def rederive(case: Case, clock: Clock, world: World) -> Case:
    """Work the date out again from what is recorded: start, pauses, granted extensions, today's calendar and pack."""
    if is_manual(clock):
        provisional = world.calendar.is_provisional(clock.due_on)
        return _with(case, _with_rung(replace(clock, provisional=provisional), case, world))
    due = derive(case, clock, world)
    derived = replace(clock, due_on=due.due_on, original_on=due.original_on, provisional=due.provisional)
    return _with(case, _with_rung(derived, case, world))


def derive(case: Case, clock: Clock, world: World) -> deadlines.DueDate:
    """A clock's date with the steps that led to it. Raises: PolicyError, InputError where there is none."""
    part = next((part for part in case.assignments if part.no == clock.assignment_no), None)
    rule = rule_of(case, clock.kind, world, role=part.role if part else None)
    if rule is None:
        what = f"规则包 {case.pack} 不再规定“{clock.kind}”的时限"
        raise PolicyError(Fault(case.ref, what, "请补上这一条，或停办前改回原来的规则。"))
    if clock.start_event is StartEvent.LAST_REPORT:
        rule = rule.model_copy(update={"start": clock.start_event})
    return deadlines.due(
        rule,
        clock.started_on,
        calendar=world.calendar,
        pauses=tuple(
            deadlines.Pause(from_on=pause.from_on, until_on=pause.until_on, reason=pause.reason)
            for pause in case.pauses
            if pause.clock_no == clock.no
        ),
        extensions=tuple(
            deadlines.Extension(
                length=extension.length,
                unit=extension.unit,
                added=_adds(rule),
                granted_on=extension.granted_on,
                consented_by=extension.consented_by,
                reason=extension.reason,
            )
            for extension in case.extensions
            if extension.clock_no == clock.no and extension.granted_on is not None
        ),
        today=max(world.today, clock.started_on),  # a session that closes later starts its clocks ahead of time
    )


def waits(case: Case, clock: Clock) -> bool:
    """Whether the clock stands still now; its date is worked out when it goes on."""
    return any(pause.clock_no == clock.no and pause.until_on is None for pause in case.pauses)


def holders(case: Case, clock: Clock) -> tuple[str, ...]:
    """The agencies a clock binds: its part's, or the leads for one of the whole case; none for the office's own."""
    if clock.kind in OF_THE_OFFICE or clock.kind is ClockKind.FEEDBACK:
        return ()
    if clock.assignment_no is not None:
        return tuple(part.agency for part in case.open_assignments if part.no == clock.assignment_no)
    return tuple(part.agency for part in case.open_assignments if part.leads)


def reply_clock(case: Case, part: Assignment | None = None) -> Clock | None:
    """The reply's running deadline: the agency's own after a re-assignment, else the case's."""
    running = [clock for clock in case.clocks if clock.runs and clock.kind in {ClockKind.REPLY, ClockKind.REDO}]
    own = [clock for clock in running if part is not None and clock.assignment_no == part.no]
    found = own or running
    return found[-1] if found else None


def _adds(rule: ClockRule) -> bool:
    return rule.extension is not None and rule.extension.added_length is not None


def _with(case: Case, clock: Clock) -> Case:
    """The case with this clock put in by its number."""
    if clock.no > len(case.clocks):
        return replace(case, clocks=(*case.clocks, clock))
    return replace(case, clocks=tuple(clock if other.no == clock.no else other for other in case.clocks))


def _with_rung(clock: Clock, case: Case, world: World) -> Clock:
    """Note the day of the clock's next reminder, so that a sweep finds it without looking at the rest.

    A clock that was stopped, or waits for an answer, reminds nobody.
    """
    if waits(case, clock) or not clock.runs:
        return replace(clock, next_rung_on=None)
    ladder = world.pack(case).reminder_ladder
    # A reminder that is due and that no sweep has said yet must not be passed over.
    unsaid_on = world.today if clock.next_rung_on is None else clock.next_rung_on - timedelta(days=1)
    after = min(world.today, unsaid_on)
    rung_on = deadlines.next_rung_on(ladder, clock.due_on, after, calendar=world.calendar)
    return replace(clock, next_rung_on=rung_on)
