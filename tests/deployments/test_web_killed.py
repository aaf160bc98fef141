"""Real web processes on one database: killed right after an answer, without a Prefect server, and two at once."""

import fcntl
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from deployments.processes import Child, Processes, answers, free_port
from deployments.wiring import prefect_environment
from models.errors import Fault, UnavailableError
from models.settings import settings_from
from models.tables.fields import core
from models.tables.history import HistoryRow
from models.vocabulary import Role
from tasks import clock
from tasks.database import reading
from tasks.posts import pending

LEAD = "民政局"
NAME = {"by_name": "赵经办"}


def _web(processes: Processes, api: str) -> tuple[Child, str]:
    """A web process told of this Prefect server, and its address."""
    port = free_port(0)
    command = (sys.executable, "-m", "deployments.web", "--port", str(port), "--processes", "1")
    child = processes.start(f"web{port}", command, PREFECT_API_URL=api)
    processes.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), "pages")
    return child, f"http://127.0.0.1:{port}"


def _wait(holds: Any, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


def _runs(api: str) -> int:
    asked = {"flow_runs": {"name": {"like_": "签收"}, "state": {"type": {"any_": ["COMPLETED"]}}}}
    return int(httpx.post(f"{api}/flow_runs/count", json=asked, timeout=30).json())


def _signed(office: Any) -> int:
    rows = core(HistoryRow)
    with reading(office.engine) as connection:
        return len(connection.execute(select(rows.c.seq).where(rows.c.action == "签收")).all())


@pytest.mark.slow
def test_what_was_answered_is_carried_out_after_every_process_was_killed(make_office, prefect_server):
    office = make_office()
    office.to("assigned", "0001", "0002", "0003")
    clock.keep_offset(office.home / "clock.json", clock.morning_of(office.day, 10))
    links = [f"/a/{office.link('签收', Role.LEAD, LEAD, LEAD, number=number)}" for number in ("0001", "0002", "0003")]
    nowhere = f"http://127.0.0.1:{free_port(0)}/api"
    environment = prefect_environment(settings_from({"BANLI_HOME": str(office.home)}), None)
    with (
        Processes(office.home / "logs", environment | {"BANLI_HOME": str(office.home)}) as processes,
        (office.home / "runs.lock").open("a") as another,
    ):
        fcntl.flock(another, fcntl.LOCK_EX)  # nobody makes runs until all are killed
        first, one = _web(processes, nowhere)
        second, other = _web(processes, nowhere)
        with httpx.Client(timeout=30, trust_env=False) as client:
            fields = [office.get(link).hidden() | NAME for link in links]
            said = client.post(f"{one}{links[0]}", data=fields[0])
            os.kill(first.process.pid, signal.SIGKILL)
            assert said.status_code == 200
            assert "已办理：签收" in said.text
            assert "已办理：签收" in client.post(f"{other}{links[0]}", data=fields[0]).text
            first.process.wait()
            processes.children.remove(first)
            again = str(office.client.base_url).rstrip("/")  # the third on this database, in this process
            tabs = [(base, office.get(links[1]).hidden() | NAME) for base in (again, other) * 3]
            office.flow.down = UnavailableError(Fault("", "连不上 Prefect 服务", "请稍后重试。"))
            with office.today(), ThreadPoolExecutor(6) as pool:
                codes = list(pool.map(lambda tab: client.post(f"{tab[0]}{links[1]}", data=tab[1]).status_code, tabs))
            assert codes.count(200) == 1
            assert set(codes) <= {200, 409, 410}
            assert client.post(f"{other}{links[2]}", data=fields[2]).status_code == 200
            with office.today():
                for guess in range(20):
                    assert client.get(f"{(again, other)[guess % 2]}/a/guess{guess}").status_code == 404
            assert client.get(f"{other}/a/guess").status_code == 429
        assert _signed(office) == 3
        os.kill(second.process.pid, signal.SIGKILL)
        second.process.wait()
        processes.children.remove(second)
        assert len(pending(office.engine)) == 3
        before = _runs(prefect_server)
        another.close()
        _web(processes, prefect_server)
        _wait(lambda: pending(office.engine) == [])
        assert _runs(prefect_server) == before + 1
    assert _signed(office) == 3
