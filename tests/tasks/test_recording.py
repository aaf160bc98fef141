"""Batches of actions to records, on both databases: one bad action never blocks the others, nothing is done twice."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from builders import CO, CONGRESS, LEAD, OFFICE, POLICIES, ZHANG, day, feedback, furnish, proposed, talk
from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import SQLModel
from strategies import asked_of

from models import actions as a
from models import tables as t
from models.notice_vocabulary import NoticeStatus
from models.vocabulary import AssignmentStatus, ClockKind, ProposalKind, Stage
from tasks import clock
from tasks.database import make_engine
from tasks.recording import record, record_on

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(params=BOTH)
def desk(request, home) -> Iterator[Desk]:
    """The same office on each database."""
    if request.param == "sqlite":
        yield Desk(request.getfixturevalue("office"))
        return
    shutil.copytree(POLICIES, home / "policies")
    engine = make_engine(request.getfixturevalue("migrated_postgres"))
    furnish(engine)
    yield Desk(engine)
    engine.dispose()


def test_the_whole_road_leaves_a_whole_case(desk):
    desk.walk(Stage.ARCHIVED)
    desk.assert_whole()
    case = desk.case()
    assert case.history_length == len(desk.rows(t.HistoryRow)) == len(desk.rows(t.IdempotencyKeyRow))
    assert [row.action for row in desk.rows(t.HistoryRow)][:4] == ["收件", "立案", "交办", "签收"]
    assert {row.kind.value for row in desk.rows(t.NoticeRow)} >= {
        "收件告知",
        "立案告知",
        "交办通知",
        "答复函",
        "公开告知",
    }
    assert {row.status for row in desk.rows(t.NoticeRow)} == {NoticeStatus.WAITING}


def test_one_bad_action_does_not_block_the_others(desk):
    desk.do(day(1, 21), proposed("0001"), proposed("0002"))
    outcomes = desk.ask(
        day(2, 2),
        a.Accept(case="0001", by=ZHANG),
        a.Accept(case="0404", by=OFFICE),
        a.Accept(case="0002", by=OFFICE),
        a.Assign(case="0002", by=OFFICE, lead="天文局"),
        a.Accept(case="0001", by=OFFICE),
    )
    assert [one.result for one in outcomes] == ["未办理", "未办理", "已办理", "未办理", "已办理"]
    assert outcomes[1].message == "没有找到案号“0404”。请核对号码，必要时写全届次。"
    assert {desk.case(number).stage for number in ("0001", "0002")} == {Stage.FILED}
    desk.assert_whole()


def test_of_two_that_conflict_the_first_stands(desk):
    desk.do(day(1, 21), proposed())
    accepted, refused = desk.ask(
        day(2, 2), a.Accept(case="0001", by=OFFICE), a.NotAccept(case="0001", by=OFFICE, reason="超出范围")
    )
    assert accepted.result == "已办理"
    assert refused.message.startswith("本件现在是“待交办”，不能办理“不予立案”。")
    assert desk.case().history_length == 2


def test_a_key_is_done_once_within_and_across_batches(desk):
    receipt = proposed(key="收-1")
    assert [one.result for one in desk.ask(day(1, 21), receipt, receipt, proposed("", key="收-1"))] == [
        "已办理", "已办过", "已办过",
    ]  # fmt: skip
    accept = a.Accept(case="0001", by=OFFICE, key="立-1")
    again = desk.ask(day(2, 2), accept, accept)
    assert [one.result for one in again] == ["已办理", "已办过"]
    before = desk.rows(t.HistoryRow)
    outcomes = desk.ask(day(2, 9), receipt, accept)
    assert [(one.result, one.receipt) for one in outcomes] == [("已办过", "1-1"), ("已办过", "1-2")]
    assert desk.rows(t.HistoryRow) == before


def test_a_refused_receipt_given_twice_is_refused_twice(desk):
    late = proposed(submitted_on=day(3, 1), key="收-1")
    assert [one.message for one in desk.ask(day(1, 21), late, late)] == [
        "提交日期2026-03-01还没有到。请填写今天或以前的日期。"
    ] * 2
    assert desk.rows(t.CaseRow) == []


def test_a_refused_action_leaves_nothing_and_may_be_tried_again_under_its_key(desk):
    desk.do(day(1, 21), proposed())
    assign = a.Assign(case="0001", by=OFFICE, lead="民政局", key="交-1")
    assert desk.ask(day(2, 2), assign)[0].refused
    desk.do(day(2, 2), a.Accept(case="0001", by=OFFICE), assign)
    assert desk.case().stage is Stage.ASSIGNED


def test_a_number_that_two_sessions_use_is_asked_for_in_full(desk):
    desk.do(day(1, 21), proposed("0007"), proposed("0007", proposal_kind=ProposalKind.SUGGESTION))
    (which,) = desk.ask(day(2, 2), a.Accept(case="0007", by=OFFICE))
    assert which.message.startswith("号码“0007”不止一件。请写全：")
    assert f"{CONGRESS}/0007" in which.message
    desk.do(day(2, 2), a.Accept(case=f"{CONGRESS}/0007", by=OFFICE))
    assert desk.case(f"{CONGRESS}/0007").stage is Stage.FILED


def test_leading_zeros_are_part_of_a_number(desk):
    desk.do(day(1, 21), proposed("0012"), proposed("12"))
    desk.do(day(2, 2), a.Accept(case="第0012号", by=OFFICE))
    assert (desk.case("0012").stage, desk.case("12").stage) == (Stage.FILED, Stage.SUBMITTED)


def test_received_and_worked_on_in_one_batch(desk):
    outcomes = desk.do(day(1, 21), proposed(), a.Accept(case="0001", by=OFFICE))
    assert [one.receipt for one in outcomes] == ["1-1", "1-2"]
    desk.assert_whole()


def merged_pair(desk: Desk) -> None:
    desk.do(day(1, 21), proposed("0001"), proposed("0002", "李某某"))
    desk.do(day(2, 2), a.Merge(case="0002", by=OFFICE, into="0001"), a.Accept(case="0001", by=OFFICE))


def to_the_reply(desk: Desk) -> list[a.Action]:
    desk.do(day(2, 25), a.Assign(case="0001", by=OFFICE, lead="民政局"), a.SignFor(case="0001", by=LEAD))
    desk.do(day(3, 10), talk(), a.SubmitDraft(case="0001", by=LEAD, text="答复"))
    desk.do(day(3, 11), *(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    return [a.SendReply(case="0001", by=LEAD, key="答-1")]


def test_a_merged_case_follows_its_main_with_a_letter_of_its_own(desk):
    merged_pair(desk)
    desk.do(day(3, 12), *to_the_reply(desk))
    assert [(one.name, one.number) for one in desk.case("0001").letters] == [("张某某", "0001"), ("李某某", "0002")]
    follower = desk.case("0002")
    assert (follower.stage, follower.replied_on, follower.merged_into) == (Stage.MERGED, day(3, 12), 1)
    last = [row for row in desk.rows(t.HistoryRow) if row.case_id == follower.id][-1]
    assert (last.action, last.role.value) == ("随主案答复", "系统")
    assert desk.refusal(day(3, 13), a.Unmerge(case="0002", by=OFFICE, reason="不同")).startswith("主案已经答复")
    desk.assert_whole()


def test_an_undone_merger_is_answered_on_its_own(desk):
    merged_pair(desk)
    desk.do(day(2, 3), a.Unmerge(case="0002", by=OFFICE, reason="内容不同"))
    desk.do(day(3, 12), *to_the_reply(desk))
    assert [one.name for one in desk.case("0001").letters] == ["张某某"]
    assert desk.case("0002").stage is Stage.FILED
    desk.assert_whole()


def test_mergers_within_one_batch_see_each_other(desk):
    desk.do(day(1, 21), *(proposed(f"000{n}") for n in (1, 2, 3)))
    outcomes = desk.ask(
        day(2, 2),
        a.Merge(case="0001", by=OFFICE, into="0002"),
        a.Merge(case="0002", by=OFFICE, into="0001"),
        a.Merge(case="0003", by=OFFICE, into="0001"),
        a.NotAccept(case="0002", by=OFFICE, reason="超出范围"),
        a.Unmerge(case="0001", by=OFFICE, reason="内容不同"),
        a.NotAccept(case="0002", by=OFFICE, reason="超出范围"),
    )
    assert [one.result for one in outcomes] == ["已办理", "未办理", "未办理", "未办理", "已办理", "已办理"]
    desk.assert_whole()


def test_a_granted_return_keeps_both_clocks(desk):
    desk.walk(Stage.ASSIGNED)
    desk.do(day(2, 27), a.RequestReturn(case="0001", by=LEAD, reason="不属于职责", suggested_agency="教育局"))
    desk.do(day(3, 3), a.GrantReturn(case="0001", by=OFFICE, agency="民政局", to="教育局"))
    case = desk.case()
    replies = [(one.assignment_no, one.due_on) for one in case.clocks if one.runs and one.kind is ClockKind.REPLY]
    assert replies == [(None, day(5, 25)), (3, day(6, 3))]
    assert case.assignments[0].status is AssignmentStatus.RETURNED
    desk.assert_whole()


def test_more_time_and_a_pause_are_derived_into_the_row(desk):
    desk.walk(Stage.HANDLING)
    desk.do(day(3, 2), a.AskClarification(case="0001", by=LEAD, question="指哪里？"))
    desk.do(day(3, 12), a.Clarify(case="0001", by=ZHANG, text="指城东。"))
    desk.do(
        day(3, 16),
        a.RequestExtension(case="0001", by=LEAD, reason="涉及面广"),
        a.GrantExtension(case="0001", by=OFFICE),
    )
    reply = next(row for row in desk.rows(t.ClockRow) if row.kind is ClockKind.REPLY)
    assert (reply.original_on, reply.due_on) == (day(5, 25), day(9, 4))
    assert [(row.from_on, row.until_on) for row in desk.rows(t.PauseRow)] == [(day(3, 2), day(3, 12))]
    assert desk.rows(t.ExtensionRow)[0].consented_by == "督办科王敏"


def test_twice_dissatisfied_is_done_twice_again(desk):
    desk.walk(Stage.REPLIED)
    on = day(4, 1)
    for times in (1, 2):
        desk.do(on, feedback(says="不满意", reasons="没有措施"), a.OrderRedo(case="0001", by=OFFICE, reason="请补充"))
        assert desk.case().round == times
        desk.do(on, a.SubmitDraft(case="0001", by=LEAD, text=f"第{times}次"), a.Countersign(case="0001", by=CO))
        desk.do(on, *(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
        desk.do(on, a.SendReply(case="0001", by=LEAD))
    assert [one.draft_no for one in desk.case().letters] == [1, 2, 3]
    assert "第2次重新办理" in [row.summary[:7] for row in desk.rows(t.HistoryRow) if row.action == "重新办理"][-1]
    desk.assert_whole()


def test_an_amended_text_is_a_new_version_beside_the_old(desk):
    desk.do(day(1, 21), proposed())
    for text in ("第二版", "第三版"):
        desk.do(
            day(2, 2),
            a.ReturnToProposer(case="0001", by=OFFICE, reason="不全"),
            a.Supplement(case="0001", by=ZHANG, text=text),
        )
    assert [(row.version, row.text[-3:]) for row in desk.rows(t.ProposalTextRow)][1:] == [(2, "第二版"), (3, "第三版")]


def test_contact_data_lie_apart_and_never_in_the_history(desk):
    desk.do(day(1, 21), proposed())
    assert [row.phone for row in desk.rows(t.ProposerContactRow)] == ["13900001111"]
    for row in (*desk.rows(t.HistoryRow), *desk.rows(t.NoticeRow), *desk.rows(t.ProposerRow)):
        assert "13900001111" not in str(row)


TEXTS = {
    "four bytes": "𠮷野家与😀的提案𪚥",
    "control characters": "甲\x00乙\x07丙\x1f丁",
    "very long": "长" * 200_000,
    "quotes and markup": "'\"; DROP TABLE cases;-- <script>&amp; {{ x }} \\u0000",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_comes_back_as_it_was(desk, text):
    desk.do(day(1, 21), proposed(title=text[:200], text=text))
    stored = desk.rows(t.ProposalTextRow)[0].text
    assert stored == "".join(one for one in text if one >= " ")
    desk.assert_whole()


def test_every_field_may_be_as_long_as_its_form_allows(desk):
    """What a form lets through must fit its column, or one action would take its batch with it."""
    long = "长" * 300
    who = a.Actor(name="长" * 100)
    person = {"name": long, "kind": "委员", "phone": "1" * 60, "email": "e" * 200, "address": long}
    given = proposed("9" * 60, title=long, category=long, proposers=[person], by=who, key="k" * 160, asks=[long])
    desk.do(day(1, 21), given)
    case = "9" * 60
    desk.do(day(2, 2), a.Accept(case=case, by=who, category=long), a.Assign(case=case, by=who, lead="民政局"))
    by = LEAD.model_copy(update={"name": "长" * 100})
    desk.do(day(2, 3), a.SignFor(case=case, by=by))
    desk.do(day(2, 3), a.RecordContact(case=case, by=by, way="电话", on=day(2, 3), with_name=long, said=long))
    draft = {
        "document_number": long,
        "contact_unit": long,
        "contact_person": long,
        "contact_phone": long,
        "contact_postcode": "1" * 20,
    }
    vow = {"text": long, "condition": long}
    desk.do(day(2, 3), a.SubmitDraft(case=case, by=by, text=long, promises=[vow], **draft))
    desk.do(day(2, 3), *(a.Approve(case=case, by=by, remark="长" * 2000) for _ in range(3)))
    desk.do(day(2, 3), a.DecidePublication(case=case, by=who, mode="不予公开", reason=long))
    desk.assert_whole()


def test_two_at_once_record_an_action_once(desk):
    desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 9)))
    batch = [a.Accept(case=f"{n:04}", by=OFFICE, key=f"立-{n}") for n in range(1, 9)]
    with clock.moved_to(clock.morning_of(date(2026, 2, 2))), ThreadPoolExecutor(4) as pool:
        outcomes = [one for found in pool.map(lambda _: record(desk.engine, batch), range(4)) for one in found]
    assert sorted(one.result for one in outcomes) == ["已办理"] * 8 + ["已办过"] * 24
    desk.assert_whole()


@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_of_anything_records_exactly_what_it_accepts(office, data):
    desk = Desk(office)
    number = f"{len(desk.rows(t.CaseRow)) + 1:04}"
    desk.do(day(1, 21), proposed(number))
    before = desk.case(number)
    batch = data.draw(st.lists(asked_of(before), max_size=8))
    outcomes = desk.ask(day(3, 20), *batch)
    accepted = [one for one in outcomes if one.result == "已办理"]
    of_this_batch = {row.key for row in desk.rows(t.IdempotencyKeyRow)} & {action.key for action in batch}
    assert of_this_batch == {one.key for one in accepted}
    assert desk.ask(day(3, 20), *[x for x in batch if x.key in of_this_batch]) == [
        one.model_copy(update={"result": "已办过", "message": "这一动作此前已经办理，没有重复办理。"})
        for one in accepted
    ]
    assert desk.case(number).history_length == before.history_length + sum(one.case == number for one in accepted)
    desk.assert_whole()


@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_records_what_its_actions_record_one_by_one(office, data):
    desk = Desk(office)
    first = len(desk.rows(t.CaseRow)) + 1
    numbers = [f"{first + more:04}" for more in range(2)]
    desk.walk(data.draw(st.sampled_from([Stage.SUBMITTED, Stage.HANDLING, Stage.APPROVING, Stage.REPLIED])), *numbers)
    batch = data.draw(st.lists(st.sampled_from(numbers).map(desk.case).flatmap(asked_of), max_size=6))
    with clock.moved_to(clock.morning_of(day(3, 26))):
        together = _recorded_and_undone(office, [batch])
        assert together == _recorded_and_undone(office, [[action] for action in batch])


def _recorded_and_undone(engine, batches):
    """What became of each action and what every table then holds but for the instant; nothing of it stays."""
    held = {}
    with engine.connect() as connection:
        outcomes = [one for batch in batches for one in record_on(connection, batch)]
        for table in SQLModel.metadata.sorted_tables:
            kept = [one for one in table.c if not one.name.endswith(("at", "hash"))]
            held[table.name] = sorted(map(repr, connection.execute(select(*kept))))
        connection.rollback()
    return outcomes, held
