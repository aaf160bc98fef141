"""A start deploys what is new, different or gone, and nothing else."""

import pytest
import yaml

from deployments import deployed, deploying
from deployments.deployed import keep, print_of, read, stale
from deployments.server_api import ServerApi

ENTRIES = (
    {"name": "催办", "entrypoint": "flows.deadlines.watch_deadlines", "description": "每天"},
    {"name": "交办", "entrypoint": "flows.assignment.assign"},
)


def served(name, **more):
    """As the server tells it, with what is the server's own."""
    return {"id": "1", "updated": "2026-03-02", "last_polled": None, "name": name, "schedules": [], **more}


THERE = {one["name"]: served(one["name"]) for one in ENTRIES}


def names(found):
    return [one["name"] for one in found]


def test_what_stands_is_left_alone_and_what_the_server_notes_for_itself_is_no_change(tmp_path):
    assert names(stale(ENTRIES, {}, read(tmp_path))) == ["催办", "交办"]
    keep(tmp_path, ENTRIES, THERE)
    later = {name: one | {"id": "2", "updated": "2026-03-03", "status": "READY"} for name, one in THERE.items()}
    assert stale(ENTRIES, later, read(tmp_path)) == []


@pytest.mark.parametrize(
    "other",
    [
        {"tags": ["手改"]},
        {"paused": True},
        {"work_pool_name": "别的"},
        {"global_concurrency_limit": {"limit": 3}},
        {"schedules": [{"schedule": {"cron": "0 9 * * *"}, "active": True}]},
        {"pull_steps": [{"prefect.deployments.steps.set_working_directory": {"directory": "/gone"}}]},
    ],
)
def test_what_was_changed_on_the_server_is_deployed_again(tmp_path, other):
    keep(tmp_path, ENTRIES, THERE)
    assert names(stale(ENTRIES, THERE | {"催办": served("催办", **other)}, read(tmp_path))) == ["催办"]


def test_what_is_gone_or_asked_otherwise_is_deployed_again(tmp_path):
    keep(tmp_path, ENTRIES, THERE)
    assert names(stale(ENTRIES, {"催办": THERE["催办"]}, read(tmp_path))) == ["交办"]
    newer = ({**ENTRIES[0], "description": "每天早晨"}, ENTRIES[1])
    assert names(stale(newer, THERE, read(tmp_path))) == ["催办"]


def test_a_server_with_nothing_gets_everything_whatever_is_kept(tmp_path):
    keep(tmp_path, ENTRIES, THERE)
    assert names(stale(ENTRIES, {}, read(tmp_path))) == ["催办", "交办"]


def test_another_program_library_or_folder_deploys_anew(tmp_path, monkeypatch):
    keep(tmp_path, ENTRIES, THERE)
    monkeypatch.chdir(tmp_path)
    assert names(stale(ENTRIES, THERE, read(tmp_path))) == ["催办", "交办"]
    monkeypatch.undo()
    assert stale(ENTRIES, THERE, read(tmp_path)) == []
    before = deployed.program()
    deployed.program.cache_clear()
    monkeypatch.setattr(deployed, "version", lambda name: f"{name} 99")
    assert deployed.program() != before
    assert names(stale(ENTRIES, THERE, read(tmp_path))) == ["催办", "交办"]
    deployed.program.cache_clear()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"催办": "x"}'])
def test_a_broken_file_deploys_everything(tmp_path, text):
    (tmp_path / "deployed.json").write_text(text, "utf-8")
    assert names(stale(ENTRIES, THERE, read(tmp_path))) == ["催办", "交办"]


@pytest.fixture
def file(tmp_path):
    """A prefect.yaml of this test's own."""
    schedule = {"cron": "0 9 1 1 *", "timezone": "Asia/Shanghai", "slug": "每年"}
    found = tmp_path / "prefect.yaml"
    found.write_text(yaml.safe_dump({"deployments": [{"name": "试一", "schedules": [schedule]}, {"name": "试二"}]}))
    return found


def test_a_real_server_is_left_alone_until_a_hand_changes_something(prefect_server, tmp_path, file):
    api = ServerApi(prefect_server)
    to_deploy, made = deploying.prepare(api, file, tmp_path, reset=False, everything=False)
    assert to_deploy is not None
    flow = api.call("POST", "/flows/", {"name": "试"})["id"]
    for entry in made.document["deployments"]:
        schedules = [
            {"schedule": {"cron": one["cron"], "timezone": one["timezone"]}, "slug": one["slug"]}
            for one in entry.get("schedules", ())
        ]
        api.call("POST", "/deployments/", {"name": entry["name"], "flow_id": flow, "schedules": schedules})
    deploying.remember(tmp_path, made, deploying.on_server(api))
    assert deploying.prepare(api, file, tmp_path, reset=False, everything=False)[0] is None

    there = deploying.on_server(api)
    api.call("DELETE", f"/deployments/{there['试二']['id']}")
    assert names(deployed_by(deploying.prepare(api, file, tmp_path, reset=False, everything=False)[0])) == ["试二"]
    (schedule,) = there["试一"]["schedules"]
    api.call("PATCH", f"/deployments/{there['试一']['id']}/schedules/{schedule['id']}", {"active": False})
    again, said = deploying.prepare(api, file, tmp_path, reset=False, everything=False)
    assert names(deployed_by(again)) == ["试一", "试二"]
    assert [one["active"] for one in deployed_by(again)[0]["schedules"]] == [False]
    assert "试一" in said.said[0]
    reset, _ = deploying.prepare(api, file, tmp_path, reset=True, everything=True)
    assert [one["active"] for one in deployed_by(reset)[0]["schedules"]] == [True]
    api.call("DELETE", f"/deployments/{there['试一']['id']}")


def deployed_by(file):
    return yaml.safe_load(file.read_text("utf-8"))["deployments"]


def test_prints_do_not_hang_on_the_order_of_what_the_server_lists():
    two = [{"schedule": {"cron": "0 9 * * *"}}, {"schedule": {"cron": "0 8 * * *"}}]
    ways = {print_of(ENTRIES[0], served("催办", schedules=order)) for order in (two, two[::-1])}
    assert len(ways) == 1
