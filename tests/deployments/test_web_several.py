"""Several web processes on one port: what one does not survive the others answer, and one signal ends them all."""

import fcntl
import os
import pickle
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments import web
from deployments.processes import Processes, answers, free_port
from deployments.web import main
from deployments.web_runs import RunsBeside
from deployments.web_serving import MOST_PROCESSES, listen, share, usual_processes
from models.vocabulary import Role
from tasks import clock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
LEAD = "民政局"


def _wait(holds: Any, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


def _pages(parent: int) -> set[int]:
    """The processes that answer, by their parent."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text("utf-8").split()
    return {int(one) for one in children if "spawn_main" in _command(one)}


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it ended meanwhile


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.slow
def test_two_processes_share_a_port_and_the_dead_one_is_replaced(make_office):
    office = make_office()
    office.to("assigned")
    clock.keep_offset(office.home / "clock.json", clock.morning_of(office.day, 10))
    port = free_port(0)
    base = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-m", "deployments.web", "--port", str(port), "--processes", "2")
    with Processes(office.home / "logs", {"BANLI_HOME": str(office.home)}) as processes:
        child = processes.start("web", command, PREFECT_API_URL=f"http://127.0.0.1:{free_port(0)}/api")
        processes.wait_until(lambda: answers(f"{base}/readyz"), "pages")
        parent = child.process.pid
        _wait(lambda: len(_pages(parent)) == 2)
        before = _pages(parent)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        _wait(lambda: len(_pages(parent) - before) == 1)
        link = f"/a/{office.link('签收', Role.LEAD, LEAD, LEAD)}"
        fields = office.get(link).hidden() | {"by_name": "赵经办"}
        with httpx.Client(base_url=base, timeout=60, trust_env=False) as client:
            assert "已办理：签收" in client.post(link, data=fields).text
        everyone = _pages(parent)
        os.kill(parent, signal.SIGINT)
        assert child.process.wait(60) == 0
        _wait(lambda: all(_is_gone(pid) for pid in everyone))
        assert "Traceback" not in child.log.read_text("utf-8")


@pytest.mark.slow
def test_when_the_parent_is_killed_nobody_keeps_the_port(make_office):
    office = make_office()
    port = free_port(0)
    command = (sys.executable, "-m", "deployments.web", "--port", str(port), "--processes", "2")
    with Processes(office.home / "logs", {"BANLI_HOME": str(office.home)}) as processes:
        child = processes.start("web", command)
        processes.wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "pages")
        _wait(lambda: len(_pages(child.process.pid)) == 2)
        everyone = _pages(child.process.pid)
        os.kill(child.process.pid, signal.SIGKILL)
        _wait(lambda: all(_is_gone(pid) for pid in everyone))
        child.process.wait()
        processes.children.remove(child)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_port_that_is_taken_is_said_in_a_sentence(make_office, processes):
    make_office()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as told:
            main(["--port", str(port), "--processes", processes])
    assert told.value.code == f"监听不了 127.0.0.1:{port}。请检查端口是否已被占用。"


def test_a_port_that_processes_share_is_taken_for_everybody_else():
    host = "127.0.0.1"
    with (
        share(listen(host, 0)) as port,
        pickle.loads(pickle.dumps(port)) as one,
        pickle.loads(pickle.dumps(port)) as two,
    ):
        assert {type(one), type(two)} == {socket.socket}
        assert one.getsockname() == two.getsockname() == port.getsockname()
        one.listen()
        two.listen()
        with pytest.raises(SystemExit, match="监听不了"):
            listen(host, port.getsockname()[1])


def test_a_process_whose_parent_is_gone_before_it_begins_does_not_begin(make_office, monkeypatch):
    make_office()
    monkeypatch.setattr(web, "die_with_parent", lambda: None)  # this process is not one of several
    with pytest.raises(SystemExit):
        web._one_of_several(mailbox=False, parent=os.getpid())
    assert web._one_of_several(mailbox=False, parent=os.getppid()).title == "办理"


def test_runs_beside_are_alive_while_somebody_holds_the_lock(make_office):
    office = make_office()
    beside = RunsBeside(office.engine, office.home)
    assert not beside.alive
    with (office.home / "runs.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert beside.alive
    assert not beside.alive


def test_as_many_processes_as_cores_but_not_too_many():
    assert 1 <= usual_processes() <= MOST_PROCESSES
    assert usual_processes() <= max(1, len(os.sched_getaffinity(0)))
