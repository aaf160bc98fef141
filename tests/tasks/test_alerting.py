"""A word to the office that something went wrong."""

import os

import pytest
from desk import Desk

from models.settings import settings_from
from tasks.alerting import tell_office


def test_the_office_is_told_by_its_own_routes(office, home):
    told = tell_office(office, settings_from(os.environ), what="催办没有按时运行", lines=("二十六小时", ""), secrets={})
    assert (told.way, told.why) == ("信箱", "")
    (mail,) = (home / "mailbox").rglob("*.eml")
    assert "Subject:" in mail.read_text()


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise's, when it is first imported
def test_a_refusal_is_told_with_its_reason(office, home, monkeypatch):
    monkeypatch.setenv("BANLI_NOTIFY_OFFICE", "json://127.0.0.1:9/nobody")
    told = tell_office(office, settings_from(os.environ), what="出错", lines=(), secrets={})
    assert told.way is None
    assert "webhook" in told.why


def test_the_same_thing_is_told_once_an_hour(office, home, prefect_server):
    from flows.registry import run  # noqa: PLC0415 - after the server is there

    assert Desk(office).engine is office
    assert run("alert", "通知没有发出去", "3条", "") is True
    assert run("alert", "通知没有发出去", "4条", "") is False
    assert run("alert", "催办没有按时运行") is True
