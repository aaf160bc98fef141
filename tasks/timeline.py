"""A case's life on one page (经过), in Markdown: where it stands, its deadlines explained, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine

from tasks.case_file import CaseFile, Reasons, case_file, reasons_of
from tasks.database import reading


def timeline(engine: Engine, ref: str, today: date) -> tuple[CaseFile, str]:
    """The case and its page; no contact data. Raises: InputError when the case is not found."""
    with reading(engine) as connection:
        found = case_file(connection, ref, today)
        _, reasons = reasons_of(connection, ref, today)
    return found, "\n".join(_page(found, reasons))


def _page(found: CaseFile, reasons: Sequence[Reasons]) -> Iterator[str]:
    case = found.case
    yield f"# {case.number} {escaped(case.title)}\n"
    yield f"{case.session}　{case.kind}　**{case.stage}**　等谁办：{'、'.join(found.holders) or '—'}\n"
    if found.actions:
        yield f"现在可办理：{'、'.join(found.actions)}\n"
    parts = ((one.agency, one.role, one.status, one.assigned_on, one.signed_on) for one in case.assignments)
    yield from _table("承办", ("单位", "方式", "状态", "交办", "签收"), parts)
    yield "## 期限\n"
    for one in reasons:
        yield from _clock(one)
    entries = ((one.seq, one.on, one.action, one.who, one.summary) for one in found.entries)
    yield from _table("经过", ("序", "日期", "动作", "经办", "摘要"), entries)


def _clock(one: Reasons) -> Iterator[str]:
    state = one.due.words if one.due else f"{one.clock.stopped_on}停止" if one.clock.stopped_on else "已由新的期限代替"
    whose = f"（{one.agency}）" if one.agency else ""
    yield f"**{one.clock.kind}{whose}：{one.clock.due_on}{'（暂定）' if one.clock.provisional else ''}，{state}**\n"
    yield from (f"{number}. {step}" for number, step in enumerate(one.steps, start=1))
    yield ""


def _table(caption: str, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"## {caption}\n"
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(escaped('' if cell is None else str(cell)) for cell in row)} |"
    yield ""


def escaped(text: str) -> str:
    """A text that stays within its cell and is not taken for Markdown."""
    flat = " ".join(text.split())
    return "".join(f"\\{char}" if char in r"\`*_[]<>|#" else char for char in flat)
