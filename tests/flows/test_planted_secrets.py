"""Nothing secret reaches the engine: a real run's database and logs hold no planted password, contact or token."""

import pytest
from builders import OFFICE, day, proposed
from desk import Desk
from prefect.settings import PREFECT_LOGGING_LEVEL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

from flows.notices import deliver_notices
from flows.registry import flush_logs, perform_all
from models import actions as a
from models import tables as t
from tasks import clock

PASSWORD, PHONE, MAIL, STREET = "Geheim-7391-Xyz", "13955501234", "zhangmou@planted.example", "梧桐巷七十七号"


@pytest.fixture
def kept(tmp_path_factory):
    """Everything the Prefect server keeps, as bytes: its database, the log beside it, the processes' logs."""

    def read():
        base = tmp_path_factory.getbasetemp()
        folders = [path for path in base.glob("prefect*") if path.is_dir()]
        return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}

    return read


def test_what_was_planted_is_nowhere_in_runs_logs_or_artifacts(office, prefect_server, kept, monkeypatch, capfd):
    monkeypatch.setenv("BANLI_SMTP_URL", f"smtp://banli:{PASSWORD}@127.0.0.1:9?from=a@office.example")
    monkeypatch.setenv("BANLI_NOTIFY_PROPOSER", "邮件")
    person = {"name": "张某某", "kind": "委员", "phone": PHONE, "email": MAIL, "address": STREET}
    levels = {PREFECT_LOGGING_TO_API_ENABLED: True, PREFECT_LOGGING_LEVEL: "DEBUG"}
    desk = Desk(office, perform_all)
    with temporary_settings(updates=levels):
        desk.do(day(1, 21), proposed("7391", proposers=[person]))
        desk.do(day(2, 2), a.Accept(case="7391", by=OFFICE))
        with clock.moved_to(clock.morning_of(day(2, 3))):
            deliver_notices(return_state=True)
        flush_logs()
    notices = desk.rows(t.NoticeRow)
    assert {one.attempts > 0 for one in notices} == {True}, "the password was used"
    assert any(PHONE in str(one) for one in desk.rows(t.ProposerContactRow)), "the contact is on record"
    contents = kept()
    assert any(b"7391" in content for content in contents.values()), "this is the run's database"
    planted = (PASSWORD, PHONE, MAIL, STREET)
    leaks = [(path.name, word) for path, content in contents.items() for word in planted if _in(word, content)]
    assert leaks == []
    said = "".join(capfd.readouterr())
    assert [word for word in planted if word in said] == []


def _in(word, content):
    """As UTF-8, and as JSON escapes it."""
    return word.encode() in content or word.encode("unicode_escape") in content
