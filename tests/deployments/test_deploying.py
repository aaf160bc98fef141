"""Schedules changed by hand stay, and are said."""

import pytest
import yaml

from deployments.deploying import plain_schedule, plan
from deployments.up import PREFECT_YAML

MORNING = {"cron": "30 8 * * *", "timezone": "Asia/Shanghai", "slug": "每日早晨"}
DOCUMENT = {"name": "banli", "deployments": [{"name": "催办", "schedules": [MORNING]}, {"name": "交办"}]}


def served(*schedules, paused=False):
    return {"name": "催办", "schedules": list(schedules), "paused": paused}


def as_served(cron="30 8 * * *", *, active=True):
    """As the server tells it."""
    return {
        "active": active,
        "slug": "每日早晨",
        "schedule": {"cron": cron, "timezone": "Asia/Shanghai", "day_or": True},
    }


def schedules_of(made):
    return made.document["deployments"][0]["schedules"]


def test_a_first_deployment_takes_the_file():
    made = plan(DOCUMENT, {}, {})
    assert schedules_of(made) == [plain_schedule(MORNING)] == made.remember["催办"]
    assert made.said == ()
    assert "schedules" not in made.document["deployments"][1]


def test_what_nobody_touched_follows_the_file():
    newer = {"deployments": [{"name": "催办", "schedules": [MORNING | {"cron": "0 9 * * *"}]}]}
    made = plan(newer, {"催办": served(as_served())}, {"催办": [plain_schedule(MORNING)]})
    assert schedules_of(made)[0]["cron"] == "0 9 * * *"
    assert made.said == ()


@pytest.mark.parametrize(
    ("there", "words"),
    [((as_served("0 7 * * *"),), "0 7 * * *"), ((as_served(active=False),), "30 8 * * *（停用）"), ((), "没有定时")],
)
def test_a_hand_is_kept_and_said_until_it_is_taken_back(there, words):
    last = {"催办": [plain_schedule(MORNING)]}
    made = plan(DOCUMENT, {"催办": served(*there)}, last)
    assert schedules_of(made) == [plain_schedule(one) for one in there]
    assert made.said[0] == f"“催办”的定时在界面里改过，保留：{words}（文件里是：30 8 * * *）。"
    assert made.remember == last | {"交办": []}
    again = plan(DOCUMENT, {"催办": served(*there)}, made.remember)
    assert again.said == made.said
    reset = plan(DOCUMENT, {"催办": served(*there)}, made.remember, reset=True)
    assert (schedules_of(reset), reset.said) == ([plain_schedule(MORNING)], ())


def test_a_paused_deployment_stays_paused():
    made = plan(DOCUMENT, {"催办": served(as_served(), paused=True)}, {})
    assert made.document["deployments"][0]["paused"] is True


def test_every_schedule_of_the_file_can_be_compared():
    document = yaml.safe_load(PREFECT_YAML.read_text("utf-8"))
    made = plan(document, {}, {})
    assert {name for name, found in made.remember.items() if found} >= {"公开", "催办", "发送通知", "晨报"}
    interval = {
        "schedule": {"interval": 600.0, "anchor_date": "2026-01-01T00:00:00Z", "timezone": "UTC"},
        "active": True,
    }
    assert plain_schedule(interval)["interval"] == 600.0
