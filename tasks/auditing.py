"""Does anything stand in the records that must never be? (审计): behind `banli audit`. Nothing is changed.

One table: what must hold, how the database is asked for whatever breaks it, and what to do then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from models import schema
from models.rederiving import moved, rederived
from tasks import audit_rules as rules
from tasks import audit_site as site
from tasks.case_names import names_of
from tasks.database import reading
from tasks.history_reading import verify_history
from tasks.rederiving import running_cases
from tasks.world import calendar


@dataclass(frozen=True, slots=True)
class Scene:
    """What an audit looks at."""

    engine: Engine
    folder: Path
    """The public site."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be: by which rule, in which case, what, and what to do."""

    rule: str
    case: str
    """Empty where it is of no one case."""
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit looked at and found."""

    cases: int
    entries: int
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold. A rule that reads cases as values waits until all their words are known."""

    name: str
    find: Callable[[Connection, Scene], Iterable[rules.Found]]
    remedy: str
    reads_cases: bool = False


def _chains(_connection: Connection, scene: Scene) -> Iterator[rules.Found]:
    for one in verify_history(scene.engine).breaks:
        yield one.case_id, f"第{one.seq}条记录：{one.what}"


def _clocks(_connection: Connection, scene: Scene) -> Iterator[rules.Found]:
    """Every running clock's date comes out of the rules and the calendar in force."""
    for cases, world in running_cases(scene.engine):
        for case in cases:
            after, unclear = rederived(case, world)
            for one in unclear:
                yield case.id, f"“{one.clock}”的期限说不清：{one.why.rstrip('。')}"
            for change in moved(case, after, world):
                differs = f"登记为{change.before_on}，按现行规则应为{change.after_on}"
                marked = "是否暂定与现行日历不符"
                yield case.id, f"“{change.clock}”{differs if change.before_on != change.after_on else marked}"


_BACKUP: Final = "请与最近的备份核对（banli restore），查清是谁改了数据库。"
_RESEND: Final = "请用 banli notices --failed 和运行日志查清，必要时电话告知。"
_REBUILD: Final = "请先撤下这一页，再运行“公开”重写；重写后仍然不符，与备份核对。"

# fmt: off
RULES: Final[tuple[Rule, ...]] = (
    Rule("用词", lambda c, _: rules.words(c), "请用最新版本的 banli；仍然不认识的，与备份核对。"),
    Rule("记录校验", _chains, _BACKUP, reads_cases=True),
    Rule("阶段有据", lambda c, _: rules.stages(c), _BACKUP),
    Rule("流程", lambda c, _: rules.steps(c), _BACKUP),
    Rule("防重标识", lambda c, _: rules.keys(c), _BACKUP),
    Rule("应发通知", lambda c, _: rules.told(c), "请电话告知收件人，并与备份核对。"),
    Rule("通知及时", lambda c, s: rules.late_notices(c, calendar(), s.at),
         "请检查 banli up 是否在运行；待发的通知在下一个办公时间自动发出。"),
    Rule("通知不重", lambda c, _: rules.twice(c), _RESEND),
    Rule("签字", lambda c, _: rules.signed(c), "请停止使用这份答复，与备份核对后重新送审。"),
    Rule("反馈放开", lambda c, _: rules.released(c), _BACKUP),
    Rule("期限有据", _clocks, "请在 Prefect 界面运行“重新计算期限”；规则缺失的，先补上。", reads_cases=True),
    Rule("公开一致", lambda c, s: site.pages(c, s.folder), _REBUILD, reads_cases=True),
    Rule("公开无联系方式", lambda c, s: site.contacts(c, s.folder), "请立即撤下这一页，改正答复后重新公开。"),
)
# fmt: on


def audit(scene: Scene, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Audit:
    """Look through everything by every rule; `progress` is told how many rules of how many are done.

    Raises: UnavailableError when the database cannot be read.
    """
    found: list[tuple[Rule, rules.Found]] = []
    with reading(scene.engine) as connection:
        for done, rule in enumerate(RULES):
            progress(done, len(RULES))
            if rule.reads_cases and any(of.name == RULES[0].name for of, _ in found):
                found.append((rule, (None, "有不认识的用词，这一项没有核对")))
            else:
                found += [(rule, one) for one in rule.find(connection, scene)]
        names = names_of(connection, [case_id for _, (case_id, _) in found if case_id is not None])
        counted = (select(func.count()).select_from(table) for table in (schema.CASES, schema.HISTORY))
        cases, entries = (connection.scalar(one) or 0 for one in counted)
    findings = tuple(Finding(rule.name, names.get(of or 0, ""), f"{what}。", rule.remedy) for rule, (of, what) in found)
    return Audit(cases, entries, tuple(rule.name for rule in RULES), findings)
