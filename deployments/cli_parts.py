"""The parts of `banli up`, one process each, for an office on several machines (分开启动)."""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deployments.cli_console import say, told
from deployments.cli_office import office_settings
from models.errors import Fault, UnavailableError

if TYPE_CHECKING:
    from models.settings import Settings

WAIT_SECONDS: Final = 180
"""For the Prefect server, so that the parts may be started in any order."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "单独启动办理页面（多台机器时用；单机用 banli up）。"
    app.command("web", **told(about, "banli web --host 0.0.0.0 --port 8650"))(web)
    about = "单独启动一个执行进程，从工作池领取要运行的步骤。"
    app.command("worker", **told(about, "banli worker", "banli worker --name 二号机 --limit 4"))(worker)
    about = "把各步骤、定时和自动化部署到 PREFECT_API_URL 的 Prefect 服务；升级后运行一次。"
    app.command("deploy", **told(about, "banli deploy"))(deploy)


def web(
    *,
    host: Annotated[str, typer.Option(help="监听地址。")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口。")] = 8650,
    processes: Annotated[
        int, typer.Option(help="共用这个端口的进程数；0 是每个处理器核心一个，最多四个。", min=0, max=64)
    ] = 0,
) -> None:
    """Serve the pages until stopped."""
    from deployments import logs
    from deployments.wiring import apply, use_prefect

    apply(logs.for_prefect(os.environ))
    found = _office()
    use_prefect(found)
    from deployments import web

    web.main(["--host", host, "--port", str(port), "--processes", str(processes)])


def worker(
    *,
    name: Annotated[str, typer.Option(help="在 Prefect 界面里的名称，各不相同；默认是本机名和进程号。")] = "",
    limit: Annotated[int, typer.Option(help="同时最多运行几个步骤；每个约占 200 MB 内存。", min=1)] = 4,
) -> None:
    """Become a Prefect worker on this office's pool."""
    from deployments import logs
    from deployments.wiring import POOL, apply

    apply(logs.for_prefect(os.environ))
    found = _office()
    _prefect_server(found)
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    called = name or f"{socket.gethostname()}-{os.getpid()}"
    os.execv(sys.executable, [*command, "--name", called, "--limit", str(limit)])  # noqa: S606 - no shell


def deploy(
    *,
    reset_schedules: Annotated[
        bool, typer.Option("--reset-schedules", help="界面里改过的定时，改回 prefect.yaml 里的。")
    ] = False,
) -> None:
    """Put everything onto the server, once for all machines."""
    from deployments import up
    from deployments.processes import Processes

    found = _office()
    api_url = _prefect_server(found)
    with Processes(found.home / "logs", {}) as processes:
        said = up.deploy(processes, found, api_url, reset=reset_schedules, everything=True)
    say(f"已部署到 {api_url}。", *said)


def _office() -> Settings:
    """The settings, with the database at the newest version: whoever starts first brings it there."""
    from deployments.migrating import migrate

    found = office_settings()
    migrate(found)
    return found


def _prefect_server(found: Settings) -> str:
    """The address of the Prefect server, once it answers. Raises: UnavailableError when none is named or it stays away."""
    from deployments.processes import answers
    from deployments.wiring import use_prefect

    api_url = use_prefect(found)
    if api_url is None:
        raise UnavailableError(Fault("PREFECT_API_URL", "没有指明 Prefect 服务", "请设为它的地址；单机请用 banli up。"))
    until = time.monotonic() + WAIT_SECONDS
    while not answers(f"{api_url}/health"):
        if time.monotonic() > until:
            remedy = "请检查地址和服务是否在运行。"
            raise UnavailableError(Fault(api_url, f"Prefect 服务{WAIT_SECONDS}秒没有回答", remedy))
        time.sleep(0.5)
    return api_url
