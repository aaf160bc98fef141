"""What is said to be sent is what is then sent, day by day on a moved clock."""

from datetime import timedelta

import pytest
from builders import CO, LEAD, OFFICE, day, proposed, road, talk
from sqlalchemy import func, select

from models import actions as a
from models.notice_vocabulary import MessageKind, NoticeStatus
from notifications.sending import RecordingChannel
from tasks import clock, deadlines
from tasks.database import reading
from tasks.link_offers import links_for
from tasks.notice_facts import FactsReader
from tasks.notices import deliver
from tasks.notices_store import NOTICES
from tasks.previewing import preview
from tasks.recording import record
from tasks.world import calendar

HIGHER = {"督办", "单位:民政局#负责人"}
NAMES = ("张某某", "李某某", "赵某某")


def do(engine, on, *actions, hour=9):
    with clock.moved_to(clock.morning_of(on, hour)):
        assert [one.message for one in record(engine, actions) if one.refused] == []


def send(engine, on, hour=9):
    channel = RecordingChannel()
    now = clock.morning_of(on, hour) + timedelta(minutes=30)
    facts = FactsReader(today=on)
    deliver(engine, now=now, channels_for=lambda _r: [(channel, "")], compose_facts=facts, worker="测试", limit=100_000)
    return channel.taken


def morning(engine, on, hour=9):
    """What a working morning does: close windows, write what is due, send."""
    if calendar().is_workday(on):
        with clock.moved_to(clock.morning_of(on, hour)):
            record(engine, deadlines.silent_cases(engine, on))
            deadlines.sweep(engine, today=on, at=clock.now())
    return send(engine, on, hour)


def forecast(engine, on, days, hour=9, **more):
    with reading(engine) as connection:
        now = clock.morning_of(on, hour)
        return preview(connection, now=now, days=days, channel_of=lambda _r: "记录", **more)


def sent_on(engine, on):
    begins = clock.morning_of(on, 0)
    with reading(engine) as connection:
        rows = connection.execute(
            select(NOTICES.c.key).where(
                NOTICES.c.status == NoticeStatus.SENT,
                NOTICES.c.sent_at >= begins,
                NOTICES.c.sent_at < begins + timedelta(days=1),
            )
        )
        return {row.key for row in rows}


def stand(engine):
    """Every row of notices with its status: what a preview must not change."""
    with reading(engine) as connection:
        return connection.execute(select(NOTICES).order_by(NOTICES.c.key)).all()


@pytest.fixture
def busy(office):
    """Cases 0001…0012, each stopped at another step of the road, two proposers each; 民政局 leads them all."""
    numbers = [f"{n:04}" for n in range(1, 13)]
    do(office, day(1, 21), *(proposed(number, *NAMES[: 1 + int(number) % 2]) for number in numbers))
    for place, number in enumerate(numbers):
        for on, action in road()[: 2 + place]:
            do(office, on, action.model_copy(update={"case": number}))
    return office


@pytest.mark.parametrize(("from_on", "days"), [(day(3, 27), 30), (day(5, 18), 14), (day(4, 24), 20)])
def test_the_preview_is_what_is_then_sent(busy, from_on, days):
    for on in _days(day(2, 2), from_on):
        morning(busy, on)
    before = stand(busy)
    said = forecast(busy, from_on, days)
    assert stand(busy) == before
    assert {one.on for one in said.notices if not one.waits}
    messages = 0
    for on in _days(from_on, from_on + timedelta(days=days + 1)):
        messages += len(morning(busy, on))
        assert {one.key for one in said.notices if one.on == on} == sent_on(busy, on), on
    assert said.messages == messages
    assert said.by_channel == {"记录": len(said.notices)}


def _days(first, until):
    return [first + timedelta(days=n) for n in range((until - first).days)]


def test_feedback_windows_that_close_are_named(office):
    do(office, day(1, 21), proposed("0001", *NAMES))
    for on, action in road():
        if isinstance(action, a.GiveFeedback):
            break
        do(office, on, action)
    send(office, day(3, 26))
    said = forecast(office, day(3, 27), 60)
    (closing,) = said.closings
    assert (closing.case[-4:], closing.silent) == ("0001", NAMES)
    assert closing.on > closing.due_on
    reminders = [one for one in said.notices if one.recipient.startswith("提案人")]
    assert reminders
    assert {one.name for one in reminders} == set(NAMES)
    assert all(one.on <= closing.due_on for one in reminders)
    for on in _days(day(3, 27), closing.on + timedelta(days=1)):
        assert len(deadlines.silent_cases(office, on)) == (on > closing.due_on)
        morning(office, on)
    assert forecast(office, closing.on + timedelta(days=1), 60).closings == ()


