"""What a mail server refuses for good, from the refusal to the coordinator's desk and back, through real servers."""

import json
import os
import socket
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from notice_office import NOW, notice, office, put
from sqlalchemy import select

from models.notice_vocabulary import MessageKind, NoticeStatus
from models.settings import settings_from
from models.tables.fields import core
from models.tables.office import AgencyContactRow
from tasks import clock
from tasks.bounces import clear, standing
from tasks.database import reading, transaction
from tasks.notices_store import NOTICES
from tasks.posting import post

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
ZHOU, WU = "zhou.someone@example.org", "wu@example.org"
LATER = timedelta(hours=1)


class Mail:
    """A server that takes everything, except as told: an answer by address, one to every text."""

    def __init__(self):
        self.rcpt, self.data, self.taken = {}, "250 OK", []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if not (answer := self.rcpt.get(address, "250 OK")).startswith("250"):
            return answer
        envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.data.startswith("250"):
            self.taken.append(tuple(envelope.rcpt_tos))
        return self.data


@pytest.fixture
def mail():
    server = Mail()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    server.url = f"smtp://127.0.0.1:{port}?from=duban@example.gov.cn"
    yield server
    controller.stop()


@pytest.fixture
def hook():
    texts = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.texts = texts
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def send(home, engine, mail, hook, monkeypatch):
    """Three cases, 单位1 reached by mail and then by a robot, the office by the robot; sends what is due at a time."""
    monkeypatch.setenv("BANLI_SMTP_URL", mail.url)
    robot = f"json://127.0.0.1:{hook.server_port}/"
    monkeypatch.setenv("BANLI_NOTIFY_URLS", json.dumps({"单位": ["邮件", robot], "督办": [robot]}))
    office(str(engine.url), 3).dispose()
    with transaction(engine) as connection:
        people = [{"agency": "单位1", "role": "经办人", "name": "周某", "email": ZHOU}]
        connection.execute(core(AgencyContactRow).insert(), people)

    def deliver(at, **more):
        with clock.moved_to(at):
            return post(engine, settings_from(os.environ), now=at, worker="测试", **more)

    return deliver


def add_contact(engine, email):
    with transaction(engine) as connection:
        person = {"agency": "单位1", "role": "负责人", "name": "吴某", "email": email}
        connection.execute(core(AgencyContactRow).insert().values(**person))


def asked(engine):
    with reading(engine) as connection:
        found = connection.execute(select(NOTICES).where(NOTICES.c.recipient == "督办")).all()
    return {(row.kind, row.status) for row in found}


@pytest.mark.parametrize("refusal", ["at RCPT", "after DATA"])
def test_a_refused_address_is_passed_over_until_it_is_cleared(engine, send, mail, hook, refusal):
    if refusal == "at RCPT":
        mail.rcpt[ZHOU] = f"550 5.1.1 <{ZHOU}>: no such user"
    else:
        mail.data = f"554 5.2.1 <{ZHOU}> disabled"
    put(engine, notice(1))
    assert send(NOW).by_channel == {"webhook": 2}
    with reading(engine) as connection:
        (bounce,) = standing(connection)
    assert (bounce.address, bounce.recipient, bounce.code) == (ZHOU, "单位:单位1", 550 if refusal == "at RCPT" else 554)
    mail.rcpt, mail.data = {}, "250 OK"
    put(engine, notice(2))
    assert send(NOW + LATER).by_channel == {"webhook": 1}
    assert mail.taken == []
    assert asked(engine) == {(MessageKind.BOUNCED, NoticeStatus.SENT)}
    (told,) = [text for text in hook.texts if "退回" in text]
    assert "单位1" in told
    assert "zh***@example.org" in told
    with transaction(engine) as connection:
        assert clear(connection, [ZHOU.upper()], NOW) == 1
    put(engine, notice(3))
    assert send(NOW + 2 * LATER).by_channel == {"邮件": 1}
    assert mail.taken == [(ZHOU,)]
    with reading(engine) as connection:
        errors = " ".join(row.error or "" for row in connection.execute(select(NOTICES)))
    assert ZHOU not in errors + "".join(hook.texts)


