"""What machines ask of the pages: health, receipts, metrics; schemathesis tries what /openapi.json promises."""

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from models.errors import Fault, UnavailableError
from models.vocabulary import Role
from tasks import clock
from tasks.attempts import Attempts, count_since, latest, network_of
from tasks.database import transaction
from tasks.gauges import gauges

LEAD = "民政局"
NAME = {"by_name": "赵经办"}
DOWN = UnavailableError(Fault("", "连不上 Prefect 服务器", "请稍后重试。"))


def _post(office: Any) -> tuple[str, str]:
    """A link's token and the key of what was posted through it."""
    office.to("assigned")
    token = office.link("签收", Role.LEAD, LEAD, LEAD)
    fields = office.get(f"/a/{token}").hidden() | NAME
    assert office.post(f"/a/{token}", fields).status == 200
    return token, fields["key"]


def _receipt(office: Any, key: str, token: str) -> Any:
    with office.today():
        return office.client.get(f"/api/posts/{key}", headers={"X-Link-Token": token})


def test_a_receipt_tells_what_became_of_a_post_and_when_it_was_carried_out(make_office):
    office = make_office(retry_seconds=(0.05,))
    office.flow.down = DOWN
    token, key = _post(office)
    first = _receipt(office, key, token).json()
    assert (first["status"], first["carried_out"]) == ("accepted", False)
    assert re.fullmatch(r"\d+-\d+", first["receipt"])
    office.flow.down = None
    assert office.flow.done.wait(10)
    for _ in range(100):
        if _receipt(office, key, token).json()["carried_out"]:
            return
    raise AssertionError("it was never said to be carried out")


def test_a_receipt_is_given_only_to_the_links_holder(make_office):
    office = make_office(attempt_limit=3)
    token, key = _post(office)
    other = office.link("沟通", Role.LEAD, LEAD, LEAD)
    answers = [_receipt(office, key, other), _receipt(office, "other", token), _receipt(office, key, "guess")]
    assert [one.status_code for one in answers] == [404, 404, 404]
    assert _receipt(office, key, token).status_code == 429
    with office.today():
        assert office.client.get(f"/api/posts/{key}").status_code == 422


def test_metrics_count_what_the_records_hold(office):
    office.flow.down = DOWN
    _post(office)
    with office.today():
        said = office.client.get("/metrics").text
    assert 'banli_cases{stage="待签收"} 1.0' in said or 'banli_cases{stage="办理中"} 1.0' in said
    assert 'banli_clocks{light="绿"}' in said
    assert 'banli_notices{status="' in said
    assert "banli_posts_waiting 1.0" in said
    assert "banli_up 1.0" in said
    assert not [word for word in ("张三", LEAD, "13800000000") if word in said]
    with transaction(office.engine) as connection:
        connection.execute(text("UPDATE clocks SET due_on = '2026-01-05', next_rung_on = '2026-02-13'"))
    with office.today():
        found = gauges(office.engine)
    assert found.overdue == sum(found.clocks.values()) == found.clocks["红"] > 0
    assert found.sweep_behind_workdays == 3  # 14 and 24 February, 25 itself: the feast lies between
    assert found.notices_age > 0


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-For": "127.0.0.1"}, {"Via": "1.1 x"}])
def test_metrics_are_for_this_machine_alone(office, headers):
    assert office.client.get("/metrics").status_code == 200
    assert office.client.get("/metrics", headers=headers).status_code == 404


def test_behind_a_proxy_metrics_need_the_token(make_office, monkeypatch):
    monkeypatch.setenv("BANLI_METRICS_TOKEN", "geheim")
    office = make_office(base_url="https://banli.example.gov.cn")
    given = (b"Bearer geheim", b"Bearer x", b"Bearer \xe9", b"")
    asked = [office.client.get("/metrics", headers={b"Authorization": one}) for one in given]
    assert [one.status_code for one in asked] == [200, 404, 404, 404]
    assert office.client.get("/metrics").status_code == 404


def test_a_database_that_does_not_answer_is_said_by_health_and_metrics(office):
    with transaction(office.engine) as connection:
        connection.execute(text("ALTER TABLE cases RENAME TO elsewhere"))
    assert office.client.get("/healthz").status_code == 200
    assert office.client.get("/readyz").status_code == 503
    assert "banli_up 0.0" in office.client.get("/metrics").text


def test_attempts_are_kept_without_secrets_and_counted_by_network(office):
    attempts = Attempts(office.engine, limit=2)
    attempts.note("2001:db8:1:2::7", token_sha256="ab" * 32)
    attempts.note("2001:db8:1:2:ffff::9", token_sha256="cd" * 32)
    assert attempts.blocked("2001:db8:1:2::1")
    assert not attempts.blocked("2001:db8:1:3::1")
    assert {one.token_hint for one in latest(office.engine)} == {"abababab", "cdcdcdcd"}
    assert count_since(office.engine, clock.now().replace(year=2020)) == (2, 1)
    assert [network_of(one) for one in ("::ffff:10.0.0.1", "10.0.0.1", "?", "fe80::1%eth0")] == [
        "10.0.0.1", "10.0.0.1", "?", "fe80::/64",
    ]  # fmt: skip


def test_machines_are_answered_as_promised(make_office):
    office = make_office(attempt_limit=10_000)
    schema = schemathesis.openapi.from_url(f"{office.client.base_url}/openapi.json")
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def holds(case: Any) -> None:
            tried.append(case.call_and_validate().status_code)

        holds()
    assert {200, 404} <= set(tried)


def test_no_page_is_described(office):
    described = office.client.get("/openapi.json").json()
    assert set(described["paths"]) == {"/healthz", "/readyz", "/api/posts/{key}"}
