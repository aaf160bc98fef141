"""The office's decisions (待决定): `desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from deployments.cli_console import AsJson, DryRun, emit, say, show_table, told
from deployments.cli_office import look, office_engine, office_settings, prepare_prefect
from models.errors import Fault, UnavailableError

if TYPE_CHECKING:
    from tasks.desk_sweep import Queue


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = "整理待决定：等本办决定的，每项在 Prefect 界面里开一张表单；别处已经决定的，结束其表单。"
    app.command("desk", **told(about, "banli desk", "banli desk --dry-run"))(desk)


def desk(*, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Open the missing desk runs and close the stale ones."""
    if dry_run:
        counts = _waiting()
        if as_json:
            emit({"queues": counts, "dry_run": True})
            return
        show_table(("决定", "等待"), [(kind, total) for kind, total in counts.items() if total])
        say("以上只是查看（--dry-run），没有动 Prefect 里的表单。")
        return
    found = _swept()
    if as_json:
        emit({"queues": found.queues, "opened": found.opened, "closed": found.closed, "retried": found.retried})
        return
    rows = [_row(one) for one in found.queues if one.waiting]
    if rows:
        show_table(("决定", "等待", "已开表单"), rows)
    say(f"{found.words}。")


def _row(one: Queue) -> tuple[Any, ...]:
    return one.kind, one.waiting, one.open


def _waiting() -> dict[str, int]:
    from models.decisions import DecisionKind
    from tasks.clock import today
    from tasks.decisions import waiting

    with look() as connection:
        return {kind.value: waiting(connection, today(), kind, limit=1)[1] for kind in DecisionKind}


def _swept() -> Any:
    """Raises: UnavailableError when there is no Prefect server to open the runs on."""
    from deployments.wiring import use_prefect

    engine = office_engine()
    prepare_prefect()
    if use_prefect(office_settings()) is None:
        remedy = "请先运行 banli up，或用 PREFECT_API_URL 指明服务。"
        raise UnavailableError(Fault("", "没有在运行的 Prefect 服务，表单无处可开", remedy))
    from tasks.desk_runs import desk_runs
    from tasks.desk_sweep import sweep

    with desk_runs() as runs:
        return sweep(engine, runs)
