"""Is anything in the records that must never be? (审计): `audit`."""

from __future__ import annotations

from typing import Final

import typer

from deployments.cli_console import AsJson, emit, progress, say, show_table, told
from deployments.cli_errors import REFUSED
from deployments.cli_office import office_engine, office_settings

SHOWN: Final = 50
"""Findings listed for people; all of them with --json."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = (
        "审计：每步有记录、记录没被改动、通知不漏不重、签字与公开页面同发出的文本一致、期限算得出来；不改动任何内容。"
    )
    app.command("audit", **told(about, "banli audit", "banli audit --json"))(audit)


def audit(*, as_json: AsJson = False) -> None:
    """Check what must always hold, over the whole database and the public site."""
    from tasks import clock
    from tasks.auditing import Scene
    from tasks.auditing import audit as look_through

    settings = office_settings()
    engine = office_engine(settings)
    with progress("审计", quiet=as_json) as update:
        made = look_through(Scene(engine, settings.site, clock.now()), update)
    if as_json:
        emit({"sound": not made.findings, **{name: getattr(made, name) for name in made.__dataclass_fields__}})
    elif made.findings:
        rows = [(one.rule, one.case, one.what, one.remedy) for one in made.findings[:SHOWN]]
        show_table(("项目", "案号", "情况", "办法"), rows)
        more = f"，只列出前 {SHOWN} 处，全部请加 --json" if len(made.findings) > SHOWN else ""
        say(f"共 {made.cases:,} 件、{made.entries:,} 条记录，有 {len(made.findings):,} 处不符{more}。")
    else:
        say(f"共 {made.cases:,} 件、{made.entries:,} 条记录，{len(made.rules)} 项全部相符。")
    if made.findings:
        raise typer.Exit(REFUSED)