def test_one_agency_sees_only_its_own(busy):
    said = forecast(busy, day(4, 24), 14, agency="财政局")
    assert {one.recipient for one in said.notices} == {"单位:财政局", "单位:财政局#负责人"}
    everything = forecast(busy, day(4, 24), 14)
    assert [one for one in everything.notices if one.recipient.startswith("单位:财政局")] == list(said.notices)
    assert forecast(busy, day(4, 24), 14, agency="教育局").notices == ()


def test_what_was_written_at_night_waits_for_the_morning(office):
    do(office, day(3, 20), proposed("0001"), hour=21)  # a Friday
    assert send(office, day(3, 20), hour=22) == []
    (one,) = forecast(office, day(3, 20), 7, hour=22).notices
    assert (one.on, one.waits, one.kind) == (day(3, 23), True, MessageKind.RECEIVED)
    assert one.why == "2026-03-20登记，尚未发出"
    assert send(office, day(3, 22), hour=10) == []
    assert len(send(office, day(3, 23), hour=8)) == 1


def test_a_reason_names_the_deadline_and_what_is_left(busy):
    send(busy, day(5, 18))
    found = forecast(busy, day(5, 18), 14).notices
    reply = next(one for one in found if one.clock == "答复" and one.kind is MessageKind.OVERDUE)
    assert reply.why.startswith(f"答复期限{reply.due_on}，已逾期")


# ── 停机之后 ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def late(office):
    """Thirty cases of 民政局 with 财政局, signed for and late with everything by June: more than one claim a week."""
    numbers = [f"{n:04}" for n in range(1, 31)]
    do(office, day(1, 21), *(proposed(number) for number in numbers))
    do(office, day(2, 2), *(a.Accept(case=number, by=OFFICE) for number in numbers))
    do(office, day(2, 25), *(a.Assign(case=n, by=OFFICE, lead="民政局", co_handlers=("财政局",)) for n in numbers))
    do(office, day(2, 26), *(a.SignFor(case=number, by=by) for number in numbers for by in (LEAD, CO)))
    do(office, day(3, 10), *(talk(number) for number in numbers))
    morning(office, day(5, 29))
    return office


@pytest.mark.parametrize("swept", [True, False])
def test_a_week_of_standstill_is_caught_up_with_one_message_each(late, swept):
    """Whether only the delivery stood still or the sweep too: one message each, the newest rung of each clock."""
    week = [on for on in _days(day(6, 1), day(6, 8)) if calendar().is_workday(on)]
    if swept:
        for on in week:
            deadlines.sweep(late, today=on, at=clock.morning_of(on))
    said = forecast(late, day(6, 8), 0)
    taken = morning(late, day(6, 8))
    with reading(late) as connection:
        sent = connection.execute(
            select(
                NOTICES.c.case_id, NOTICES.c.clock_no, NOTICES.c.recipient, func.max(NOTICES.c.created_at), func.count()
            )
            .where(NOTICES.c.sent_at >= clock.morning_of(day(6, 8), 0), NOTICES.c.kind != MessageKind.ESCALATION)
            .group_by(NOTICES.c.case_id, NOTICES.c.clock_no, NOTICES.c.recipient)
        ).all()
        waiting = select(func.count()).where(NOTICES.c.status == NoticeStatus.WAITING)
        assert connection.scalar(waiting) == 0
    assert len(taken) == said.messages == len({row[2] for row in sent} | HIGHER) == 4
    assert len(sent) == 60
    assert {row[4] for row in sent} == {1}
    assert {row[3].date() for row in sent} == {day(6, 8)}


def test_a_digest_carries_one_link_to_the_desk(late):
    """Its notices' own links stay; the list of everything that waits is named once."""
    channel, now = RecordingChannel(), clock.morning_of(day(6, 8), 10)
    with clock.moved_to(now):
        deadlines.sweep(late, today=day(6, 8), at=clock.now())
        facts = FactsReader(today=day(6, 8), links_for=links_for)
        deliver(late, now=clock.now(), channels_for=lambda r: [(channel, r)], compose_facts=facts, worker="测试")
    texts = {address: message for address, message, _ in channel.taken}
    assert set(texts) == {"单位:民政局", "单位:财政局"} | HIGHER
    for name in ("单位:民政局", "单位:财政局"):
        for said in (texts[name].text, texts[name].html, texts[name].brief):
            assert said.count("待办清单") == 1 + ("其余" in said)  # the rest is told by number and leads there
            assert said.count("/d/") == 1
    assert texts["单位:民政局"].text.count("起草答复") == 30
