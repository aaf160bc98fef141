"""Channels against real servers: SMTP (aiosmtpd), HTTP, and a folder."""

import json
import socket
import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError
from notifications.audiences import check_routes, read_recipient, ways_for
from notifications.channels import WebhookChannel
from notifications.directory import open_directory
from notifications.local_mailbox import INDEX, MailboxChannel, read_letter, render_mailbox
from notifications.mail import MailChannel
from notifications.messages import Message
from notifications.sending import Attachment, Bounce, RecordingChannel, Refused, Sent, encoded_bytes, split

# Apprise looks for a PGP library that still reads imghdr when it loads its services.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOW = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
MESSAGE = Message(
    "【办理】交办通知：第1号《…》", "市民政局：\n\n    请办理。\n", "<p>请办理。</p>", "请办理 𠮷\n", id="abc123"
)
FILE = Attachment("答复函.docx", b"PK\x03\x04.\r\n.\r\n", "application/zip")


def now():
    return NOW


# ── 邮件 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Post:
    """An SMTP server that takes everything, except as told."""

    def __init__(self):
        self.taken, self.rcpt, self.data = [], {}, "250 OK"
        self.sessions, self.closing = [], False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        answer = self.rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_RSET(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.closing:
            self.closing = False
            server.transport.abort()
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.sessions.append(session)
        if self.data == "hang up":
            self.taken.append(envelope)
            server.transport.abort()
            return "250 OK"
        if self.data.startswith("250"):
            self.taken.append(envelope)
        return self.data


@pytest.fixture
def post():
    server = Post()
    controller = Controller(server, hostname="127.0.0.1", port=_free_port())
    controller.start()
    server.url = f"smtp://127.0.0.1:{controller.port}?from=%E5%8A%9E%E7%90%86 <banli@example.gov.cn>"
    yield server
    controller.stop()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_mail_arrives_whole_in_chinese_with_its_file(post):
    answer = MailChannel(post.url, now).send("a@example.org, b@example.org", MESSAGE, (FILE,))
    assert answer == Sent()
    (envelope,) = post.taken
    assert envelope.rcpt_tos == ["a@example.org", "b@example.org"]
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert mail["Subject"] == MESSAGE.subject
    assert mail["From"].addresses[0].display_name == "办理"
    assert mail["Message-ID"] == "<abc123@example.gov.cn>"
    assert mail["Date"].datetime == NOW
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == MESSAGE.text
    assert mail.get_body(("html",)).get_content().strip() == MESSAGE.html
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (FILE.name, FILE.content)
    assert all(line.isascii() and len(line) < 998 for line in envelope.content.splitlines())


@pytest.mark.parametrize(
    ("rcpt", "temporary"), [("550 no such user", False), ("452 mailbox full", True), ("451 greylisted", True)]
)
def test_a_refused_address_says_whether_to_try_again(post, rcpt, temporary):
    post.rcpt["a@example.org"] = rcpt
    answer = MailChannel(post.url, now).send("a@example.org", MESSAGE)
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.uncertain) == (temporary, False)
    assert rcpt in answer.reason


def test_one_refused_address_of_two_is_noted(post):
    post.rcpt["a@example.org"] = "550 no such user"
    answer = MailChannel(post.url, now).send("a@example.org,b@example.org", MESSAGE)
    bounce = Bounce("a@example.org", 550, "no such user")
    assert answer == Sent(note="a***@example.org 被拒收(550 no such user)", bounces=(bounce,))
    assert post.taken[0].rcpt_tos == ["b@example.org"]


def test_a_refused_text_says_whether_to_try_again(post):
    channel = MailChannel(post.url, now)
    post.data = "554 spam"
    assert channel.send("a@example.org", MESSAGE).temporary is False
    post.data = "451 later"
    assert channel.send("a@example.org", MESSAGE).temporary is True


