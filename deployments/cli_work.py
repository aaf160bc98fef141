"""Looking at the work (看件): `next`, `show`, `explain`.

What needs the database is imported where it is used: loading SQLAlchemy takes longer than all the rest of a command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, emit, say, show_table, told
from deployments.cli_office import look
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from tasks.case_file import CaseFile, Reasons
    from tasks.worklist import Due, WorkItem

LIGHTS: Final = {"绿": "green", "黄": "yellow", "红": "bold red"}
SHOWN_ACTIONS: Final = 3
"""Actions named in a row of `next`; the rest is a sign."""

CaseRef = Annotated[str, typer.Argument(help="案号；不唯一时写全：市政协六届二次会议/2023128。", metavar="案号")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "待办：哪件在等谁、到哪天、能办什么，按期限排列。"
    app.command("next", **told(about, "banli next", "banli next --agency 民政局 --overdue"))(next_up)
    app.command("show", **told("看一件的全部经过。", "banli show 2023128"))(show)
    app.command("explain", **told("说明一件的每个期限是怎样算出来的。", "banli explain 2023128"))(explain)


def next_up(
    agency: Annotated[str | None, typer.Option(help="只看等这个单位办的。")] = None,
    mine: Annotated[str | None, typer.Option(help="只看等谁办的：督办、单位、提案人。")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只看逾期的。")] = False,
    limit: Annotated[int, typer.Option(help="最多列几件；0 为全部。", min=0)] = 30,
    *,
    as_json: AsJson = False,
) -> None:
    """What waits for whom, by when."""
    from tasks.clock import today
    from tasks.notices_listing import troubles
    from tasks.worklist import worklist

    held_by = _holder(mine) if mine else None
    with look() as connection:
        if agency:
            from tasks.acting import check_agency

            check_agency(agency, "--agency", connection)
        day = today()
        items, more = worklist(connection, day, agency=agency, held_by=held_by, overdue=overdue, limit=limit)
        trouble = troubles(connection)
    if as_json:
        emit({"today": day, "items": items, "more": more, "notices": trouble})
        return
    if items:
        titles = ("案号", "案由", "阶段", "等谁办", "期限", "还有", "可办理")
        show_table(titles, [_row(item) for item in items])
        say(f"共 {len(items)} 件。" if not more else f"只列出前 {len(items)} 件；全部列出请加 --limit 0。")
    else:
        say("没有逾期的件。" if overdue else "没有待办的件。")
    if str(trouble) and not agency:
        say(str(trouble))


def _holder(word: str) -> Any:
    from tasks.worklist import Holder

    if word not in set(Holder):
        raise InputError(Fault("--mine", f"不认识的“{word}”", f"可以写：{'、'.join(Holder)}。"))
    return Holder(word)


def check_stages(words: Sequence[str]) -> list[Any]:
    """The stages of these words. Raises: InputError with the nearest one."""
    from models.vocabulary import Stage

    known = [stage.value for stage in Stage]
    for word in words:
        if word not in known:
            near = get_close_matches(word, known, n=1, cutoff=0.4)
            hint = f"是不是“{near[0]}”？" if near else ""
            raise InputError(Fault("--stage", f"没有阶段“{word}”", f"{hint}可以写：{'、'.join(known)}。"))
    return [Stage(word) for word in words]


def _row(item: WorkItem) -> tuple[Any, ...]:
    due = _due_cells(item.due)
    actions = "、".join(item.actions[:SHOWN_ACTIONS]) + ("…" if len(item.actions) > SHOWN_ACTIONS else "")
    return item.case, item.title, item.stage.value, "、".join(item.holders), *due, actions


def _due_cells(due: Due | None) -> tuple[Any, Any]:
    if due is None:
        return "", ""
    day = f"{due.kind} {due.due_on}{'（暂定）' if due.provisional else ''}"
    return day, (due.words, LIGHTS[due.light.value])


def show(case: CaseRef, *, as_json: AsJson = False) -> None:
    """A case's timeline."""
    from tasks.case_file import case_file
    from tasks.clock import today

    with look() as connection:
        found = case_file(connection, case, today())
    if as_json:
        emit(_document(found))
        return
    _print_head(found)
    for caption, titles, rows in _sections(found):
        if rows:
            show_table(titles, rows, caption=caption)


