"""Servers that are slow, drip or hang up, at each step of a message: what delivery records of it, and what arrives."""

import socket
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from notice_office import NOW, notice, office, put
from sqlalchemy import select

from models.notice_vocabulary import NoticeStatus
from models.rulings import OFFICE
from models.tables.fields import core
from models.tables.notices import BounceRow
from notifications.channels import WebhookChannel
from notifications.mail import MailChannel
from notifications.sending import RecordingChannel
from tasks.database import transaction
from tasks.notice_facts import FactsReader
from tasks.notices import deliver
from tasks.notices_store import NOTICES, TWICE

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
PATIENCE = 0.5
"""Seconds our side waits for one answer of a server in trouble."""
AMPLE = 20.0
"""The same for a server that is well, on a machine that may be busy."""
WAITING, SENT, FAILED = NoticeStatus.WAITING, NoticeStatus.SENT, NoticeStatus.FAILED
GOOD = {"": "220 hello", "EHLO": "250 hello", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", ".": "250 ok"}


class Server:
    """Serves each connection by a function of its own, in a thread; `taken` are the messages that came in whole."""

    def __init__(self, serve):
        self.taken, self.stopped = [], threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self._serve = serve
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        with suppress(OSError):  # closed: the test is over
            while True:
                peer, _ = self.socket.accept()
                self._threads.append(threading.Thread(target=self._one, args=(peer,)))
                self._threads[-1].start()

    def _one(self, peer):
        with peer, suppress(OSError):  # the client went away
            self._serve(self, peer)

    def stop(self):
        self.stopped.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in self._threads:
            thread.join()


def smtp(trouble):
    """An SMTP server in trouble at some step: `wait` says nothing, `close` hangs up, else its answer there."""

    def serve(server, peer):
        lines = peer.makefile("rb")
        step = ""
        while True:
            match trouble.get(step, GOOD.get(step, "221 bye")):
                case "wait":
                    server.stopped.wait(5)
                    return
                case "close":
                    return
                case answer:
                    peer.sendall(f"{answer}\r\n".encode())
            if step == "DATA" and "DATA" not in trouble:
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += lines.readline()
                server.taken.append(text)
                step = "."
                continue
            if not (line := lines.readline()):
                return
            step = line.split()[0].decode().upper()

    return serve


def http(trouble):
    """An HTTP server that drips its answer, hangs up before or in the middle of it, or never says anything."""

    def serve(server, peer):
        request = peer.makefile("rb")
        size = 0
        while (line := request.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                size = int(line.partition(b":")[2])
        server.taken.append(request.read(size))
        answer = b'HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"errcode":0,"errmsg":""}'
        match trouble.get("answer"):
            case "wait":
                server.stopped.wait(5)
            case "close":
                return
            case "half":
                peer.sendall(answer[:-10])
            case "drip":  # each byte in time, the whole never
                head, body = answer[:-25], answer[-25:]
                peer.sendall(head)
                for byte in body:
                    peer.sendall(bytes([byte]))
                    if server.stopped.wait(PATIENCE / 3):
                        return
            case _:
                peer.sendall(answer)

    return serve


@pytest.fixture
def world(home, new_database):
    """One notice; a way to send what is due, to a server in trouble that can be changed, and a look at the row."""
    engine, servers = office(new_database(home)), []
    put(engine, notice(1))
    told = RecordingChannel("督办")

    def send(make, trouble, at=NOW, timeout=PATIENCE):
        if not servers:
            servers.append(Server(make(trouble)))
        port = servers[0].port
        if make is smtp:
            url = f"smtp://127.0.0.1:{port}?from=duban@example.gov.cn"
            channel = MailChannel(url, lambda: NOW, timeout=timeout)
        else:
            channel = WebhookChannel(f"wecombot://KEY/?at=http://127.0.0.1:{port}", timeout=timeout)
        return deliver(
            engine,
            now=at,
            channels_for=lambda r: [(told, "")] if r == OFFICE else [(channel, "zhou@example.org")],
            compose_facts=FactsReader(today=NOW.date()),
            worker="测试",
        )

    def row():
        with transaction(engine) as connection:
            return connection.execute(select(NOTICES).where(NOTICES.c.recipient != OFFICE)).one()

    yield send, row, lambda: len(servers[0].taken), engine
    for server in servers:
        server.stop()
    engine.dispose()


@pytest.mark.parametrize(
    ("make", "trouble", "doubtful", "words"),
    [
        (smtp, {"": "wait"}, False, "连接不上"),
        (smtp, {"": "close"}, False, "连接不上"),
        (smtp, {"MAIL": "wait"}, False, "中断了连接"),
        (smtp, {"RCPT": "wait"}, False, "中断了连接"),
        (smtp, {"RCPT": "close"}, False, "中断了连接"),
        (smtp, {"DATA": "close"}, False, "中断了连接"),
        (smtp, {".": "wait"}, True, "回执"),
        (smtp, {".": "close"}, True, "回执"),
        (http, {"answer": "wait"}, True, "回执"),
        (http, {"answer": "close"}, True, "回执"),
        (http, {"answer": "half"}, True, "回执"),
        (http, {"answer": "drip"}, True, "回执"),
    ],
    ids=lambda value: "-".join(map(str, value.items()))[:20] if isinstance(value, dict) else None,
)
def test_each_trouble_is_recorded_as_what_it_is(world, make, trouble, doubtful, words):
    """Before the text was handed over there is no doubt, after it there is; then the same notice arrives."""
    send, row, arrived, engine = world
    done = send(make, trouble)
    found = row()
    assert (done.retried, found.status, found.doubts, found.interruptions) == (1, WAITING, int(doubtful), 0)
    assert words in (found.error or "")
    assert (arrived(), found.handed_over_at) == (int(doubtful), None)
    trouble.clear()
    done = send(make, trouble, at=NOW + timedelta(minutes=2), timeout=AMPLE)  # a busy machine is no trouble
    assert (done.sent, done.repeated, row().status) == (1, int(doubtful), SENT)
    assert arrived() == 1 + doubtful
    with transaction(engine) as connection:
        assert connection.execute(select(core(BounceRow))).all() == []


@pytest.mark.parametrize(
    ("make", "trouble"), [(smtp, {".": "close"}), (http, {"answer": "half"})], ids=["smtp", "http"]
)
def test_two_ends_without_an_answer_go_to_a_person(world, make, trouble):
    send, row, arrived, _ = world
    for minutes in (0, 2, 60):
        send(make, trouble, at=NOW + timedelta(minutes=minutes))
    assert (row().status, row().doubts, arrived()) == (FAILED, 2, 2)
    assert row().error.startswith(TWICE)


def test_a_refusal_after_the_text_is_no_doubt(world):
    send, row, arrived, engine = world
    send(smtp, {".": "554 5.6.0 not like this"})
    assert (row().status, row().doubts, arrived()) == (FAILED, 0, 1)
    with transaction(engine) as connection:
        (bounce,) = connection.execute(select(core(BounceRow)))
    assert (bounce.address, bounce.dead) == ("zhou@example.org", False)