def test_a_server_that_breaks_off_after_the_text_leaves_doubt(post):
    post.data = "hang up"
    answer = MailChannel(post.url, now).send("a@example.org", MESSAGE)
    assert (answer.temporary, answer.uncertain) == (True, True)
    assert len(post.taken) == 1


def test_one_connection_serves_many_messages_and_forgets_what_was_refused(post):
    channel = MailChannel(post.url, now)
    post.rcpt["a@example.org"] = "550 no such user"
    with channel.staying():
        answers = [channel.send(f"{who}@example.org", MESSAGE) for who in "babb"]
    assert [type(one) for one in answers] == [Sent, Refused, Sent, Sent]
    assert [one.rcpt_tos for one in post.taken] == [["b@example.org"]] * 3
    assert len({one.peer for one in post.sessions}) == 1
    channel.send("b@example.org", MESSAGE)
    assert len({one.peer for one in post.sessions}) == 2  # outside the block each message has its own


def test_a_server_that_hangs_up_between_messages_is_greeted_again(post):
    channel = MailChannel(post.url, now)
    with channel.staying():
        assert channel.send("b@example.org", MESSAGE) == Sent()
        post.closing = True
        assert [channel.send("b@example.org", MESSAGE) for _ in range(2)] == [Sent()] * 2
        post.data = "hang up"
        assert channel.send("b@example.org", MESSAGE).uncertain
        post.data = "250 OK"
        assert channel.send("b@example.org", MESSAGE) == Sent()
    assert len(post.taken) == 5


def test_no_server_is_no_doubt():
    answer = MailChannel(f"smtp://127.0.0.1:{_free_port()}", now).send("a@example.org", MESSAGE)
    assert (answer.temporary, answer.uncertain) == (True, False)
    assert "连接不上" in answer.reason


@pytest.mark.parametrize("address", ["", "not an address", "a@example.org\nBcc: b@example.org"])
def test_a_wrong_address_is_final(post, address):
    assert MailChannel(post.url, now).send(address, MESSAGE).temporary is False
    assert post.taken == []


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://h:port", "smtp://h?from=nobody", "邮件"])
def test_a_wrong_server_url_is_said_at_once(url):
    with pytest.raises(InputError, match="邮件服务器地址写法不对"):
        MailChannel(url, now)


# ── 群机器人、webhook ─────────────────────────────────────────────────────────────────────────────────────────────


class Receiver:
    """An HTTP server that keeps what it gets and answers as told."""

    def __init__(self):
        self.got, self.answers = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, json.loads(body), len(body), dict(self.headers)))
                answer = receiver.answers.pop(0) if receiver.answers else {}
                if answer.get("wait"):
                    receiver.released.wait(5)
                if answer.get("close"):
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(answer.get("status", 200))
                for name, value in answer.get("headers", {}).items():
                    self.send_header(name, value)
                said = answer.get("body", '{"errcode":0,"errmsg":"ok","code":0}').encode()
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args):
                """Keep the test's output clean."""

        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, kind):
        if kind == "webhook":
            return f"json://user:pass@{self.host}/hook?+X-Office=duban"
        plain = {
            "企业微信": "wecombot://KEY-1_a/",
            "钉钉": "dingtalk://TOKEN1/",
            "飞书": "feishu://TOKEN-1/",
            "Lark": "lark://TOKEN-1/",
        }
        return f"{plain[kind]}?at=http://{self.host}"

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.stop()


TEXT_OF = {
    "企业微信": lambda body: body["text"]["content"],
    "钉钉": lambda body: body["text"]["content"],
    "飞书": lambda body: body["content"]["text"],
    "Lark": lambda body: body["content"]["text"],
    "webhook": lambda body: body["message"],
}
LIMITS = {"企业微信": 2048, "钉钉": 20_000, "飞书": 20_000, "Lark": 20_000}
ROBOTS = list(LIMITS)


