"""Is everything in order? (体检): behind `banli doctor`. Nothing is changed."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from jinja2 import TemplateError
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from models.errors import BanliError, UnavailableError
from models.notice_vocabulary import NoticeStatus
from models.settings import Settings
from notifications.rendering import environment
from tasks import clock
from tasks.attempts import count_since
from tasks.database import reading
from tasks.fonts import faces, replaced
from tasks.history_reading import verify_history
from tasks.letters_check import check_template
from tasks.notices_listing import troubles
from tasks.world import calendar, packs

NOTICES: Final = schema.NOTICES
LOW_DISK: Final = 1 << 30
NO_DISK: Final = 100 << 20
"""Bytes left below which we warn, and below which we call it broken: a backup no longer fits."""
MANY_ATTEMPTS: Final = 100
"""Links and forms turned away in a day above which somebody should look: a few are mistyped or forwarded ones."""
RESTORE: Final = (
    "请停止 banli，复制一份现在的数据目录留查，再用 banli restore 备份目录 --replace 恢复，然后运行 banli audit。"
)
ASK_FOR_CALENDAR: Final = (12, 1)
"""From this day on next year's notice should be there: the State Council publishes it in November."""


class Health(StrEnum):
    """How a check went."""

    OK = "正常"
    WARN = "注意"
    FAIL = "异常"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, how it went, in a sentence, and what to do."""

    name: str
    health: Health
    sentence: str
    remedy: str = ""


def check_up(
    settings: Settings, *, open_database: Callable[[], Engine], newest: str, current: Callable[[Engine], str | None]
) -> Iterator[Check]:
    """Every check in turn; `newest` is the schema's newest version, `current` reads a database's own."""
    yield _checked("数据目录", lambda: _home(settings))
    yield _checked("磁盘空间", lambda: _disk(settings))
    made = _Opened(open_database)
    yield _checked("数据库", made.open)
    if made.engine is not None:
        opened = made.engine
        for name, check in (
            ("数据库版本", lambda: _version(opened, newest, current)),
            ("数据库完整", lambda: _integrity(opened)),
            ("办理记录", lambda: _history(opened)),
            ("通知", lambda: _notices(opened)),
            ("被拒的尝试", lambda: _attempts(opened)),
        ):
            yield _checked(name, check)
    yield _checked("规则包", _packs)
    yield _checked("工作日历", lambda: _calendar(clock.today()))
    yield _checked("文字模板", _templates)
    yield _checked("Prefect 服务", lambda: _prefect(settings))
    yield _checked("字体", _fonts)
    yield _checked("函件模板", lambda: _letter_templates(settings))


Finding = tuple[Health, str, str]


def _checked(name: str, check: Callable[[], Finding]) -> Check:
    """A check that cannot be made has failed, and says why."""
    try:
        return Check(name, *check())
    except BanliError as error:
        first = error.faults[0]
        where = f"{first.where}：" if first.where else ""
        remedy = RESTORE if "banli doctor" in first.remedy else first.remedy  # a doctor does not send to the doctor
        return Check(name, Health.FAIL, f"{where}{first.what}。", remedy)
    except OSError as error:
        return Check(name, Health.FAIL, f"查不了（{error.strerror or error}）。", "请检查磁盘和权限。")
    except (SQLAlchemyError, sqlite3.Error) as error:
        said = str(getattr(error, "orig", error))
        return Check(name, Health.FAIL, f"读不了数据库（{said}）。", RESTORE)


def _good(sentence: str) -> Finding:
    return Health.OK, sentence, ""


def _home(settings: Settings) -> Finding:
    if not settings.home.is_dir():
        return Health.FAIL, f"没有 {settings.home}。", "请运行 banli init，或设置 BANLI_HOME。"
    with tempfile.NamedTemporaryFile(dir=settings.home, prefix=".banli-"):
        return _good(f"{settings.home} 可以写入。")


def _disk(settings: Settings) -> Finding:
    folder = next(one for one in (settings.home, *settings.home.parents) if one.exists())
    free = shutil.disk_usage(folder).free
    said = f"{folder} 还有 {free / (1 << 30):.1f} GB。"
    if free < LOW_DISK:
        return Health.FAIL if free < NO_DISK else Health.WARN, said, "请腾出空间。"
    return _good(said)


class _Opened:
    """The database, once it answers."""

    def __init__(self, open_database: Callable[[], Engine]) -> None:
        self.open_database = open_database
        self.engine: Engine | None = None

    def open(self) -> Finding:
        made = self.open_database()
        with reading(made) as connection:
            tables = inspect(connection).get_table_names()
        if not tables:
            return Health.FAIL, "数据库是空的。", "请运行 banli init。"
        self.engine = made
        return _good(f"{made.dialect.name} 连得上。")


def _version(made: Engine, newest: str, current: Callable[[Engine], str | None]) -> Finding:
    found = current(made)
    if found == newest:
        return _good(f"是最新的 {newest}。")
    newer = found is not None and found > newest  # versions are numbered
    remedy = "请换用新版本的程序。" if newer else "请运行 banli init 升级。"
    return Health.FAIL, f"版本是 {found or '空'}，本程序的是 {newest}。", remedy


def _integrity(made: Engine) -> Finding:
    if made.dialect.name != "sqlite":
        with reading(made) as connection:
            tables = len(inspect(connection).get_table_names())
        return _good(f"{tables} 张表都在；PostgreSQL 自行核对数据页和外键。")
    with reading(made) as connection:
        words = list(connection.scalars(text("PRAGMA integrity_check(5)")))
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    if words != ["ok"]:
        return Health.FAIL, f"数据库文件有损坏：{'；'.join(map(str, words))}。", RESTORE
    if orphans:
        return Health.FAIL, f"有 {len(orphans)} 行指向不存在的记录。", "请从备份恢复，或联系管理员。"
    return _good("数据页和外键核对无误。")


def _history(made: Engine) -> Finding:
    report = verify_history(made)
    if not report.breaks:
        return _good(f"{report.cases:,} 件、{report.entries:,} 条记录首尾相接，没有被改动。")
    first = report.breaks[0]
    said = f"有 {len(report.breaks)} 处不符，第一处在 {first.case_id}-{first.seq}：{first.what}。"
    return Health.FAIL, said, "请运行 banli history verify 查看全部，并与备份核对。"


def _notices(made: Engine) -> Finding:
    with reading(made) as connection:
        statement = select(NOTICES.c.status, func.count()).group_by(NOTICES.c.status)
        counts = {row[0]: row[1] for row in connection.execute(statement)}
        found = troubles(connection)
    if not str(found):
        return _good(f"没有发送失败的，没有退信；待发 {counts.get(NoticeStatus.WAITING, 0):,} 条。")
    remedy = "请逐条查看：改正后 banli notices --retry 重发，已电话告知的用 banli notices told 登记；"
    return (
        Health.WARN,
        str(found).replace("另有", "有"),
        f"{remedy}退信的更正通讯录，或 banli contacts clear 恢复使用。",
    )


def _attempts(made: Engine) -> Finding:
    count, addresses = count_since(made, clock.now() - timedelta(days=1))
    said = f"一天内拒绝了 {count:,} 次无效的链接或表单，来自 {addresses:,} 个地址。"
    if count > MANY_ATTEMPTS:
        return Health.WARN, said, "请用 banli attempts 查看来源，必要时在防火墙上限制。"
    return _good(said)


def _packs() -> Finding:
    return _good(f"{len(dict(packs()))} 个规则包核对无误。")


def _calendar(today: date) -> Finding:
    years = calendar().published_years
    missing = [year for year in (today.year, today.year + 1) if year not in years]
    said = f"已载入 {min(years)} 至 {max(years)} 年的放假通知。"
    if today.year in missing:
        return Health.WARN, f"{said}没有 {today.year} 年的，本年期限都是暂定。", f"请载入 {today.year} 年放假通知。"
    if missing and (today.month, today.day) >= ASK_FOR_CALENDAR:
        return (
            Health.WARN,
            f"{said}没有 {today.year + 1} 年的，跨年期限是暂定。",
            f"请载入 {today.year + 1} 年放假通知。",
        )
    return _good(said)


def _templates() -> Finding:
    found = environment()
    names = found.list_templates(extensions=("html", "txt", "xml"))
    for name in names:
        try:
            found.get_template(name)
        except TemplateError as error:
            return Health.FAIL, f"{name} 有语法错误：{error}。", "请改正模板，或重新安装。"
    return _good(f"{len(names)} 个模板都能用。")


def _prefect(settings: Settings) -> Finding:
    if settings.prefect_api_url is None:
        return _good("没有指定 PREFECT_API_URL，由 banli 自带。")
    url = f"{settings.prefect_api_url.rstrip('/')}/health"
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - the address the administrator gave
            alive = answer.status == 200
    except (urllib.error.URLError, ValueError, OSError) as error:
        return Health.FAIL, f"{settings.prefect_api_url} 没有应答（{error}）。", "请检查服务是否在运行、地址是否正确。"
    return _good(f"{settings.prefect_api_url} 有应答。") if alive else (Health.FAIL, "应答不正常。", "请检查服务。")


def _fonts() -> Finding:
    try:
        said = replaced(faces())
    except UnavailableError as error:
        return Health.WARN, f"{error.faults[0].what}。", error.faults[0].remedy
    if not said:
        return _good("公文字体齐全。")
    remedy = "不影响生成函件；要用标准字体，请装到系统字体目录。"
    return Health.WARN, f"{'，'.join(said)}。", remedy


def _letter_templates(settings: Settings) -> Finding:
    own = [path for path in (settings.letter_docx, settings.letter_typ) if path.exists()]
    for path in own:
        check_template(path)
    return _good(f"本单位的 {'、'.join(path.name for path in own)} 可以用。" if own else "用随附的模板。")
