"""What ends by itself is started again; what does not stay up is named; what a killed part leaves ends or is ended."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from deployments.processes import Processes
from deployments.supervising import Supervisor
from models.errors import UnavailableError

SAYS_AND_SLEEPS = (sys.executable, "-c", "import os, time; print(os.environ['PLACE'], flush=True); time.sleep(600)")
ENDS = (sys.executable, "-c", "raise SystemExit('端口被占用')")
LEAVES_ONE = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
from deployments.processes import Processes
from deployments.supervising import Orphans, adopt

SLEEPS = "import time; time.sleep(600)"
ONE = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEPS!r}], start_new_session=True).pid, flush=True); {SLEEPS}"
adopt()
with Processes(Path(sys.argv[1]), {}) as processes:
    worker = processes.start("worker", (sys.executable, "-c", ONE))
    processes.wait_until(lambda: worker.last_words.isdigit(), "worker")
    orphans = Orphans(processes, outlive_seconds=float(sys.argv[2]))
    before = orphans.gone
    worker.process.kill()
    worker.process.wait()
    processes.drop(worker)
    left = orphans.gone
    if float(sys.argv[2]):
        os.kill(int(worker.last_words), signal.SIGTERM)
    while not orphans.gone:
        time.sleep(0.02)
    print(json.dumps({"before": before, "left": left, "number": int(worker.last_words)}))
"""


def looks_until(supervisor: Supervisor, holds) -> list[str]:
    said = []
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        said += supervisor.look()
        time.sleep(0.02)
    return said


def test_a_killed_part_is_started_again_as_it_was(tmp_path):
    with Processes(tmp_path, {}) as processes:
        web = processes.start("web", SAYS_AND_SLEEPS, PLACE="云岭")
        other = processes.start("worker", SAYS_AND_SLEEPS, PLACE="别处")
        supervisor = Supervisor(processes)
        assert supervisor.look() == []
        processes.wait_until(lambda: web.last_words == "云岭", "web")
        web.process.kill()
        said = looks_until(supervisor, lambda: web.log.read_text().split() == ["云岭", "云岭"])
        assert said == [f"web意外停止（SIGKILL），正在重新启动；详情见 {web.log}。"]
        assert {child.name: child.process.poll() for child in processes.children} == {"worker": None, "web": None}
        assert other in processes.children


def test_a_part_that_does_not_stay_up_is_named_with_its_last_words(tmp_path):
    with Processes(tmp_path, {}) as processes:
        processes.start("web", ENDS)
        supervisor = Supervisor(processes, again_seconds=(0.0, 0.05))
        with pytest.raises(UnavailableError, match=r"web意外停止：端口被占用"):
            looks_until(supervisor, lambda: False)
        assert (tmp_path / "web.log").read_text().split() == ["端口被占用"] * 3


def test_a_part_waits_for_what_must_end_before_it(tmp_path):
    ready = []
    with Processes(tmp_path, {}) as processes:
        worker = processes.start("worker", SAYS_AND_SLEEPS, PLACE="云岭")
        supervisor = Supervisor(processes, {"worker": lambda: bool(ready)})
        worker.process.kill()
        said = looks_until(supervisor, lambda: not processes.children)
        assert [*said, *supervisor.look(), *supervisor.look()] == said
        assert processes.children == []
        ready.append(True)
        looks_until(supervisor, lambda: processes.children)
        assert processes.children[0].environment == {"PLACE": "云岭"}


@pytest.mark.skipif(sys.platform != "linux", reason="adopting exists on Linux alone")
@pytest.mark.parametrize("outlive_seconds", [600, 0])
def test_what_a_killed_part_left_comes_to_its_end_or_is_ended(tmp_path, outlive_seconds):
    command = (sys.executable, "-c", LEAVES_ONE, str(tmp_path), str(outlive_seconds))
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["before"], told["left"]) == (True, False)
    with pytest.raises(ProcessLookupError):
        os.kill(told["number"], signal.SIGCONT)