def test_what_each_service_is_given(receiver, snapshot):
    for kind in TEXT_OF:
        assert WebhookChannel(receiver.url(kind)).send("", MESSAGE) == Sent()
    assert [(path, body) for path, body, _, _ in receiver.got] == snapshot
    headers = receiver.got[-1][3]
    assert (headers["X-Office"], headers["Authorization"]) == ("duban", "Basic dXNlcjpwYXNz")


def test_dingtalk_signs(receiver):
    assert WebhookChannel(f"dingtalk://SECRET@TOKEN1/?at=http://{receiver.host}").send("", MESSAGE) == Sent()
    path = receiver.got[0][0]
    assert path.startswith("/robot/send?access_token=TOKEN1&timestamp=")
    assert "&sign=" in path


@pytest.mark.parametrize("kind", ROBOTS)
def test_long_texts_come_in_parts_that_fit(receiver, kind):
    brief = "".join(f"第{n}号《关于\t社区“长者𠮷食堂”的提案》👨‍👩‍👧办理\n" for n in range(700))
    message = Message(MESSAGE.subject, MESSAGE.text, MESSAGE.html, brief)
    assert WebhookChannel(receiver.url(kind)).send("", message) == Sent()
    texts = [TEXT_OF[kind](body) for _, body, _, _ in receiver.got]
    assert len(texts) > 1
    if kind == "企业微信":
        assert max(len(text.encode()) for text in texts) <= LIMITS[kind]
    else:
        assert max(size for _, _, size, _ in receiver.got) <= LIMITS[kind]
    assert "".join(text.split("\n", 1)[1] for text in texts) == brief
    assert texts[0].startswith(f"(1/{len(texts)})\n")


@pytest.mark.parametrize("kind", TEXT_OF)
def test_too_many_requests_says_how_long_to_wait(receiver, kind):
    receiver.answers = [{"status": 429, "headers": {"Retry-After": "120"}}]
    answer = WebhookChannel(receiver.url(kind)).send("", MESSAGE)
    assert (answer.temporary, answer.retry_after, answer.uncertain) == (True, 120.0, False)


def test_retry_after_may_be_a_date(receiver):
    dates = {"Date": "Wed, 01 Apr 2026 01:00:00 GMT", "Retry-After": "Wed, 01 Apr 2026 01:05:00 GMT"}
    receiver.answers = [{"status": 503, "headers": dates}, {"status": 503, "headers": {"Retry-After": "soon"}}]
    channel = WebhookChannel(receiver.url("webhook"))
    first, second = channel.send("", MESSAGE), channel.send("", MESSAGE)
    assert second.retry_after is None
    assert first.temporary


@pytest.mark.parametrize(
    ("kind", "body", "temporary"),
    [
        ("企业微信", '{"errcode":45009,"errmsg":"api freq out of limit"}', True),
        ("企业微信", '{"errcode":93000,"errmsg":"invalid webhook url"}', False),
        ("钉钉", '{"errcode":130101,"errmsg":"send too fast"}', True),
        ("钉钉", '{"errcode":310000,"errmsg":"keywords not in content"}', False),
        ("飞书", '{"code":11232,"msg":"frequency limited"}', True),
        ("飞书", '{"code":19024,"msg":"Key Words Not Found"}', False),
    ],
)
def test_a_refusal_inside_a_good_answer_is_a_refusal(receiver, kind, body, temporary):
    receiver.answers = [{"body": body}]
    answer = WebhookChannel(receiver.url(kind)).send("", MESSAGE)
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.uncertain) == (temporary, False)
    assert "TOKEN" not in answer.reason
    assert "KEY" not in answer.reason


@pytest.mark.parametrize(("status", "temporary"), [(400, False), (404, False), (302, False), (500, True), (502, True)])
def test_http_refusals(receiver, status, temporary):
    receiver.answers = [{"status": status, "headers": {"Location": "/elsewhere"}}]
    answer = WebhookChannel(receiver.url("webhook")).send("", MESSAGE)
    assert (answer.temporary, answer.uncertain) == (temporary, False)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("answer", [{"close": True}, {"wait": True}, {"body": "<html>ok</html>"}])
