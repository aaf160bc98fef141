"""`banli preview`: what will be sent, to whom, why; nothing is sent or written."""

import pytest
from databases import everything


@pytest.fixture
def records(office):
    def read():
        return everything(office.database_url)

    return read


def test_it_says_who_gets_what_and_why(banli, office):
    ended = banli("preview", "--days", "14")
    assert ended.code == 0
    for words in ("民政局", "财政局", "苏某某", "逾期催办", "答复期限2026-05-25，已逾期", "2026-06-10（周三）", "信箱", "没有发送，也没有写入"):  # fmt: skip
        assert words in ended.out


def test_it_writes_and_sends_nothing(banli, office, records):
    before = records()
    banli("preview")
    banli("preview", "--json", "--days", "60")
    assert records() == before
    assert not office.mailbox.exists()


def test_no_contact_of_a_proposer_is_printed(banli, office):
    for how in ((), ("--json",)):
        out = banli("preview", *how).out
        assert "13900001111" not in out
        assert "example.invalid" not in out


def test_the_document_counts_by_channel_and_names_each_day(banli, office):
    document = banli("preview", "--days", "14", "--json").document
    notices = document["notices"]
    assert (document["from_on"], document["until_on"]) == ("2026-06-10", "2026-06-24")
    assert document["by_channel"] == {"信箱": len(notices)}
    assert document["messages"] <= len(notices)
    assert notices == sorted(notices, key=lambda one: one["on"])
    assert {one["waits"] for one in notices} == {True, False}
    assert len({one["key"] for one in notices}) == len(notices)


def test_one_agency_only(banli, office):
    notices = banli("preview", "--agency", "民政局", "--json").document["notices"]
    assert {one["name"] for one in notices} == {"民政局"}
    ended = banli("preview", "--agency", "民政厅")
    assert (ended.code, "是不是“民政局”" in ended.err) == (2, True)


def test_the_way_is_the_one_the_routes_name(banli, office, monkeypatch):
    monkeypatch.setenv("BANLI_SMTP_URL", "smtp://mail.invalid?from=duban@example.invalid")
    ways = {one["name"]: one["channel"] for one in banli("preview", "--json").document["notices"]}
    assert ways["苏某某"] == "邮件"
    assert ways["民政局"] == "信箱"  # no address on record


def test_an_office_without_cases_has_nothing_to_send(banli, settings):
    assert banli("preview").out.strip() == "2026-06-10至2026-06-24没有要发的通知。"


@pytest.mark.parametrize("days", ["-1", "367", "x"])
def test_days_that_make_no_sense_are_refused(banli, office, days):
    assert banli("preview", "--days", days).code == 2
