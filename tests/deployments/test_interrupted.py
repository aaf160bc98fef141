"""What a killed `banli up` was running holds nobody up when it starts again."""

import pytest

from deployments.interrupted import AGAIN, OPENING, WHY, end_interrupted
from deployments.server_api import ServerApi

POOL = "banli-killed"
WORKER = {"prefect.worker.name": "banli"}


@pytest.fixture
def api(prefect_server) -> ServerApi:
    made = ServerApi(prefect_server)
    if POOL not in {one["name"] for one in made.all_of("/work_pools/filter")}:
        made.call("POST", "/work_pools/", {"name": POOL, "type": "process"})
    return made


@pytest.fixture
def deployed(api):
    """Makes deployments of a pool, each for one run at a time; taken away with their runs afterwards."""
    made = []

    def deploy(name: str) -> str:
        flow = api.call("POST", "/flows/", {"name": f"{name}（中断）"})["id"]
        body = {"name": name, "flow_id": flow, "work_pool_name": POOL, "concurrency_limit": 1}
        made.append(api.call("POST", "/deployments/", body)["id"])
        return made[-1]

    yield deploy
    for one in made:
        for run in api.all_of("/flow_runs/filter", {"deployments": {"id": {"any_": [one]}}}):
            api.call("DELETE", f"/flow_runs/{run['id']}")
        api.call("DELETE", f"/deployments/{one}")


def started(api, deployment, *states, worker=WORKER, **body):
    """A run brought as far as a worker and its process bring it, through the server's rules."""
    run = api.call("POST", f"/deployments/{deployment}/create_flow_run", body)
    for state in states:
        told = api.call("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": state}})
        assert told["status"] == "ACCEPT"
    api.call("PATCH", f"/flow_runs/{run['id']}/labels", worker)
    return run["id"]


def state(api, run):
    return api.call("GET", f"/flow_runs/{run}")["state"]


def test_a_run_whose_worker_was_killed_gives_its_slot_to_the_next(api, deployed):
    deployment = deployed("晨报")
    killed = started(api, deployment, "PENDING", "RUNNING", name="晨报 2026-03-02")
    following = api.call("POST", f"/deployments/{deployment}/create_flow_run", {})["id"]
    wanted = {"state": {"type": "PENDING"}}
    assert api.call("POST", f"/flow_runs/{following}/set_state", wanted)["status"] == "REJECT"
    assert "晨报 2026-03-02" in "".join(end_interrupted(api))
    assert (state(api, killed)["type"], state(api, killed)["message"]) == ("CRASHED", WHY)
    api.call("POST", f"/flow_runs/{following}/set_state", {"state": {"type": "SCHEDULED"}, "force": True})
    assert api.call("POST", f"/flow_runs/{following}/set_state", wanted)["status"] == "ACCEPT"
    assert "晨报 2026-03-02" not in "".join(end_interrupted(api))


def test_a_decision_goes_on_with_the_answer_it_holds(api, deployed):
    taken = started(api, deployed("决定"), "PENDING", "RUNNING")
    end_interrupted(api)
    assert (state(api, taken)["name"], state(api, taken)["message"]) == ("AwaitingRetry", AGAIN)


def test_what_lives_elsewhere_or_needs_no_process_is_left_alone(api, deployed):
    remote = started(api, deployed("公开"), "PENDING", "RUNNING", worker={"prefect.worker.name": "二号机-77"})
    opening = {"type": "PENDING", "name": OPENING}
    form = started(api, deployed("一并决定"), worker={}, state=opening)
    flow = api.call("POST", "/flows/", {"name": "命令（中断）"})["id"]
    command = api.call("POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "RUNNING"}})["id"]
    end_interrupted(api)
    found = [state(api, run) for run in (remote, form, command)]
    assert [one["type"] for one in found] == ["RUNNING", "PENDING", "RUNNING"]
    api.call("DELETE", f"/flow_runs/{command}")
