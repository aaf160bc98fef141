"""Proposals coming in (收件): `receive`."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, DryRun, emit, progress, say, told, warn
from deployments.cli_errors import REFUSED, STOPPED, WRONG
from deployments.cli_office import look, perform
from models.errors import UnavailableError

if TYPE_CHECKING:
    from models.actions.action import Outcome
    from models.actions.receipt import Receive
    from tasks.intake import Intake

CHUNK: Final = 1_000
"""Proposals received in one flow run and one transaction."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = (
        "收件：登记表格（.xlsx、.csv、.json）里的各件，或单件文稿（.docx、.txt、.md）。"
        "全部核对无误才登记；同一文件再收一次不会有变化。"
    )
    app.command("receive", **told(about, "banli receive 收件登记表.xlsx --dry-run", "banli receive *.docx"))(receive)


Files = Annotated[list[Path], typer.Argument(help="一个或多个文件。", metavar="文件…")]


@dataclass(slots=True)
class _Stop:
    """Whether somebody pressed Ctrl-C."""

    asked: bool = False


def receive(files: Files, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Receive files of proposals: every fault is told and nothing stored, or all of it is received."""
    intake, keys = _read(files, quiet=as_json)
    if intake.faults:
        _refuse(intake, as_json=as_json)
    fresh = [action for action in intake.actions if action.key not in keys]
    with _stoppable() as stop:
        outcomes = [] if dry_run else _perform(fresh, stop, quiet=as_json)
    refused = [one for one in outcomes if one.refused]
    new = len(outcomes) - len(refused)
    done = {
        "files": intake.files,
        "proposals": len(intake.actions),
        "new": new,
        "known": len(intake.actions) - len(fresh),
        "refused": refused,
        "left": len(fresh) - len(outcomes),
        "dry_run": dry_run,
    }
    if as_json:
        emit(done)
    else:
        _tell(done)
    if stop.asked and len(outcomes) < len(fresh):
        raise typer.Exit(STOPPED)
    if refused:
        raise typer.Exit(REFUSED)


def _read(files: Sequence[Path], *, quiet: bool) -> tuple[Intake, frozenset[str]]:
    """What the files hold, and the keys of all that was received before."""
    from tasks.clock import today
    from tasks.intake import read_proposals
    from tasks.intake_known import known_for_intake

    with look() as connection:
        agencies, sessions, existing = known_for_intake(connection)
    with progress("核对", quiet=quiet) as update:
        intake = read_proposals(
            files, agencies=agencies, sessions=sessions, existing=existing, today=today(), progress=update
        )
    return intake, frozenset(existing.values())


def _refuse(intake: Intake, *, as_json: bool) -> None:
    warn(*(str(fault) for fault in intake.faults), f"以上 {len(intake.faults)} 处需要改正，一件也没有登记。")
    if as_json:
        emit({"files": intake.files, "faults": intake.faults, "new": 0})
    raise typer.Exit(WRONG)


def _perform(actions: Sequence[Receive], stop: _Stop, *, quiet: bool) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with progress("登记", quiet=quiet) as update:
        update(0, len(actions))
        for start in range(0, len(actions), CHUNK):
            if stop.asked:
                break
            try:
                outcomes += perform(actions[start : start + CHUNK], "receive")
            except UnavailableError:
                warn(f"此前已登记 {len(outcomes):,} 件；恢复后再运行一次同样的命令，就接着登记其余的。")
                raise
            update(len(outcomes), len(actions))
    return outcomes


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    """Within the block Ctrl-C asks to stop after the chunk in hand; a second one stops at once, undoing that chunk."""
    stop = _Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        warn("收到停止的要求，登记完手上这一批就停……")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(done: dict[str, Any]) -> None:
    files = "、".join(f"{one.name}（{one.proposals}件）" for one in done["files"])
    say(f"已读 {files}。")
    if done["dry_run"]:
        say(f"核对无误，没有写入（--dry-run）：可登记 {done['left']:,} 件，此前已收过 {done['known']:,} 件。")
        return
    say(f"新登记 {done['new']:,} 件，此前已收过 {done['known']:,} 件，未登记 {len(done['refused']):,} 件。")
    for one in done["refused"]:
        warn(f"{one.case or '（未编号）'}：{one.message}")
    if done["left"]:
        say(f"还有 {done['left']:,} 件没有登记；再运行一次同样的命令，就从这里接着登记。")
