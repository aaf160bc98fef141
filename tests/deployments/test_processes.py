"""Started together, stopped together, none left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import pytest

from deployments.processes import Processes, answers, free_port
from models.errors import UnavailableError

SLEEPS = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = (sys.executable, "-c", DEAF)


def lives(number: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(true) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_leaving_stops_all_and_their_children(tmp_path, monkeypatch):
    monkeypatch.setattr("deployments.processes._GRACE_SECONDS", 0.5)
    with Processes(tmp_path, {"GREETING": "你好"}) as processes:
        gentle = processes.start("gentle", SLEEPS)
        stubborn = processes.start("stubborn", STUBBORN)
        assert eventually(lambda: stubborn.log.read_text().strip().isdigit())
        grandchild = int(stubborn.log.read_text())
        processes.wait_until(lambda: gentle.last_words == "up", "gentle")
        processes.check()
    assert eventually(lambda: not any(lives(n) for n in (gentle.process.pid, stubborn.process.pid, grandchild)))
    assert processes.children == []


def test_a_child_that_ends_by_itself_is_named_with_its_last_words(tmp_path):
    with Processes(tmp_path, {}) as processes:
        processes.start("web", (sys.executable, "-c", "print('one'); raise SystemExit('端口被占用')"))
        with pytest.raises(UnavailableError, match=r"web意外停止：端口被占用"):
            processes.wait_until(lambda: False, "办理页面")


def test_a_child_that_is_never_ready_is_named(tmp_path):
    with Processes(tmp_path, {}) as processes:
        quiet = processes.start("web", (sys.executable, "-c", "import time; time.sleep(600)"), LANGUAGE="zh")
        assert quiet.last_words == ""
        with pytest.raises(UnavailableError, match=r"办理页面没有在0秒内就绪"):
            processes.wait_until(lambda: False, "办理页面", seconds=0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to the child exists on Linux alone")
def test_children_end_when_their_parent_is_killed(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from deployments.processes import Processes\n"
        f"p = Processes(Path({str(tmp_path)!r}), {{}}).__enter__()\n"
        f"print(p.start('child', {SLEEPS!r}).process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert lives(child)
        os.kill(parent.pid, signal.SIGKILL)
    assert eventually(lambda: not lives(child))


def test_a_taken_port_is_replaced_by_a_free_one():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) not in {port, 0}
    assert free_port(0) > 0


def test_a_port_that_is_about_to_be_let_go_is_waited_for():
    """The pages of a killed `banli up` still end when the next one starts: links already sent must go on working."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        leaving = Timer(0.5, taken.close)
        leaving.start()
        assert free_port(port, wait_seconds=60) == port
        leaving.join()


def test_nobody_at_the_door_is_no_answer():
    assert not answers(f"http://127.0.0.1:{free_port(0)}/health")


def test_a_port_chosen_once_is_not_chosen_again_while_it_is_kept():
    first = free_port(0)
    assert free_port(first) != first


def test_what_a_background_start_ignores_its_children_hear(tmp_path):
    hears = "import signal, sys; sys.exit(signal.getsignal(signal.SIGINT) is not signal.default_int_handler)"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Processes(tmp_path, {}) as processes:
            assert processes.start("ears", (sys.executable, "-c", hears)).process.wait(60) == 0
    finally:
        signal.signal(signal.SIGINT, before)
