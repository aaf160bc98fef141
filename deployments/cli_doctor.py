"""Is everything in order? (体检): `doctor`."""

from __future__ import annotations

from typing import Final

import typer

from deployments.cli_console import AsJson, emit, say, show_table, told
from deployments.cli_errors import REFUSED
from deployments.cli_office import office_engine, office_settings

STYLES: Final = {"正常": "green", "注意": "yellow", "异常": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = "体检：数据目录、数据库、办理记录、规则、日历、模板、通知、Prefect、磁盘和字体，逐项说明并给出办法。"
    app.command("doctor", **told(about, "banli doctor", "banli doctor --json"))(doctor)


def doctor(*, as_json: AsJson = False) -> None:
    """Check everything; nothing is changed."""
    from deployments.migrating import current, newest
    from tasks.checkup import Health, check_up

    settings = office_settings()
    checks = list(check_up(settings, open_database=lambda: office_engine(settings), newest=newest(), current=current))
    bad = [one for one in checks if one.health is Health.FAIL]
    if as_json:
        emit({"healthy": not bad, "checks": checks})
    else:
        rows = [(one.name, (one.health.value, STYLES[one.health]), one.sentence + one.remedy) for one in checks]
        show_table(("项目", "结果", "说明和办法"), rows)
        say("一切正常。" if not bad else f"有 {len(bad)} 项异常，请按上面的办法处理。")
    if bad:
        raise typer.Exit(REFUSED)
