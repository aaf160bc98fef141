"""What somebody could try below and beside the forms: methods, hosts, odd characters, bodies that never end."""

import socket
import time
from typing import Any

import pytest
from sqlalchemy import select

from models.tables.fields import core
from models.tables.pages import PostRow
from models.vocabulary import Role
from tasks.attempts import latest
from tasks.database import reading

LEAD = "民政局"
NAME = {"by_name": "赵经办"}
CONTACT = {"way": "电话", "on": "2026-02-26", "with_name": "张三", "said": "同意"} | NAME


def _link(office: Any, action: str = "签收") -> str:
    return f"/a/{office.link(action, Role.LEAD, LEAD, LEAD)}"


def _posts(office: Any) -> int:
    with reading(office.engine) as connection:
        return len(connection.execute(select(core(PostRow))).all())


def _raw(office: Any, *parts: bytes, pause: float = 0.0, seconds: float = 10.0) -> bytes:
    """Send bytes as they are and read until the other side closes or says nothing more."""
    url = office.client.base_url
    with socket.create_connection((url.host, url.port), timeout=seconds) as line, office.today():
        heard = b""
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
            while piece := line.recv(65536):
                heard += piece
        except TimeoutError:
            return heard + b" (still open)"
        except ConnectionError:
            return heard
        return heard


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_do_nothing(office, method):
    office.to("assigned")
    path = _link(office)
    fields = office.get(path).hidden() | NAME
    with office.today():
        answer = office.client.request(method, path, data=fields, headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code == 405
    assert "不能这样打开" in answer.text
    assert path not in answer.text
    assert _posts(office) == 0


@pytest.mark.parametrize(
    "path", ["/site", "/site/", "/a/x/", "//evil.example/%2f..", "/healthz/", "/static/../web.key"]
)
def test_a_foreign_host_header_leads_nowhere(office, path):
    (office.home / "site" / "sub").mkdir(parents=True)
    (office.home / "site" / "sub" / "index.html").write_text("x")
    for given in (path, "/site/sub"):
        with office.today():
            answer = office.client.get(given, headers={"Host": "evil.example"}, follow_redirects=False)
        assert "evil" not in answer.headers.get("location", "")
        assert "evil.example" not in answer.text


def test_a_folder_of_the_site_is_reached_without_its_slash(office):
    (office.home / "site" / "sub").mkdir(parents=True)
    (office.home / "site" / "sub" / "index.html").write_text("in the folder")
    found = office.client.get("/site/sub", follow_redirects=True)
    assert found.text == "in the folder"


@pytest.mark.parametrize(
    "path", ["/static/..%2f..%2fweb.key", "/static/%2e%2e/web.key", "/site/..%2fbanli.sqlite", "/site/%2e%2e/web.key",
             "/static/..\\..\\web.key", "/mail/..%2f..%2fweb.key", "/a/..%2f..%2fweb.key", "/d/{{7*7}}", "/a/${7*7}"],
)  # fmt: skip
def test_no_path_leads_out_of_its_folder(office, path):
    (office.home / "site").mkdir()
    answer = office.client.get(path)
    assert answer.status_code == 404
    assert "49" not in answer.text.replace("#", "")
    assert (office.home / "web.key").read_bytes() not in answer.content


def test_marks_that_turn_or_hide_text_do_not_reach_the_records(office):
    office.to("handling")
    path = _link(office, "沟通")
    answer = office.fill(path, CONTACT | {"said": "同意\u202eabc\u2066\u200b。\ufeff", "by_name": "赵\u202e经\x00办"})
    assert answer.status == 200
    assert office.case().contacts[-1].said == "同意abc。"
    assert office.case().contacts[-1].by_name == f"{LEAD}赵经办"


def test_a_form_of_very_many_fields_is_refused_at_once(office):
    office.to("assigned")
    path = _link(office)
    began = time.monotonic()
    with office.today():
        answer = office.client.post(
            path, content=b"a=1&" * 100_000, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert time.monotonic() - began < 10
    assert _posts(office) == 0


def test_a_body_in_pieces_without_a_length_meets_the_same_limit(office):
    office.to("handling")
    path = _link(office, "沟通")

    def pieces() -> Any:
        for _ in range(120):
            yield b"said=" + b"x" * 65536

    with office.today():
        answer = office.client.post(
            path, content=pieces(), headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 413
    assert [one.what for one in latest(office.engine)] == ["内容过大"]
    assert _posts(office) == 0


def test_who_sends_a_request_drop_by_drop_is_hung_up_on(make_office):
    office = make_office(head_seconds=0.4)
    drops = [b"GET /healthz HTTP/1.1\r\n", *(f"X-{n}: 1\r\n".encode() for n in range(20))]
    began = time.monotonic()
    heard = _raw(office, *drops, pause=0.1)
    assert time.monotonic() - began < 8
    assert b"200" not in heard
    assert b"still open" not in heard
    again = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answered = _raw(office, again, b"GET /healthz HT", b"TP/1.1\r\n", b"X: 1\r\n", pause=0.25)
    assert answered.count(b'{"status":"ok"}') == 1
    assert b"still open" not in answered
    assert office.client.get("/healthz").status_code == 200


def test_a_head_that_never_ends_is_refused(office):
    heard = _raw(office, b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000)
    assert b" 400 " in heard.split(b"\r\n")[0]


def test_a_header_cannot_be_smuggled_into_an_answer(office):
    for path in ("/site/%0d%0aX-Evil:%201", "/a/%0d%0aSet-Cookie:%20a=b", "/mail/x%0d%0aX-Evil:1/1"):
        headers = office.client.get(path, follow_redirects=False).headers
        assert "x-evil" not in headers
        assert "set-cookie" not in headers


def test_what_serves_is_not_told_and_nothing_is_logged_about_visits(office, capfd):
    office.to("assigned")
    path = _link(office)
    headers = office.get(path).headers
    assert "server" not in headers
    heard = capfd.readouterr()
    assert path.removeprefix("/a/") not in heard.out + heard.err


def test_a_refused_form_is_kept_for_the_administrator_without_the_token(office):
    office.to("assigned")
    path = _link(office)
    office.post(path, office.get(path).hidden() | NAME | {"proof": "0" * 64})
    office.get("/a/guess")
    kept = latest(office.engine)
    assert {one.what for one in kept} == {"链接无效", "表单不是本页的"}
    assert {one.address for one in kept} == {"127.0.0.1"}
    assert path.removeprefix("/a/") not in repr(kept)
