"""The process that makes the runs is kept alive, and goes with the one that keeps it."""

import os
import signal
import sys
import time
from threading import Event, Thread

import pytest

from deployments.web_effects import Follower
from deployments.web_runs import RunsElsewhere, work
from models.actions.action import Outcome
from models.errors import UnavailableError
from models.vocabulary import Role
from tasks.posts import count_pending

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


def _wait(holds, seconds=20):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


def test_a_process_that_dies_is_started_again_and_ends_with_its_keeper(engine, caplog):
    runs = RunsElsewhere(engine, WAITS)
    runs.start()
    _wait(lambda: runs.pid)
    first = runs.pid
    os.kill(first, signal.SIGKILL)
    _wait(lambda: runs.pid != first)
    assert runs.alive
    assert "重新启动" in caplog.text
    second = runs.pid
    runs.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    assert not runs.alive
    assert runs.waiting == 0


def test_a_process_that_never_lives_is_told(engine):
    runs = RunsElsewhere(engine, (sys.executable, "-c", "raise SystemExit(3)"), again_seconds=(0.0, 0.0))
    runs.start()
    _wait(lambda: not runs.alive)
    runs.stop()


def test_of_two_one_works_and_the_other_takes_over(make_office, monkeypatch):
    office = make_office()
    done: list[str] = []

    def perform(flow, actions, recorded):
        done.extend(f"{flow}:{one.case}" for one in actions)
        return recorded

    monkeypatch.setattr("deployments.web_runs.perform_by_flow", perform)
    monkeypatch.setattr("deployments.web_runs.deliver_by_flow", lambda: done.append("deliver"))
    office.flow.down = UnavailableError("连不上")
    office.to("assigned")
    link = f"/a/{office.link('签收', Role.LEAD, '民政局', '民政局')}"
    gone = [Event(), Event()]
    threads = [Thread(target=work, args=(office.engine, office.home, one)) for one in gone]
    with office.today():
        for one in threads:
            one.start()
        fields = office.client.get(link)
        assert fields.status_code == 200
        assert office.fill(link, {"by_name": "赵经办"}).status == 200
        _wait(lambda: count_pending(office.engine) == 0)
        _wait(lambda: "deliver" in done)
        gone[0].set()
        threads[0].join(20)
        gone[1].set()
        threads[1].join(20)
    assert [one for one in done if one != "deliver"] == [f"sign_for:{office.case().ref}"]


def test_what_delivering_breaks_on_is_said_and_tried_again(caplog):
    tried, sent = [], Event()

    def deliver():
        tried.append(1)
        if len(tried) == 1:
            raise ValueError("odd")
        sent.set()

    outcome = Outcome(key="k", case="1", action="签收", result="已办理", message="已签收", receipt="1-1")
    follower = Follower(lambda _flow, _actions, recorded: recorded, deliver, retry_seconds=(0.01,))
    follower("sign_for", (), [outcome])
    assert sent.wait(10)
    assert "通知没有发完" in caplog.text
