"""Following up what was promised, regular reports, and the end of a case (跟踪、定期报告、办结、归档)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models import clocks
from models.permissions import lead_part
from models.rulings import Effect, Refusal, World
from models.steps.feedback import settled_stage
from models.values.case import Case
from models.vocabulary import ClockKind, PromiseStatus, Publicity, Stage, StartEvent

if TYPE_CHECKING:
    from models import actions as a


def follow_promises(case: Case, world: World) -> Case:
    """From the reply on, each dated promise in force has a clock of its own, and all of them together the place's
    regular report; what a newer letter took the place of is not waited for any more.
    """
    for clock in case.clocks:
        if clock.runs and clock.kind is ClockKind.PROMISE and clock.rule not in _rules(case):
            case = clocks.stop_rule(case, clock.rule, world)
    followed = {clock.rule for clock in case.clocks if clock.kind is ClockKind.PROMISE}
    for promise in case.promised:
        rule = clocks.promise_rule(promise.no)
        if promise.due_on is not None and promise.status is PromiseStatus.OPEN and rule not in followed:
            case = clocks.start_manual(case, ClockKind.PROMISE, promise.due_on, world, rule=rule)
    return clocks.start_report(case, StartEvent.PROMISED, world) if case.open_promises else case


def _rules(case: Case) -> set[str]:
    return {clocks.promise_rule(promise.no) for promise in case.promised}


def report_promise(case: Case, action: a.ReportPromise, world: World) -> Effect:
    """What became of a promise (承诺进展)."""
    promise = next((one for one in case.promised if one.no == action.promise), None)
    if promise is None:
        known = "、".join(f"第{one.no}项" for one in case.promised)
        raise Refusal(f"没有第{action.promise}项承诺", f"本件的承诺：{known or '没有'}。")
    if action.by.agency is not None and action.by.agency != promise.agency:
        raise Refusal(f"第{promise.no}项承诺由{promise.agency}负责", "请由负责单位报告。")
    if promise.status is PromiseStatus.KEPT:
        raise Refusal(f"第{promise.no}项承诺已经兑现", "不需要再次报告。")
    told = replace(promise, status=action.status, reported_on=world.today, evidence=action.evidence)
    if action.attachment is not None:
        told = replace(told, file_name=action.attachment.name, file_sha256=action.attachment.sha256)
    case = replace(case, promises=tuple(told if one.no == told.no else one for one in case.promises))
    if told.status is not PromiseStatus.OPEN:
        case = clocks.stop_rule(case, clocks.promise_rule(promise.no), world)
    if not case.open_promises:
        case = clocks.stop(case, (ClockKind.REPORT,), world)
    if case.stage is Stage.TRACKING:
        case = replace(case, stage=settled_stage(case))
    return Effect(case, f"第{promise.no}项承诺{action.status}", facts={"promise": promise.text})


def report_progress(case: Case, action: a.ReportProgress, world: World) -> Effect:
    """The place's regular report (定期报告): on the handling until the reply, on what was promised after it.

    The next one falls due on the same day of the year behind the one reported for, while anything is still owed.
    """
    part = lead_part(case, action)
    clock = next((one for one in case.clocks if one.runs and one.kind is ClockKind.REPORT), None)
    if clock is None:
        raise Refusal("本件没有待报的定期报告", "承诺事项的进展，请用“承诺进展”逐项报告。")
    case = clocks.stop(case, (ClockKind.REPORT,), world)
    case = clocks.start_report(case, StartEvent.LAST_REPORT, world, from_on=max(clock.due_on, world.today))
    facts = {"agency": part.agency, "text": action.text}
    return Effect(case, f"{part.agency}报告{'承诺事项进展' if case.replied_on else '办理情况'}", part=part, facts=facts)


def close(case: Case, action: a.Close, world: World) -> Effect:
    """Nothing is owed any more (办结)."""
    if case.publicity in {Publicity.UNDECIDED, Publicity.DECIDED}:
        raise Refusal(f"公开还没有办完（{case.publicity}）", "请先作公开审查；不公开的写明依据。")
    if case.open_promises:
        raise Refusal(f"还有{len(case.open_promises)}项承诺未到期", "请先报告承诺进展。")
    return Effect(case, "各项已办完，予以办结")


def archive(case: Case, action: a.Archive, world: World) -> Effect:
    """Put away (归档)."""
    return Effect(case, "已归档")