def test_an_answer_that_does_not_come_leaves_doubt(receiver, answer):
    receiver.answers = [answer]
    refused = WebhookChannel(receiver.url("企业微信"), timeout=0.3).send("", MESSAGE)
    assert (refused.temporary, refused.uncertain) == (True, True)


def test_no_listener_is_no_doubt():
    refused = WebhookChannel(f"json://127.0.0.1:{_free_port()}/").send("", MESSAGE)
    assert (refused.temporary, refused.uncertain) == (True, False)


def test_a_failure_in_the_middle_of_the_parts_leaves_doubt(receiver):
    receiver.answers = [{}, {"status": 500}]
    message = Message("", "", "", "办理\n" * 2000)
    refused = WebhookChannel(receiver.url("企业微信")).send("", message)
    assert refused.uncertain
    assert "第2段未送达" in refused.reason


def test_services_only_apprise_knows_go_through_apprise(receiver):
    channel = WebhookChannel(f"form://{receiver.host}/")
    assert channel.name == "Form"
    receiver.server.RequestHandlerClass.do_POST = lambda self: (self.send_response(200), self.end_headers())
    assert channel.send("", MESSAGE) == Sent()
    receiver.server.RequestHandlerClass.do_POST = lambda self: (self.send_response(500), self.end_headers())
    assert channel.send("", MESSAGE).uncertain


@pytest.mark.parametrize("url", ["nothing://x", "wecombot://", "wecombot://KEY?at=ftp://x", "没有"])
def test_a_wrong_url_is_said_at_once(url):
    with pytest.raises(InputError):
        WebhookChannel(url)


@given(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\u0301\u200d👨"), max_size=400),
    st.integers(40, 300),
)
def test_parts_fit_and_say_everything(text, limit):
    parts = split(text, limit)
    assert all(encoded_bytes(part) <= limit for part in parts)
    if len(parts) > 1:
        assert "".join(part.split("\n", 1)[1] for part in parts) == text


# ── 信箱 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_mailbox_lists_each_message_once(tmp_path):
    channel = MailboxChannel(tmp_path, now)
    other = Message("第二封", "正文\n", "<p>正文</p>", "正文\n", id="def")
    for message in (MESSAGE, MESSAGE, other):
        assert channel.send("单位:市民政局", message, (FILE,)) == Sent()
    letters = render_mailbox(tmp_path)
    assert sorted(letter.subject for letter in letters) == sorted([MESSAGE.subject, "第二封"])
    first = next(letter for letter in letters if letter.subject == MESSAGE.subject)
    assert (first.to, first.attachments, first.at) == ("单位:市民政局", ("答复函.docx",), NOW.isoformat())
    mail = read_letter(tmp_path, first.file)
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == MESSAGE.text
    with pytest.raises(FileNotFoundError):
        read_letter(tmp_path, "../secret")


def test_a_message_the_index_does_not_know_is_found(tmp_path):
    MailboxChannel(tmp_path, now).send("单位:市民政局", MESSAGE, (FILE,))
    before = render_mailbox(tmp_path)
    index = tmp_path / INDEX
    index.write_bytes(index.read_bytes()[:40])
    assert render_mailbox(tmp_path) == before


def test_a_mailbox_that_cannot_be_written_refuses(tmp_path):
    (tmp_path / "file").touch()
    assert MailboxChannel(tmp_path / "file", now).send("督办", MESSAGE).temporary


# ── 路由 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_with(environ, tmp_path, secrets=None, addresses=lambda _r: ("x@example.org",)):
    return open_directory(environ, secrets=secrets or {}, folder=tmp_path, now=now, addresses=addresses)


def names(route):
    return [(channel.name, address) for channel, address in route]


