"""Keeping the records: the chain of the history, the notices, the check-up."""

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from builders import unlock_history
from databases import say

from tasks.attempts import Attempts
from tasks.database import engine


@pytest.fixture
def change(office):
    """Change the database behind our back."""

    def run(statement):
        unlock_history(engine(office.database_url))
        say(office.database_url, statement)

    return run


BOUNCES = """insert into bounces (address, recipient, case_id, code, said, dead, bounced_at, times) values
    ('zhou@example.org', '单位:民政局', 4, 550, '5.1.1 no such user', true, '2026-06-09 01:00:00', 1),
    ('wu@example.org', '单位:财政局', 4, 552, '5.3.4 too big', false, '2026-06-09 01:00:00', 2)"""


@pytest.fixture
def health(banli):
    """The check-up's exit code and each check by name."""

    def look():
        ended = banli("doctor", "--json")
        return ended.code, {
            one["name"]: (one["health"], one["sentence"], one["remedy"]) for one in ended.document["checks"]
        }

    return look


def test_an_untouched_history_holds(banli, office):
    ended = banli("history", "verify")
    assert ended.code == 0
    assert "共 6 件、16 条记录，全部首尾相接" in ended.out


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("update history set summary='另一句话' where case_id=4 and seq=2", "内容被改动"),
        ("delete from history where case_id=4 and seq=3", "缺失"),
        ("delete from history where case_id=4 and seq=6", "末条不一致"),
        ("update cases set history_length=5 where id=4", "末条不一致"),
    ],
)
def test_whatever_is_changed_behind_our_back_is_found(banli, office, change, statement, what):
    change(statement)
    ended = banli("history", "verify", "--json")
    assert ended.code == 1
    assert {one["case"] for one in ended.document["breaks"]} == {"云溪市政协六届二次会议/0004"}
    assert any(what in one["what"] for one in ended.document["breaks"])
    assert "/0004" in banli("history", "verify").out


def test_failed_notices_are_shown_by_name_and_tried_again(banli, office, change):
    change(
        "update notices set status='发送失败', error='550 没有这个邮箱', attempts=3 where kind='收件告知' and case_id=1"
    )
    assert banli("notices", "--json").document["counts"]["发送失败"] == 1
    (failed,) = banli("notices", "--failed", "--json").document["failed"]
    assert (failed["recipient"], failed["kind"], failed["error"]) == ("苏某某", "收件告知", "550 没有这个邮箱")
    assert "550 没有这个邮箱" in banli("notices", "--failed").out
    assert banli("notices", "--retry", "--json").document["queued"] == 1
    assert banli("notices", "--failed").out.strip() == "没有发送失败的通知。"
    assert banli("notices", "--retry", "--json").document["queued"] == 0


def test_a_failed_notice_is_told_by_telephone(banli, office, change):
    change("update notices set status='发送失败', error='邮件：没有回应' where kind='收件告知' and case_id in (1, 2)")
    first, second = (one["key"] for one in banli("notices", "--failed", "--json").document["failed"])
    assert first in banli("notices", "--failed").out
    wrong = banli("notices", "told", first, "没有这一件", "--by", "张三")
    assert wrong.code == 2
    assert "没有发送失败的通知“没有这一件”" in wrong.err
    assert banli("notices", "told", first, "--by", " ").code == 2
    assert banli("notices", "--json").document["counts"]["发送失败"] == 2
    assert banli("notices", "told", first, first, "--by", "张三").out == "已登记 1 条，由张三电话告知。\n"
    assert [one["key"] for one in banli("notices", "--failed", "--json").document["failed"]] == [second]
    assert banli("notices", "told", first, "--by", "张三").code == 2
    assert banli("notices", "told", second, "--by", "李四", "--json").document == {"told": 1}
    assert "由张三电话告知；此前：邮件：没有回应" in banli("show", "0001").out


def test_what_waits_for_a_person_is_said_where_the_office_looks(banli, office, change):
    assert "另有" not in banli("next").out
    change(BOUNCES)
    change("update notices set status='发送失败' where kind='收件告知' and case_id=1")
    ended = banli("next")
    assert "另有 1 条通知没有发出去（banli notices --failed）、2 个邮箱有退信（banli contacts bounced）。" in ended.out
    assert "另有" not in banli("next", "--agency", "民政局").out
    assert banli("next", "--json").document["notices"] == {"undelivered": 1, "bounced": 2}
    ended = banli("morning")
    assert "失败的通知1，退信的邮箱2" in ended.out
    assert "example.org" not in ended.out