def test_of_two_addresses_only_the_one_refused_is_passed_over(engine, send, mail):
    add_contact(engine, WU)
    mail.rcpt[ZHOU] = "550 no such user"
    put(engine, notice(1))
    assert send(NOW).by_channel == {"邮件": 1, "webhook": 1}
    mail.rcpt.clear()
    put(engine, notice(2))
    send(NOW + LATER)
    assert mail.taken == [(WU,), (WU,)]


@pytest.mark.parametrize(
    "refusal",
    [
        ("250 OK", "552 5.3.4 message too big"),
        ("250 OK", "554 5.6.0 looks like spam"),
        ("250 OK", "550 blocked"),
        ("550 5.7.1 sender not trusted", ""),
        ("552 5.2.2 mailbox full", ""),
        ("554 no", ""),
        ("553 5.1.8 bad sender", ""),
    ],
)
def test_refused_content_is_told_and_the_address_stays_in_use(engine, send, mail, hook, refusal):
    mail.rcpt[ZHOU], mail.data = rcpt, data = refusal
    put(engine, notice(1))
    assert send(NOW).by_channel == {"webhook": 2}
    with reading(engine) as connection:
        assert [(one.address, one.dead) for one in standing(connection)] == [(ZHOU, False)]
    (told,) = [text for text in hook.texts if "退信" in text]
    assert "邮箱本身没有问题" in told
    assert f"zh***@example.org，2026年4月1日 09:00，{(data or rcpt)[:3]}" in told
    mail.rcpt, mail.data = {}, "250 OK"
    put(engine, notice(2))
    assert send(NOW + LATER).by_channel == {"邮件": 1}


def test_a_text_refused_for_two_blames_neither(engine, send, mail):
    add_contact(engine, WU)
    mail.data = "550 5.1.1 no such user"
    put(engine, notice(1))
    send(NOW)
    with reading(engine) as connection:
        assert {one.address: one.dead for one in standing(connection)} == {ZHOU: False, WU: False}


def test_what_may_pass_is_no_bounce(engine, send, mail):
    mail.rcpt[ZHOU] = "451 greylisted"
    put(engine, notice(1))
    assert send(NOW).retried == 1
    with reading(engine) as connection:
        assert standing(connection) == ()
    mail.rcpt.clear()
    assert send(NOW + LATER).by_channel == {"邮件": 1}


def test_another_try_waits_for_the_working_morning(engine, send, mail):
    """The server is busy on a Friday evening; nothing goes out before Tuesday, 清明节 (6 April) being a rest day."""
    mail.rcpt[ZHOU] = "451 greylisted"
    friday = clock.morning_of(date(2026, 4, 3), 17)
    put(engine, notice(1, not_before_at=friday))
    send(friday)
    mail.rcpt.clear()
    for day, hour in ((3, 19), (4, 10), (6, 10), (7, 7)):
        assert send(clock.morning_of(date(2026, 4, day), hour)).sent == 0
    assert send(clock.morning_of(date(2026, 4, 7), 8)).by_channel == {"邮件": 1}


def test_a_bounce_settled_before_the_office_is_told_is_not_told(engine, send, mail, hook):
    mail.rcpt[ZHOU] = "550 no such user"
    put(engine, notice(1))
    send(NOW, limit=1)
    with transaction(engine) as connection:
        clear(connection, None, NOW)
    send(NOW + LATER)
    assert asked(engine) == {(MessageKind.BOUNCED, NoticeStatus.EXPIRED)}


def test_what_no_way_delivers_is_laid_before_the_coordinator(engine, send, mail, hook, monkeypatch):
    monkeypatch.setenv("BANLI_NOTIFY_AGENCY", "邮件")
    mail.rcpt[ZHOU] = "550 no such user"
    put(engine, notice(1), notice(2))
    assert send(NOW).failed == 2
    assert asked(engine) == {(MessageKind.BOUNCED, NoticeStatus.SENT), (MessageKind.UNDELIVERED, NoticeStatus.SENT)}
    (told,) = [text for text in hook.texts if "都没有送到" in text]
    assert "发给单位1的2条通知" in told
    assert "第2026001号交办通知" in told
    assert ZHOU not in told
