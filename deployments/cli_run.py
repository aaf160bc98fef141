"""`banli up` and `banli demo` (启动、演示)."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli_console import told
from deployments.wiring import Running, password_file, settings
from models.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "启动：数据库、Prefect 服务、办理页面、定时任务。Ctrl-C 停止。"
    app.command("up", **told(about, "banli up", "BANLI_HOME=/srv/banli banli up"))(up)
    about = "演示：云岭市（虚构）一次会议的建议提案，从收件办到公开。"
    app.command("demo", **told(about, "banli demo", "banli demo --exit --json"))(demo)


def up(
    *,
    host: Annotated[str, typer.Option(help="Prefect 服务监听的地址；本机以外能访问时，自动设登录口令。")] = "127.0.0.1",
    reset_schedules: Annotated[
        bool, typer.Option("--reset-schedules", help="界面里改过的定时，改回 prefect.yaml 里的。")
    ] = False,
) -> None:
    """Start everything and stay."""
    from rich.console import Console

    from deployments.up import running, schedule, stay

    found = settings()
    console = Console(stderr=True)
    with console.status("正在启动……") as status, running(found, host) as (now, processes):
        status.update("正在部署各步骤……")
        said = schedule(processes, found, now.api_url, reset=reset_schedules)
        status.stop()
        _say(console, found, now)
        for sentence in said:
            console.print(sentence)
        stay(processes, found, now.api_url, console.print)


def demo(
    *,
    leave: Annotated[bool, typer.Option("--exit", help="演示完就结束，不停留。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="最后一行输出一个 JSON 对象。")] = False,
) -> None:
    """Play the fictional session through, then stay as `up` does."""
    from rich.console import Console

    from deployments.demo import play, prepare, stage_play
    from deployments.demo import told as figures_of
    from deployments.up import running, schedule, stay

    began = time.monotonic()
    console = Console(stderr=True)
    os.environ.setdefault("BANLI_OFFICE", "云岭市建议提案督办科")
    found = settings()
    prepare(found)
    with console.status("正在启动……") as status, running(found) as (now, processes):
        status.stop()
        staged = None if _played(found) else stage_play(found)
        if staged is not None:
            play(found, staged, show=not as_json)
        figures = figures_of(found, began=began, flow_runs=_flow_runs(now.api_url))
        if not leave:
            with console.status("正在部署各步骤……"):
                schedule(processes, found, now.api_url)
            _say(console, found, now)
        if as_json:
            typer.echo(json.dumps(asdict(figures), ensure_ascii=False))
        else:
            _report(console, asdict(figures))
        if not leave:
            stay(processes, found, now.api_url, console.print)


def _played(found: Settings) -> bool:
    """Whether the demonstration was acted out before; then it only goes on."""
    return found.clock.exists()


def _flow_runs(api_url: str) -> int:
    from deployments.server_api import ServerApi

    completed = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    return int(ServerApi(api_url).call("POST", "/flow_runs/count", completed))


def places(api_url: str, web_url: str) -> list[tuple[str, str]]:
    """Where to look, each with its address."""
    from deployments.up import PAGE

    api = api_url.removesuffix("/api")
    return [
        ("晨报（今天要办什么）", f"{api}/v2/artifacts/key/{PAGE}"),
        ("督办单位（Prefect 界面）", f"{api}/v2/dashboard?tab=SCHEDULED-PAUSED&seconds=-7776000"),
        ("办理页面", web_url),
        ("已发通知", f"{web_url}/mail"),
        ("公开网站", f"{web_url}/site/index.html"),
    ]


def _say(console: Console, found: Settings, now: Running) -> None:
    console.print(f"\n[bold]办理已启动[/bold]（数据目录 {found.home}）")
    for name, where in places(now.api_url, now.web_url):
        console.print(f"  {name}  {where}", soft_wrap=True)  # an address must stay one line
    if password_file(found).exists():
        console.print(f"  界面登录口令见 {password_file(found)}")
    console.print("命令行：banli next 看谁该办什么，banli show 案号 看一件的经过。Ctrl-C 停止。")


def _report(console: Console, figures: dict[str, object]) -> None:
    stages = figures["by_stage"]
    console.print(f"\n共{figures['cases']}件：" + "，".join(f"{k}{v}" for k, v in stages.items()))  # type: ignore[attr-defined]  # by_stage is a mapping
    console.print(
        f"公开{figures['published']}件，发出通知{figures['notices_sent']}条，"
        f"流程运行{figures['flow_runs']}次，用时{figures['seconds']}秒（CPU {figures['cpu_seconds']}秒）"
    )
