"""Publication, promises and the end of a case (公开、跟踪、办结、归档)."""

from __future__ import annotations

from dataclasses import replace

from models import actions as a
from models import clocks
from models.rulings import Effect, Refusal, World
from models.steps.feedback import settled_stage
from models.values import Case, Publication
from models.vocabulary import ClockKind, PromiseStatus, PublicationMode, Publicity, Stage


def decide_publication(case: Case, action: a.DecidePublication, world: World) -> Effect:
    """Full, summary or none, with the ground and the reviewer's name (公开审查); may be looked at again."""
    if case.publicity in {Publicity.PUBLISHED, Publicity.DECIDED} and case.publications:
        latest = case.publications[-1]
        raise Refusal(f"已确定{latest.mode}", "需要更改的，请先撤回公开。")
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
    )
    closed = action.mode is PublicationMode.NONE
    case = replace(
        case,
        publications=(*case.publications, decision),
        publicity=Publicity.NOT_PUBLIC if closed else Publicity.DECIDED,
    )
    if closed:
        case = clocks.stop(case, (ClockKind.PUBLICATION,), world)
    return Effect(case, f"{action.mode}{f':{action.reason}' if action.reason else ''}")


def publish(case: Case, action: a.Publish, world: World) -> Effect:
    """The page is up and reads as signed (公开)."""
    _must_be(case, Publicity.DECIDED)
    published = replace(
        case.publications[-1], published_on=world.today, path=action.path, page_sha256=action.page_sha256
    )
    case = replace(case, publications=(*case.publications[:-1], published), publicity=Publicity.PUBLISHED)
    return Effect(case, "网页已公开，与签发文本核对一致", facts={"path": action.path})


def take_down(case: Case, action: a.TakeDown, world: World) -> Effect:
    """The page is withdrawn; a note stays (撤回公开)."""
    _must_be(case, Publicity.PUBLISHED)
    down = replace(case.publications[-1], taken_down_on=world.today, note=action.reason)
    case = replace(case, publications=(*case.publications[:-1], down), publicity=Publicity.TAKEN_DOWN)
    return Effect(case, f"撤回公开：{action.reason}")


def _must_be(case: Case, publicity: Publicity) -> None:
    if case.publicity is not publicity:
        raise Refusal(f"本件公开状态是“{case.publicity}”", f"只有“{publicity}”的件可以这样办。")


def report_promise(case: Case, action: a.ReportPromise, world: World) -> Effect:
    """What became of a promise (承诺进展)."""
    promise = next((one for one in case.promises if one.no == action.promise), None)
    if promise is None:
        raise Refusal(f"没有第{action.promise}项承诺", f"本件共有{len(case.promises)}项承诺。")
    if action.by.agency is not None and action.by.agency != promise.agency:
        raise Refusal(f"第{promise.no}项承诺由{promise.agency}负责", "请由负责单位报告。")
    if promise.status is PromiseStatus.KEPT:
        raise Refusal(f"第{promise.no}项承诺已经兑现", "不需要再次报告。")
    told = replace(promise, status=action.status, reported_on=world.today, evidence=action.evidence)
    case = replace(case, promises=tuple(told if one.no == told.no else one for one in case.promises))
    if told.status is not PromiseStatus.OPEN:
        case = clocks.stop_rule(case, clocks.promise_rule(promise.no), world)
    if case.stage is Stage.TRACKING:
        case = replace(case, stage=settled_stage(case))
    return Effect(case, f"第{promise.no}项承诺{action.status}", facts={"promise": promise.text})


def close(case: Case, action: a.Close, world: World) -> Effect:
    """Nothing is owed any more (办结)."""
    if case.publicity in {Publicity.UNDECIDED, Publicity.DECIDED}:
        raise Refusal(f"公开还没有办完（{case.publicity}）", "请先作公开审查；不公开的写明依据。")
    still_open = [promise for promise in case.promises if promise.status is PromiseStatus.OPEN]
    if still_open:
        raise Refusal(f"还有{len(still_open)}项承诺未到期", "请先报告承诺进展。")
    return Effect(case, "各项已办完，予以办结")


def archive(case: Case, action: a.Archive, world: World) -> Effect:
    """Put away (归档)."""
    return Effect(case, "已归档")