def test_bounced_addresses_are_listed_and_cleared(banli, office, change):
    assert banli("contacts", "bounced").out == "没有被退信的邮箱。\n"
    assert banli("contacts", "clear", "--all").out == "没有被退信的邮箱。\n"
    change(BOUNCES)
    lines = banli("contacts", "bounced").out
    zhou, wu = (next(line for line in lines.splitlines() if name in line) for name in ("zhou@", "wu@"))
    assert all(word in zhou for word in ("民政局", "550 5.1.1 no such user", "停用", "2026年6月9日"))
    assert all(word in wu for word in ("财政局", "552 5.3.4 too big", "照常使用", "2"))
    found = banli("contacts", "bounced", "--json").document["bounced"]
    assert {(one["address"], one["dead"]) for one in found} == {("zhou@example.org", True), ("wu@example.org", False)}
    assert banli("contacts", "clear").code == 2
    assert banli("contacts", "clear", "zhou@example.org", "--all").code == 2
    wrong = banli("contacts", "clear", "Zhou@Example.org", "li@example.org")
    assert (wrong.code, "li@example.org 没有被退信" in wrong.err) == (2, True)
    assert banli("contacts", "clear", "Zhou@Example.org").out == "已恢复 1 个邮箱，下一次发送时使用。\n"
    assert banli("contacts", "clear", "--all", "--json").document == {"cleared": 1}
    assert banli("contacts", "bounced", "--json").document == {"bounced": []}


def test_a_sound_office_is_told_so(health, office):
    code, checks = health()
    assert code == 0
    assert {name for name, (state, *_) in checks.items() if state == "异常"} == set()
    assert checks["办理记录"][1].startswith("6 件、16 条记录")
    assert list(checks)[:4] == ["数据目录", "磁盘空间", "数据库", "数据库版本"]


def test_an_empty_place_is_told_what_to_do(health, home):
    code, checks = health()
    assert code == 1
    assert checks["数据目录"][0] == checks["数据库"][0] == "异常"
    assert "banli init" in checks["数据目录"][2]
    assert "数据库版本" not in checks


@pytest.mark.parametrize(
    ("statement", "check", "words"),
    [
        ("update history set summary='x' where case_id=4 and seq=2", "办理记录", "内容被改动"),
        ("update alembic_version set version_num='0000'", "数据库版本", "请运行 banli init"),
        pytest.param(
            "insert into opinions (case_id,no,assignment_no,given_on,late) values (99,1,1,'2026-01-01',false)",
            "数据库完整",
            "不存在的记录",
            marks=pytest.mark.sqlite,  # PostgreSQL refuses it, whoever asks
        ),
    ],
)
def test_what_is_broken_fails_with_a_remedy(health, change, statement, check, words):
    change(statement)
    code, checks = health()
    assert (code, checks[check][0]) == (1, "异常")
    assert words in checks[check][1] + checks[check][2]


def test_failed_notices_and_bounces_are_a_warning(health, office, change):
    change(BOUNCES)
    code, checks = health()
    assert (code, *checks["通知"][:2]) == (0, "注意", "有 2 个邮箱有退信（banli contacts bounced）。")
    change("update notices set status='发送失败'")
    code, checks = health()
    assert (code, checks["通知"][0]) == (0, "注意")
    assert "条通知没有发出去（banli notices --failed）、2 个邮箱有退信" in checks["通知"][1]


@pytest.mark.sqlite
def test_a_database_that_is_none_is_told(health, office):
    engine(office.database_url).dispose()
    (office.home / "banli.sqlite").write_bytes(b"no database at all" * 1000)
    code, checks = health()
    assert (code, checks["数据库"][0]) == (1, "异常")


def test_a_wrong_pack_of_the_office_is_found(health, office):
    (office.home / "policies").mkdir()
    (office.home / "policies" / "本市.toml").write_text('[pack]\ncode = "x"\n', encoding="utf-8")
    code, checks = health()
    assert (code, checks["规则包"][0]) == (1, "异常")
    assert "本市.toml" in checks["规则包"][1]


def test_the_prefect_server_is_asked_when_one_is_named(health, office, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{probe.getsockname()[1]}/api")
        assert health()[1]["Prefect 服务"][0] == "异常"


class Healthy(BaseHTTPRequestHandler):
    """Answers as a server's health page does."""

    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


def test_a_prefect_server_that_answers_is_fine(health, office, monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{server.server_port}/api")
        assert health()[1]["Prefect 服务"][0] == "正常"
        server.shutdown()


def test_people_read_the_check_up_as_a_table(banli, office):
    shown = banli("doctor").out
    assert "数据库完整" in shown
    assert "一切正常" in shown


def test_what_pages_turned_away_is_listed_and_many_are_pointed_out(banli, office, health):
    assert "没有被拒的尝试" in banli("attempts").out
    refused = Attempts(engine())
    for _ in range(101):
        refused.note("10.0.0.9", token_sha256="ab" * 32)
    shown = banli("attempts", "--limit", "3", "--json").document["attempts"]
    assert [(one["address"], one["what"], one["token_hint"]) for one in shown] == [
        ("10.0.0.9", "链接无效", "abababab")
    ] * 3
    assert "链接无效" in banli("attempts").out
    assert health()[1]["被拒的尝试"][0] == "注意"