def test_the_most_exact_route_wins_and_the_rest_are_fall_backs(tmp_path):
    file = tmp_path / "notify.toml"
    file.write_text(
        '"督办" = ["dingtalk://TOKEN", "mailto:duban@example.gov.cn"]\n'
        '"单位:市民政局" = ["wecombot://${KEY}", "邮件"]\n"单位" = "邮件"\n"默认" = ["信箱"]\n',
        "utf-8",
    )
    environ = {"BANLI_SMTP_URL": "smtp://mail.example.gov.cn", "BANLI_NOTIFY_URLS": str(file)}
    route = open_with(environ, tmp_path, secrets={"KEY": "abc"})
    assert names(route("督办")) == [("钉钉", ""), ("邮件", "duban@example.gov.cn")]
    assert names(route("单位:市民政局#分管领导")) == [("企业微信", ""), ("邮件", "x@example.org")]
    assert names(route("单位:市财政局")) == [("邮件", "x@example.org")]
    assert names(route("提案人:1.1")) == [("信箱", "提案人:1.1")]


def test_with_nothing_set_everything_goes_to_the_mailbox(tmp_path):
    assert names(open_with({}, tmp_path)("督办")) == [("信箱", "督办")]


def test_with_only_a_mail_server_those_without_address_get_the_mailbox(tmp_path):
    route = open_with({"BANLI_SMTP_URL": "smtp://h"}, tmp_path, addresses=lambda r: ("a@b.cn",) if "民" in r else ())
    assert names(route("单位:市民政局")) == [("邮件", "a@b.cn"), ("信箱", "单位:市民政局")]
    assert names(route("督办")) == [("信箱", "督办")]


def test_single_variables_win_over_the_file(tmp_path):
    environ = {
        "BANLI_NOTIFY_URLS": '{"督办": ["信箱"], "单位": ["信箱"]}',
        "BANLI_NOTIFY_OFFICE": "feishu://TOKEN 信箱",
        "BANLI_NOTIFY_单位:市民政局": "json://example.gov.cn/hook",
    }
    route = open_with(environ, tmp_path)
    assert [name for name, _ in names(route("督办"))] == ["飞书", "信箱"]
    assert [name for name, _ in names(route("单位:市民政局"))] == ["webhook"]
    assert [name for name, _ in names(route("单位:市财政局"))] == ["信箱"]


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ('{"某人": ["信箱"]}', "收件人写法不对"),
        ('{"督办": []}', "应是一个地址"),
        ('{"督办": [7]}', "应是一个地址"),
        ('{"督办": ["wecombot://${KEY}"]}', "没有找到 KEY 的值"),
        ('{"督办": ["邮件"]}', "没有设置邮件服务器"),
        ('{"督办": ', "内容不是 TOML 或 JSON"),
        ("/没有/这个/文件.toml", "读不到文件"),
        ('{"督办": ["wecombot://"]}', "写法不对"),
    ],
)
def test_wrong_routes_are_said_at_once(tmp_path, routes, said):
    with pytest.raises(InputError, match=said):
        open_with({"BANLI_NOTIFY_URLS": routes}, tmp_path)


@pytest.mark.parametrize("recipient", ["", "单位", "督办:某人", "某人:1"])
def test_an_unknown_recipient_is_refused(recipient):
    with pytest.raises(InputError, match="不认识"):
        read_recipient(recipient)


def test_no_route_is_no_way():
    assert ways_for("督办", check_routes({"单位": "信箱"}, where="", variables={})) == ()


def test_the_recording_channel_keeps_what_it_took():
    channel = RecordingChannel(answers=[Refused(temporary=True, reason="忙")])
    assert isinstance(channel.send("甲", MESSAGE), Refused)
    assert channel.send("甲", MESSAGE, (FILE,)) == Sent()
    assert channel.taken == [("甲", MESSAGE, (FILE,))]


def test_only_one_module_knows_apprise():
    root = Path(__file__).parents[2]
    found = {
        path.relative_to(root).as_posix()
        for package in ("models", "notifications", "tasks", "flows", "deployments")
        for path in (root / package).rglob("*.py")
        if "import apprise" in path.read_text("utf-8")
    }
    assert found == {"notifications/channels.py"}
