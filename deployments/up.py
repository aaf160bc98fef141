"""`banli up`: the embedded default, one process tree (启动)."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from deployments import automations, deploying, logs
from deployments.held import held
from deployments.interrupted import WORKER, end_interrupted
from deployments.migrating import make_home, migrate
from deployments.processes import Processes, answers, free_port
from deployments.server_api import ServerApi
from deployments.supervising import Orphans, Supervisor, adopt
from deployments.wiring import POOL, Running, apply, ensure_password, prefect_environment, running_file
from models.errors import Fault, UnavailableError
from models.settings import Settings
from tasks.atomic import write_text

PREFECT_PORT = 4200
WEB_PORT = 8650
LET_GO_SECONDS = 20.0
"""How long the pages of a `banli up` that was killed may take to end; on another port links already sent lead nowhere."""
MORNING = "晨报"
"""What opens the office's forms and writes the day's table: run at once on starting, then by its schedule."""
PAGE = "today"
"""The key of the page it writes, as in flows/morning.py, which takes long to import."""
PREFECT_YAML = Path(__file__).parent / "prefect.yaml"
LOOPBACK = "127.0.0.1"
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what an administrator asked for, with a password


@contextmanager
def running(found: Settings, host: str = LOOPBACK) -> Iterator[tuple[Running, Processes]]:
    """Bring everything up, and down again on leaving; yields once the Prefect server and the pages answer.

    `host` is the address the Prefect server listens at; beyond this machine it asks for a password.

    Raises: UnavailableError when another `banli up` of this home runs, or a part does not start.
    """
    make_home(found)
    with held(found, "请先停止它，或设置另一个 BANLI_HOME。"):
        migrate(found)
        with _started(found, host) as both:
            yield both


@contextmanager
def _started(found: Settings, host: str) -> Iterator[tuple[Running, Processes]]:
    web_port = free_port(_last_port(found), wait_seconds=LET_GO_SECONDS if _web_file(found).exists() else 0)
    api_port = free_port(PREFECT_PORT)
    api_url = found.prefect_api_url or f"http://{LOOPBACK if host in ANYWHERE else host}:{api_port}/api"
    web_url = found.base_url or f"http://127.0.0.1:{web_port}"
    if host != LOOPBACK and found.prefect_api_url is None:
        ensure_password(found)
    environment = {
        **prefect_environment(found, api_url, host=host),
        **logs.for_prefect(os.environ),
        "BANLI_HOME": str(found.home),
        "BANLI_BASE_URL": web_url,
    }
    apply(environment)
    with Processes(found.home / "logs", environment) as processes:
        processes.start("web", (sys.executable, "-m", "deployments.web", "--port", str(web_port)))
        if found.prefect_api_url is None:
            server = _prefect("server", "start", "--host", host, "--port", str(api_port))
            processes.start("prefect-server", server)
            processes.wait_until(lambda: _is_ours(api_url, found), "Prefect 服务", seconds=180)
        processes.wait_until(lambda: answers(f"http://127.0.0.1:{web_port}/healthz"), "办理页面")
        now = Running(pid=os.getpid(), api_url=api_url, web_url=web_url)
        write_text(running_file(found), json.dumps(asdict(now)))
        try:
            yield now, processes
        finally:
            running_file(found).unlink(missing_ok=True)
            if "flows.registry" in sys.modules:  # runs of this process may still have lines for the server's log
                sys.modules["flows.registry"].flush_logs()


def _last_port(found: Settings) -> int:
    """The pages' port of last time, so that links already sent go on working; else the usual one."""
    try:
        told = json.loads(_web_file(found).read_text(encoding="utf-8"))
        return urlsplit(told["base_url"]).port or WEB_PORT
    except (OSError, ValueError, KeyError):
        return WEB_PORT


def _web_file(found: Settings) -> Path:
    """Where the pages say at which address they were last."""
    return found.home / "web.json"


def schedule(processes: Processes, found: Settings, api_url: str, *, reset: bool = False) -> list[str]:
    """Deploy what is not there as it should be, and start the worker; returns what a person should know of it."""
    said = [] if found.prefect_api_url else end_interrupted(ServerApi(api_url))
    said += deploy(processes, found, api_url, reset=reset)
    _begin_page(api_url)
    processes.start("worker", _prefect("worker", "start", "--pool", POOL, "--name", WORKER))
    return said


def _begin_page(api_url: str) -> None:
    """On a new server, the 晨报's page before its run has written it: the address is printed now."""
    if not ServerApi(api_url).call("POST", "/artifacts/latest/count", {"artifacts": {"key": {"any_": [PAGE]}}}):
        from flows.morning import begin  # noqa: PLC0415 - with Prefect, seconds that other starts are spared

        begin()


def deploy(
    processes: Processes, found: Settings, api_url: str, *, reset: bool = False, everything: bool = False
) -> list[str]:
    """Make the pool, deploy the flows, make the automations; returns what a person should know of it.

    Flows that are there as they should be are left alone, unless `everything`; schedules changed by hand in the UI are
    kept, unless `reset`. Raises: UnavailableError when it does not succeed.
    """
    api = ServerApi(api_url)
    _make_pool(api)
    file, plan = deploying.prepare(api, PREFECT_YAML, found.home, reset=reset, everything=everything)
    if file is not None:
        child = processes.start("deploy", _prefect("deploy", "--prefect-file", str(file), "--all"))
        if child.process.wait() != 0:
            raise UnavailableError(Fault("", f"部署没有成功：{child.last_words}", f"详情见 {child.log}。"))
        processes.children.remove(child)
    present = deploying.on_server(api)
    deploying.remember(found.home, plan, present)
    said = [*plan.said, *(one for one in automations.ensure(api) if "保留" in one)]
    api.call("POST", f"/deployments/{present[MORNING]['id']}/create_flow_run", {})
    return said


def stay(processes: Processes, found: Settings, api_url: str, say: Callable[[str], object]) -> None:
    """Stay until Ctrl-C or SIGTERM, and start again what ends by itself.

    Raises: UnavailableError when a part does not stay up.
    """
    stopped = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    adopt()
    supervisor = Supervisor(processes, {"worker": partial(_worker_may_start, Orphans(processes), found, api_url)})
    while not stopped:
        for sentence in supervisor.look():
            say(sentence)
        time.sleep(1)


def _worker_may_start(orphans: Orphans, found: Settings, api_url: str) -> bool:
    """Whether the runs of the worker that died have ended: what still runs comes to its end, the rest is ended here."""
    if not orphans.gone:
        return False
    if not found.prefect_api_url:
        try:
            end_interrupted(ServerApi(api_url))
        except (OSError, http.client.HTTPException):
            return False  # the server is being started again too
    return True


def _is_ours(api_url: str, found: Settings) -> bool:
    """Whether the server that answers is the one just started, not another's that took the port first."""
    if not answers(f"{api_url}/health"):
        return False
    return bool(ServerApi(api_url).call("GET", "/admin/settings").get("home") == str(found.prefect_home))


def _prefect(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "prefect", *words)


def _make_pool(api: ServerApi) -> None:
    """The work pool, unless it is there."""
    try:
        api.call("POST", "/work_pools/", {"name": POOL, "type": "process", "description": "办理：各步骤与定时任务"})
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise
