import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Connection, select
from walked_office import BY_CO, BY_LEAD, CO, LEAD, MORNING, do, sign_for, walked_office

from models import actions as a
from models.lifecycle import STEP_OF
from models.notice_vocabulary import MessageKind
from models.settings import settings_from
from models.tables.fields import core
from models.tables.notices import NoticeRow
from models.tables.pages import ActionLinkRow
from models.vocabulary import Role, Stage
from tasks import clock
from tasks.database import reading, transaction
from tasks.desk import desk_of
from tasks.link_offers import FOR_CLOCK, OFFERS, base_url, links_for
from tasks.links import DESK, Gone, Link, Wanted, expiry, hash_of, issue_links, open_link

TODAY = dt.date(2026, 2, 25)


@pytest.fixture
def engine(home, new_database):
    made = walked_office(new_database(home), 2)
    yield made
    made.dispose()


def _wanted(action: str, **more: Any) -> Wanted:
    given = {"case_id": 1, "action": action, "role": Role.LEAD, "name": LEAD, "agency": LEAD, "notice_key": None}
    return Wanted(**(given | {"stage": Stage.ASSIGNED} | more))


def _issue(engine: Any, *wanted: Wanted) -> list[str]:
    with transaction(engine) as connection:
        return issue_links(connection, wanted, expires_on=expiry(TODAY))


def _opened(engine: Any, token: str, today: dt.date = TODAY) -> Link | Gone:
    with reading(engine) as connection:
        return open_link(connection, token, today)


def test_tokens_differ_are_long_and_only_their_hashes_are_kept(engine):
    tokens = _issue(engine, *(_wanted("签收") for _ in range(200)))
    assert len(set(tokens)) == 200
    assert min(map(len, tokens)) == 32
    with reading(engine) as connection:
        stored = set(connection.scalars(select(core(ActionLinkRow).c.token_sha256)))
    assert stored == {hash_of(token) for token in tokens}


def test_a_link_knows_its_case_action_and_holder(engine):
    link = _opened(engine, _issue(engine, _wanted("签收", notice_key="1:3:交办通知:单位:民政局"))[0])
    assert isinstance(link, Link)
    assert (link.case_id, link.action, link.role, link.agency, link.made_at_entry) == (1, "签收", Role.LEAD, LEAD, 3)


def test_no_links_wanted_is_no_statement(engine):
    assert _issue(engine) == []


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "' OR 1=1 --", "\x00", "🀄"])
def test_what_is_no_token_is_unknown(engine, token):
    gone = _opened(engine, token)
    assert isinstance(gone, Gone)
    assert gone.unknown
    assert gone.since == ()


def test_a_link_lasts_fifteen_working_days(engine):
    token = _issue(engine, _wanted("签收"))[0]
    assert isinstance(_opened(engine, token, dt.date(2026, 3, 17)), Link)
    gone = _opened(engine, token, dt.date(2026, 3, 18))
    assert isinstance(gone, Gone)
    assert "过期" in gone.reason


def test_a_co_handlers_link_outlives_the_leads_signature(engine):
    token = _issue(engine, _wanted("签收", role=Role.CO_HANDLER, name=CO, agency=CO))[0]
    do(engine, sign_for())
    assert isinstance(_opened(engine, token), Link)


def test_a_link_to_a_stage_that_was_left_and_entered_again_stays_dead(engine):
    do(engine, sign_for(), a.SignFor(case="0001", by=BY_CO))
    contact = {"case": "0001", "by": BY_LEAD, "way": "电话", "on": "2026-02-25", "with_name": "张三", "said": "同意"}
    do(engine, a.RecordContact.model_validate(contact), a.GiveOpinion(case="0001", by=BY_CO, text="同意"))
    do(engine, a.SubmitDraft(case="0001", by=BY_LEAD, text="一稿"))
    token = _issue(engine, _wanted("会签", role=Role.CO_HANDLER, name=CO, agency=CO, stage=Stage.COUNTERSIGNING))[0]
    do(engine, a.SendBack(case="0001", by=BY_CO, remark="补充数据"))
    do(engine, a.SubmitDraft(case="0001", by=BY_LEAD, text="二稿"))
    gone = _opened(engine, token)
    assert isinstance(gone, Gone)
    assert [entry.action for entry in gone.since] == ["退回修改", "起草"]


def _offered(connection: Connection, kind: MessageKind, recipient: str, clock_no: int | None = None) -> dict[str, str]:
    row = type("Row", (), {"key": f"1:9:{kind}:{recipient}", "case_id": 1, "kind": kind, "recipient": recipient,
                           "clock_no": clock_no})()  # fmt: skip
    return dict(links_for(connection, [row], base="https://x.example", today=TODAY)[row.key])


def test_a_notice_offers_what_its_recipient_can_do_now(engine):
    with transaction(engine) as connection:
        lead = _offered(connection, MessageKind.ASSIGNED, f"单位:{LEAD}")
        co = _offered(connection, MessageKind.ASSIGNED, f"单位:{CO}")
        proposer = _offered(connection, MessageKind.RECEIVED, "提案人:1.1")
        office = _offered(connection, MessageKind.RETURN_ASKED, "督办")
        stranger = _offered(connection, MessageKind.ASSIGNED, "单位:教育局")
    assert list(lead) == ["签收", "申请退办", "登记沟通", "申请延期", "待办清单"]
    assert list(co) == ["签收", "申请退办", "登记沟通", "待办清单"]
    assert list(proposer) == ["撤案", "查看办理情况"]
    assert list(office) == ["待办清单"]
    assert stranger == {}
    assert lead["签收"].startswith("https://x.example/a/")
    assert lead["待办清单"].startswith("https://x.example/d/")


def test_a_reminder_offers_what_its_deadline_waits_for(engine):
    do(engine, sign_for())
    with reading(engine) as connection:
        clocks = connection.exec_driver_sql("SELECT no, kind FROM clocks WHERE case_id = 1").all()
    reply = next(no for no, kind in clocks if kind == "答复")
    with transaction(engine) as connection:
        offered = _offered(connection, MessageKind.REMINDER, f"单位:{LEAD}", reply)
    assert list(offered) == ["登记沟通", "起草答复", "申请延期", "待办清单"]


def test_every_link_of_a_real_notice_opens(engine):
    with transaction(engine) as connection:
        rows = connection.execute(select(core(NoticeRow))).all()
        offered = links_for(connection, rows, base="", today=TODAY)
    assert set(offered) == {row.key for row in rows}
    tokens = [url.rpartition("/")[2] for links in offered.values() for _, url in links]
    assert len(tokens) > 10
    assert all(isinstance(_opened(engine, token), Link) for token in tokens)


def test_the_tables_name_only_actions_there_are():
    named = {kind for kinds in (*OFFERS.values(), *FOR_CLOCK.values()) for kind in kinds}
    assert named <= STEP_OF.keys()


def test_a_desk_puts_what_waits_first_and_by_date(engine):
    do(engine, sign_for("0002"), a.AskClarification(case="0002", by=BY_LEAD, question="哪一段"))
    link = _opened(engine, _issue(engine, _wanted(DESK))[0])
    assert isinstance(link, Link)
    with clock.moved_to(MORNING), reading(engine) as connection:
        items = desk_of(connection, link, today=TODAY)
    assert [(item.number, item.to_sign_for) for item in items] == [("0001", True), ("0002", False)]


def test_addresses_come_from_the_setting_or_from_the_server_that_runs(tmp_path):
    set_by_hand = settings_from({"BANLI_HOME": str(tmp_path), "BANLI_BASE_URL": "https://x.example/"})
    assert base_url(set_by_hand) == "https://x.example"
    own = settings_from({"BANLI_HOME": str(tmp_path)})
    assert base_url(own) == "http://127.0.0.1:8080"
    (tmp_path / "web.json").write_text('{"base_url": "http://127.0.0.1:9"}')
    assert base_url(own) == "http://127.0.0.1:9"
