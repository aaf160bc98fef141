"""Holiday notices (工作日历): `calendar load`, `show`, `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, DryRun, emit, group, progress, say, show_table, told, warn
from deployments.cli_office import office_engine, office_settings, prepare_prefect, server_answers
from models.errors import Fault, UnavailableError

if TYPE_CHECKING:
    from tasks.calendar_versions import Kept
    from tasks.rederiving import Moved, Rederived, Unclear

SHOWN: Final = 100
"""Dates a table lists; --json lists all."""
TomlFile = Annotated[Path, typer.Argument(help=".toml 文件。", metavar="文件")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    calendar = group("calendar", "工作日历：载入放假通知、查看、核对。")
    about = "载入一年的放假通知：换下的留存，在办期限全部重算，列出前后日期，有关单位、督办单位和已获告知期限的提案人各通知一次。"
    examples = ("banli calendar load 2027.toml --dry-run", "banli calendar load 2027.toml")
    calendar.command("load", **told(about, *examples))(load_year)
    calendar.command("show", **told("看一年的放假和调休；不写年份看今年。", "banli calendar show 2026"))(show_year)
    about = "核对一份放假通知文件；有错逐条指出，不载入。"
    calendar.command("check", **told(about, "banli calendar check 2027.toml"))(check_year)
    app.add_typer(calendar)


def load_year(file: TomlFile, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Put a notice in force and work out all running clocks again."""
    from tasks.calendar_versions import keep
    from tasks.calendars import load_calendar, read_year
    from tasks.rederiving import tried, with_calendar
    from tasks.world import look_again, own_folder

    settings = office_settings()
    notice = read_year(file)
    engine = office_engine(settings)
    calendar = load_calendar(own_folder("calendars"), tried=notice)
    if dry_run:
        with progress("试算", quiet=as_json) as update:
            found = tried(engine, with_calendar(calendar), tell=lambda done: update(done, None))
        _show(found, f"试算，没有写入：{notice.year}年，{notice.source}。", None, as_json=as_json)
        return
    kept = keep(file, notice, settings.home / "calendars")
    look_again()
    found = _rederived(f"载入{notice.year}年放假通知（{notice.source}）"[:300], kept.batch)
    state = "此前已经载入，期限再核对一遍" if kept.known else f"已载入（第{kept.number}版）"
    _show(found, f"{notice.year}年放假通知{state}：{notice.source}。", kept, as_json=as_json)


def _rederived(reason: str, batch: str) -> Rederived:
    """Through the flow, so that the run is seen where all runs are.

    Raises: UnavailableError when the Prefect server does not answer; the notice is in force, loading it again goes on.
    """
    from deployments.wiring import use_prefect

    prepare_prefect()
    use_prefect(office_settings())
    try:
        with server_answers():
            from flows.registry import run

            found: Rederived = run("rederive", [], reason, batch)
    except UnavailableError as error:
        what = f"放假通知已经载入，期限还没有重算完（{error.faults[0].what}）"
        remedy = "请检查 banli up 是否在运行、数据库是否可用，再运行一次同一命令，会接着办完，不会重复通知。"
        raise UnavailableError(Fault("", what, remedy)) from error
    return found


def _show(found: Rederived, headline: str, kept: Kept | None, *, as_json: bool) -> None:
    if as_json:
        version = {"year": kept.year, "version": kept.number, "known": kept.known} if kept else {}
        rest = {"cases": found.cases, "moved": [flat(one) for one in found.moved], "unclear": found.unclear}
        emit({"dry_run": kept is None, **version, **rest, "reminders": found.reminders, "notices": found.notices})
        return
    dates = [one for one in found.moved if one.change.before_on != one.change.after_on]
    fixed = sum(one.change.was_provisional and not one.change.is_provisional for one in found.moved)
    say(headline)
    told_whom = "" if kept is None else f"，发出通知 {found.notices} 条"
    say(f"在办 {found.cases:,} 件：{len(dates):,} 个期限调整，{fixed:,} 个期限不再是暂定{told_whom}。")
    show_moved(dates)
    show_unclear(found.unclear)


def show_moved(dates: list[Moved]) -> None:
    """The table of dates before and after."""
    if dates:
        show_table(("件", "时限", "原期限", "现期限", "算法"), [_row(one) for one in dates[:SHOWN]])
    if len(dates) > SHOWN:
        say(f"只列出前 {SHOWN} 个，全部请加 --json。")


def _row(one: Moved) -> tuple[str, ...]:
    change = one.change
    before, after = (
        f"{day}{'（暂定）' if is_open else ''}"
        for day, is_open in ((change.before_on, change.was_provisional), (change.after_on, change.is_provisional))
    )
    return one.case, change.clock.value, before, after, change.why


def show_unclear(unclear: list[Unclear]) -> None:
    """The clocks that keep their dates, and why."""
    if unclear:
        warn(f"有 {len(unclear):,} 个期限算不出，保持原日期：")
        warn(*(f"  {one.case} {one.clock}：{one.why}" for one in unclear[:SHOWN]))


def flat(one: Moved) -> dict[str, Any]:
    """One move as programs read it."""
    return {"case": one.case, "title": one.title, **one.change.model_dump(mode="json")}


def show_year(
    year: Annotated[int | None, typer.Argument(help="年份。", min=1950, max=2100, metavar="[年份]")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """The days off and make-up days of one year."""
    from tasks.clock import today
    from tasks.rules_reading import describe_year

    office_settings()
    found = describe_year(year or today().year)
    if as_json:
        emit(found)
        return
    published = f"依据 {found.source}" if found.source else "放假通知尚未载入，按周末和法定节日推算，均为暂定"
    say(f"{found.year}年：{found.workdays} 个工作日。{published}。")
    show_table(("节日", "放假", "至"), [(one.name, one.from_on, one.until_on) for one in found.holidays])
    if found.makeups:
        say(f"调休上班：{'、'.join(map(str, found.makeups))}")


def check_year(file: TomlFile, *, as_json: AsJson = False) -> None:
    """Check one holiday notice."""
    from tasks.calendars import read_year

    found = read_year(file)
    off = sum(1 for _, is_off in found.days.values() if is_off)
    if as_json:
        emit({"year": found.year, "source": found.source, "days_off": off, "makeup_days": len(found.days) - off})
    else:
        say(f"核对无误：{found.year}年，放假 {off} 天，调休上班 {len(found.days) - off} 天（{found.source}）。")