def _document(found: CaseFile) -> dict[str, Any]:
    case = found.case
    clocks = [{"agency": found.agency_of(one), "clock": one, "due": found.dues.get(one.no)} for one in case.clocks]
    return {
        "ref": case.ref,
        "holders": found.holders,
        "actions": found.actions,
        "case": case,
        "clocks": clocks,
        "history": found.entries,
        "notices": found.notices,
    }


def _print_head(found: CaseFile) -> None:
    case = found.case
    say(f"{case.ref}  {case.kind}《{case.title}》")
    say(f"阶段：{case.stage}    公开：{case.publicity}    等谁办：{'、'.join(found.holders) or '—'}")
    say(f"提案人：{'、'.join(one.name for one in case.proposers)}    收件：{case.received_on}    规则包：{case.pack}")
    merged = "、".join(one.ref for one in case.merged)
    for word, text in (("并入本件", merged), ("理由", case.reason), ("去向", case.destination)):
        if text:
            say(f"{word}：{text}")
    if found.actions:
        say(f"现在可办理：{'、'.join(found.actions)}")


def _sections(found: CaseFile) -> Iterator[tuple[str, tuple[str, ...], list[Any]]]:
    from notifications.rendering import zh_time

    case = found.case
    parts = [(one.agency, one.role, one.status, one.assigned_on, one.signed_on, one.reason) for one in case.assignments]
    yield "承办", ("单位", "方式", "状态", "交办", "签收", "理由"), parts
    clocks = [(one.kind, found.agency_of(one), one.started_on, *_clock_cells(found, one)) for one in case.clocks]
    yield "期限", ("时限", "单位", "起算", "期限", "情况"), clocks
    entries = [(one.seq, one.on, one.action, one.who, one.summary) for one in found.entries]
    yield "经过", ("序", "日期", "动作", "经办", "摘要"), entries
    letters = [(one.name, one.number, one.document_number, one.result_class, one.sent_on) for one in case.letters]
    yield "答复函", ("收函人", "案号", "文号", "类别", "发出"), letters
    promises = [(one.no, one.text, one.due_on, one.agency, one.status) for one in case.promised]
    yield "承诺事项", ("序", "内容", "兑现日期", "单位", "状态"), promises
    notices = [(one.kind, one.recipient, one.status.value, zh_time(one.sent_at), one.error) for one in found.notices]
    yield "通知", ("通知", "收件人", "状态", "发出", "说明"), notices


def _clock_cells(found: CaseFile, one: Any) -> tuple[Any, Any]:
    due = found.dues.get(one.no)
    day = f"{one.due_on}{'（暂定）' if one.provisional else ''}"
    if due is None:
        return day, f"{one.stopped_on}办结" if one.stopped_on else "已由新的期限代替"
    return day, (due.words, LIGHTS[due.light.value])


def explain(case: CaseRef, *, as_json: AsJson = False) -> None:
    """How each date came about."""
    from tasks.case_file import reasons_of
    from tasks.clock import today

    with look() as connection:
        found, reasons = reasons_of(connection, case, today())
    if as_json:
        emit({"ref": found.ref, "clocks": reasons})
        return
    say(f"{found.ref}《{found.title}》")
    if not reasons:
        say("本件没有期限。")
    for one in reasons:
        _print_reasons(one)


def _print_reasons(one: Reasons) -> None:
    clock = one.clock
    state = one.due.words if one.due else f"{clock.stopped_on}停止" if clock.stopped_on else "已由新的期限代替"
    whose = f"（{one.agency}）" if one.agency else ""
    say("", f"{clock.kind}{whose}：{clock.due_on}{'（暂定）' if clock.provisional else ''}，{state}")
    for number, step in enumerate(one.steps, start=1):
        say(f"  {number}. {step}")
