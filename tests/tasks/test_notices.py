"""What happens to a notice between its row and the reader, on both databases."""

import json
import re
import threading
from collections import Counter
from datetime import date, timedelta
from functools import partial

import pytest
from notice_arena import EACH_ROUND, POINTS
from notice_office import NOW, notice, office, put
from sqlalchemy import event, func, select, update

from models.notice_vocabulary import MessageKind, NoticeStatus
from models.rulings import OFFICE
from models.tables.case import CaseRow
from models.tables.fields import core
from models.tables.handling import ClockRow
from models.tables.notices import NoticeRow
from models.tables.office import AgencyContactRow
from models.tables.pages import ActionLinkRow
from notifications.sending import Attachment, RecordingChannel, Refused, split
from tasks.database import make_engine, transaction
from tasks.link_offers import links_for
from tasks.notice_facts import FactsReader
from tasks.notices import deliver, failed, retry_failed
from tasks.notices_addresses import addresses_in
from tasks.notices_outcomes import WAITS
from tasks.notices_store import BROKEN_OFF, MOST_INTERRUPTIONS, NOTICES, TWICE, claim

READER = FactsReader(today=date(2026, 4, 1), office="市政协提案委", inquiries="市政协提案委 0571-0000")
BUSY = Refused(temporary=True, reason="稍后再来")
GONE = Refused(temporary=False, reason="查无此人")
UNKNOWN = Refused(temporary=True, reason="没有回执", uncertain=True)


@pytest.fixture
def open_office(url):
    made = []

    def opened(cases=1):
        made.append(office(url, cases))
        return made[-1]

    yield opened
    for engine in made:
        engine.dispose()


def send(engine, *channels, at=NOW, facts=READER, **more):
    route = [(channel, "某处") for channel in channels]
    return deliver(engine, now=at, channels_for=lambda _r: route, compose_facts=facts, worker="测试", **more)


def rows(engine):
    with transaction(engine) as connection:
        return {row.key: row for row in connection.execute(select(NOTICES))}


def only(engine):
    """The one notice there is, beside what the office was asked to see to."""
    (row,) = (row for row in rows(engine).values() if row.recipient != OFFICE)
    return row


def change(engine, row, where, **values):
    table = core(row)
    with transaction(engine) as connection:
        connection.execute(update(table).where(*(table.c[k] == v for k, v in where.items())).values(**values))


# ── 排队 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_notice_is_enqueued_once(open_office):
    engine = open_office(3)
    assert put(engine, notice(1), notice(2)) == 2
    assert put(engine, notice(2), notice(3)) == 1
    assert put(engine) == 0
    assert len(rows(engine)) == 3


def test_a_notice_is_sent_once_however_often_delivery_runs(open_office):
    engine, channel = open_office(), RecordingChannel()
    put(engine, notice(1))
    assert send(engine, channel).sent == 1
    assert send(engine, channel, at=NOW + timedelta(days=3)).done == 0
    assert len(channel.taken) == 1
    row = only(engine)
    assert (row.status, row.channel, row.attempts, row.error) == (NoticeStatus.SENT, "记录", 1, None)
    assert NOW <= row.sent_at < NOW + timedelta(minutes=1)


def test_nothing_goes_out_before_its_time(open_office):
    engine, channel = open_office(), RecordingChannel()
    put(engine, notice(1, not_before_at=NOW + timedelta(hours=1)))
    assert send(engine, channel).done == 0
    assert send(engine, channel, at=NOW + timedelta(hours=1)).sent == 1


# ── 汇总 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_three_go_singly_and_four_become_one_message(open_office):
    engine, channel = open_office(7), RecordingChannel()
    put(engine, *(notice(n) for n in (1, 2, 3)), *(notice(n, recipient="单位:单位2") for n in (4, 5, 6, 7)))
    done = send(engine, channel)
    assert (done.sent, done.messages, done.by_channel) == (7, 4, Counter({"记录": 7}))
    assert [m.subject for _, m, _ in channel.taken if "4件" in m.subject] == [
        "【办理】交办通知4件（最早2026年6月16日到期）"
    ]


def test_letters_are_never_put_together(open_office):
    engine, channel = open_office(5), RecordingChannel()
    put(engine, *(notice(n, MessageKind.REPLY, "提案人:1.1") for n in range(1, 6)))
    files = (Attachment("答复函.docx", b"PK"),)
    assert send(engine, channel, attachments_for=lambda _facts: files).messages == 5
    assert all(given == files for _, _, given in channel.taken)


def test_a_run_stops_at_its_limit_and_tells_its_progress(open_office):
    engine, channel, told = open_office(9), RecordingChannel(), []
    put(engine, *(notice(n, recipient=f"单位:单位{1 + n % 2}") for n in range(1, 10)))
    assert send(engine, channel, limit=3, progress=told.append).sent == 4
    assert told == [4]
    assert send(engine, channel).sent == 5


def test_however_many_wait_for_one_recipient_it_is_one_message(open_office):
    """350 notices on two ways: one digest each, the chat message bounded, one link to the list."""
    engine = open_office(350)
    mail, robot = RecordingChannel("邮件"), RecordingChannel("企业微信")
    put(engine, *(notice(n, recipient="单位:财政局", channel="邮件" if n % 7 else "企业微信") for n in range(1, 351)))
    facts = FactsReader(today=date(2026, 4, 1), links_for=partial(links_for, base="https://banli.example.gov.cn"))
    done = send(engine, mail, robot, facts=facts)
    assert (done.sent, done.messages, done.by_channel) == (350, 2, {"邮件": 300, "企业微信": 50})
    ((_, long, _),), ((_, short, _),) = mail.taken, robot.taken
    assert long.subject == "【办理】交办通知300件（最早2026年5月8日到期）"
    assert all(f"第{2026000 + n}号" in long.text for n in range(1, 351) if n % 7)
    assert "以上为期限最近的20件，其余30件请见待办清单。" in short.brief
    assert short.brief.count("【交办通知】") == 20
    assert len(split(short.brief, 2048)) <= 10  # WeCom takes 20 messages a minute
    links = core(ActionLinkRow)
    with transaction(engine) as connection:
        assert connection.scalar(select(func.count()).where(links.c.action == "")) == 1
    assert len(set(re.findall(r"/d/\S+", long.text + short.brief))) == 1


def test_two_deliverers_never_part_what_goes_to_one(open_office):
    """The second claims while the first one's transaction is open; it gets all of the next recipient, or nothing."""
    engine = open_office(40)
    put(engine, *(notice(n, recipient=f"单位:单位{1 + n % 2}") for n in range(1, 41)))
    got, held = [], threading.Event()

    def take(token):
        with transaction(engine) as connection:
            got.append({one.recipient: 0 for one in claim(connection, now=NOW, until=NOW, token=token, limit=4)})
            held.set()

    with transaction(engine) as connection:
        first = claim(connection, now=NOW, until=NOW, token="甲", limit=4)
        other = threading.Thread(target=take, args=("乙",))
        other.start()
        assert not held.wait(0.2)
    other.join()
    assert len(first) == 20
    assert len({one.recipient for one in first} | got[0].keys()) == 2


# ── 失败、重试、换渠道 ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_channel_is_tried_again_later_each_time_later(open_office):
    engine, channel = open_office(), RecordingChannel(answers=[BUSY, BUSY])
    put(engine, notice(1))
    assert send(engine, channel).retried == 1
    row = only(engine)
    assert (row.status, row.attempts, row.error) == (NoticeStatus.WAITING, 1, "记录：稍后再来")
    assert row.not_before_at - NOW == pytest.approx(WAITS[0], abs=timedelta(seconds=5))
    assert send(engine, channel, at=NOW + timedelta(seconds=30)).done == 0
    later = row.not_before_at
    assert send(engine, channel, at=later).retried == 1
    assert only(engine).not_before_at - later == pytest.approx(WAITS[1], abs=timedelta(seconds=5))
    assert send(engine, channel, at=only(engine).not_before_at).sent == 1
    assert only(engine).error is None


def test_retry_after_is_honoured_and_spares_the_channel(open_office):
    limited = Refused(temporary=True, reason="太快", retry_after=600)
    engine, channel = open_office(2), RecordingChannel(answers=[limited])
    put(engine, notice(1), notice(2))
    assert send(engine, channel).retried == 2
    assert channel.taken == []
    assert sorted(row.attempts for row in rows(engine).values()) == [0, 1]
    assert send(engine, channel, at=NOW + timedelta(seconds=590)).done == 0
    assert send(engine, channel, at=NOW + timedelta(seconds=660)).sent == 2


def test_after_five_tries_the_next_channel_has_its_turn(open_office):
    first, second = RecordingChannel("微信", answers=[BUSY] * 5), RecordingChannel("邮件")
    engine = open_office()
    put(engine, notice(1))
    at = NOW
    for _ in range(4):
        assert send(engine, first, second, at=at).retried == 1
        at = only(engine).not_before_at
    assert send(engine, first, second, at=at).by_channel == {"邮件": 1}


def test_a_final_refusal_goes_to_the_next_channel_at_once(open_office):
    engine, mail = open_office(), RecordingChannel("邮件", answers=[BUSY])
    robot = RecordingChannel("微信", answers=[GONE])
    put(engine, notice(1))
    assert send(engine, robot, mail).retried == 1
    assert (only(engine).channel, only(engine).error) == ("邮件", "微信：查无此人；邮件：稍后再来")
    assert send(engine, robot, mail, at=only(engine).not_before_at).by_channel == {"邮件": 1}
    assert robot.taken == []


def test_what_no_channel_takes_is_shown_and_can_be_sent_again(open_office):
    engine, channel = open_office(), RecordingChannel(answers=[GONE])
    put(engine, notice(1))
    assert send(engine, channel).failed == 1
    (shown,) = failed(engine)
    assert (shown.recipient, shown.error) == ("单位:单位1", "记录：查无此人")
    assert send(engine, channel, at=NOW + timedelta(days=9)).done == 0
    assert retry_failed(engine, [shown.key, "没有这一件"], NOW) == 1
    assert send(engine, channel).sent == 1
    assert failed(engine) == ()


def test_without_any_channel_the_notice_is_shown(open_office):
    engine = open_office()
    put(engine, notice(1))
    assert send(engine).failed == 2  # the office cannot be told either
    assert {one.error for one in failed(engine)} == {"没有可用的通知方式"}


def test_an_answer_that_never_came_leads_to_one_repeat_with_the_same_name(open_office):
    seen = []

    class Silent(RecordingChannel):
        def send(self, address, message, attachments=(), **more):
            seen.append(message.id)
            return super().send(address, message, attachments, **more)

    engine, channel = open_office(), Silent(answers=[UNKNOWN])
    put(engine, notice(1))
    assert send(engine, channel).retried == 1
    assert (only(engine).error, only(engine).doubts) == ("记录：没有回执", 1)
    done = send(engine, channel, at=only(engine).not_before_at)
    assert (done.sent, done.repeated) == (1, 1)
    assert (only(engine).error, only(engine).doubts) == (None, 1)
    assert seen[0] == seen[1] != ""


def test_an_answer_that_never_came_twice_goes_to_a_person(open_office):
    engine, channel = open_office(), RecordingChannel(answers=[UNKNOWN, BUSY, UNKNOWN])
    put(engine, notice(1))
    for _ in range(3):
        send(engine, channel, RecordingChannel("邮件"), at=only(engine).not_before_at)
    assert failed(engine)[0].error.startswith(TWICE)


def test_one_notice_without_words_does_not_stop_the_others(open_office):
    engine, channel = open_office(2), RecordingChannel()
    put(engine, notice(1, facts={"workdays_left": "三天"}), notice(2))
    done = send(engine, channel)
    assert (done.sent, done.failed) == (2, 1)  # the other, and the office's notice of the one
    assert "通知内容没有生成" in failed(engine)[0].error


def test_a_channel_that_breaks_down_is_said_and_tried_again(open_office, caplog):
    """What nobody foresaw stops neither the others nor the run; once handed over it may have arrived."""

    class Broken(RecordingChannel):
        def send(self, address, message, attachments=(), *, hand_over):
            if "2026001" in message.text and not caplog.records:
                raise RuntimeError("before")
            if "2026002" in message.text and len(caplog.records) < 2:
                hand_over()
                raise RuntimeError("after")
            return super().send(address, message, attachments, hand_over=hand_over)

    engine, channel = open_office(3), Broken()
    put(engine, *(notice(n, created_at=NOW + timedelta(seconds=n)) for n in (1, 2, 3)))
    done = send(engine, channel)
    assert (done.sent, done.retried) == (1, 2)
    found = {row.case_id: (row.status, row.error, row.doubts) for row in rows(engine).values()}
    assert found[1] == (NoticeStatus.WAITING, "记录：发送程序出错（RuntimeError）", 0)
    assert found[2] == (NoticeStatus.WAITING, "记录：发送程序出错（RuntimeError）", 1)
    assert ["broke down" in one.message for one in caplog.records] == [True, True]
    done = send(engine, channel, at=NOW + timedelta(minutes=2))
    assert (done.sent, done.repeated) == (2, 1)


def test_a_notice_nobody_can_read_goes_to_a_person_and_the_others_out(open_office, caplog):
    def reader(connection, notices):
        if any(one.case_id == 2 for one in notices):
            raise RuntimeError("no such thing")
        return READER(connection, notices)

    engine, channel = open_office(6), RecordingChannel()
    put(engine, *(notice(n) for n in range(1, 7)))
    done = send(engine, channel, facts=reader)
    assert (done.sent, done.failed, done.messages) == (5, 2, 1)  # the office's own notice is of the same case
    assert "通知内容没有生成（RuntimeError：no such thing）" in failed(engine)[0].error
    assert "cannot read" in caplog.text


# ── 发送前再看一遍 ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reminder_expires_with_its_clock(open_office):
    engine, channel = open_office(2), RecordingChannel()
    put(engine, *(notice(n, MessageKind.REMINDER, clock_no=1) for n in (1, 2)))
    change(engine, ClockRow, {"case_id": 1, "no": 1}, stopped_on=date(2026, 3, 31))
    done = send(engine, channel)
    assert (done.sent, done.expired) == (1, 1)
    assert rows(engine)["1:1:催办:单位:单位1"].status is NoticeStatus.EXPIRED


def test_a_notice_expires_when_its_case_has_moved_on(open_office):
    engine, channel = open_office(), RecordingChannel()
    put(engine, notice(1, valid_until_seq=1))
    change(engine, CaseRow, {"id": 1}, history_length=2)
    assert send(engine, channel).expired == 1


def test_a_case_that_moves_between_claim_and_sending_is_read_again(open_office):
    engine, moved = open_office(2), []

    class Moving(RecordingChannel):
        def send(self, address, message, attachments=(), **more):
            if not moved:
                change(engine, CaseRow, {"id": 2}, history_length=2)
                change(engine, ClockRow, {"case_id": 2, "no": 1}, superseded=True)
                moved.append(True)
            return super().send(address, message, attachments, **more)

    put(engine, *(notice(n, MessageKind.REMINDER, clock_no=1) for n in (1, 2)))
    done = send(engine, Moving())
    assert (done.sent, done.expired) == (1, 1)


def test_after_a_standstill_only_the_last_rung_is_said_and_says_it_is_late(open_office):
    engine, channel = open_office(), RecordingChannel()
    for day in (1, 2, 3):
        at = NOW - timedelta(days=10 - day)
        put(engine, notice(1, MessageKind.REMINDER, clock_no=1, key=f"梯{day}", created_at=at, not_before_at=at))
    change(engine, ClockRow, {"case_id": 1, "no": 1}, due_on=date(2026, 3, 30))
    done = send(engine, channel)
    assert (done.sent, done.expired) == (1, 2)
    assert rows(engine)["梯3"].status is NoticeStatus.SENT
    assert "已逾期2天" in channel.taken[0][1].subject


# ── 说什么 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_reads_his_own_date_and_number(open_office):
    engine, channel = open_office(2), RecordingChannel()
    change(engine, CaseRow, {"id": 2}, merged_into=1)
    to = ["单位:单位2", "单位:财政局", "提案人:2.1"]
    put(engine, *(notice(1, recipient=recipient) for recipient in to))
    send(engine, channel)
    lead, co, proposer = (m for _, m, _ in sorted(channel.taken, key=lambda t: to.index(_recipient(t[1]))))
    assert "（2026年6月16日前答复）" in lead.subject
    assert "（2026年5月8日前提出会办意见）" in co.subject
    assert "第2026002号" in proposer.subject
    assert proposer.text.startswith("尊敬的甄某2委员：")


def _recipient(message):
    first = message.text.split("：")[0]
    return {"单位2": "单位:单位2", "财政局": "单位:财政局"}.get(first, "提案人:2.1")


def test_no_text_holds_a_proposers_contact(open_office):
    engine, channel = open_office(len(MessageKind)), RecordingChannel()
    for number, kind in enumerate(MessageKind, start=1):
        put(engine, *(notice(number, kind, to) for to in ("单位:单位1", "督办", f"提案人:{number}.1")))
    send(engine, channel)
    words = " ".join(m.subject + m.text + m.html + m.brief for _, m, _ in channel.taken)
    assert "甄某1" in words
    assert not [secret for secret in ("13900", "@example.org", "某路1号") if secret in words]


def test_a_batch_is_read_with_the_same_few_queries_however_large(open_office, url):
    engine = open_office(60)

    def count(*ids):
        asked = []
        with transaction(engine) as connection:
            event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
            put_in_hand = claim(connection, now=NOW, until=NOW, token="x", limit=100)
            asked.clear()
            READER(connection, put_in_hand)
            connection.rollback()
        return len(asked)

    put(engine, notice(1))
    one = count()
    put(engine, *(notice(n) for n in range(2, 61)))
    assert count() == one


def test_addresses_are_those_on_record(open_office):
    engine = open_office()
    people = [("经办人", "a@example.gov.cn"), ("分管领导", "b@example.gov.cn"), ("经办人", None)]
    with transaction(engine) as connection:
        for role, email in people:
            values = {"agency": "单位1", "role": role, "name": "某某", "email": email}
            connection.execute(core(AgencyContactRow).insert().values(**values))
    addresses = addresses_in(engine)
    assert addresses("单位:单位1") == ("a@example.gov.cn", "b@example.gov.cn")
    assert addresses("单位:单位1#分管领导") == ("b@example.gov.cn",)
    assert addresses("单位:单位2#分管领导") == ()
    assert addresses("提案人:1.1") == ("zhen1@example.org",)
    assert addresses("督办") == ()


# ── 多个进程、随时被杀 ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_dead_deliverer_had_in_hand_is_taken_up_after_its_claim_ends(open_office):
    engine, channel = open_office(), RecordingChannel()
    put(engine, notice(1))
    with transaction(engine) as connection:
        assert claim(connection, now=NOW, until=NOW + timedelta(minutes=10), token="死者", limit=9)
    assert send(engine, channel, at=NOW + timedelta(minutes=9)).done == 0
    done = send(engine, channel, at=NOW + timedelta(minutes=11))
    assert (done.sent, done.repeated) == (1, 0)


def test_a_slow_deliverer_whose_claim_was_taken_over_sends_nothing(open_office):
    engine, slow, quick = open_office(), RecordingChannel(), RecordingChannel()
    put(engine, notice(1))

    def overtaken(connection, notices):
        found = READER(connection, notices)
        if not quick.taken:
            connection.execute(update(NOTICES).values(claimed_by="别人", status=NoticeStatus.SENT))
            quick.taken.append(None)
        return found

    assert send(engine, slow, facts=overtaken).done == 0
    assert slow.taken == []


def test_what_died_before_its_channel_got_it_is_sent_without_doubt_and_not_for_ever(open_office):
    engine, channel, at = open_office(), RecordingChannel(), NOW
    put(engine, notice(1))

    def dies():
        nonlocal at
        with transaction(engine) as connection:
            assert claim(connection, now=at, until=at + timedelta(minutes=10), token="死者", limit=9)
        at += timedelta(minutes=11)

    for _ in range(MOST_INTERRUPTIONS):
        dies()
    assert (only(engine).doubts, only(engine).interruptions) == (0, MOST_INTERRUPTIONS - 1)
    dies()
    assert send(engine, channel, at=at).failed == 1
    assert only(engine).error == BROKEN_OFF
    assert ["通知未送达" in message.subject for _, message, _ in channel.taken] == [True]
    retry_failed(engine, [only(engine).key], at)
    assert (send(engine, channel, at=at).sent, only(engine).doubts) == (1, 0)


def test_more_given_up_than_the_limit_does_not_stop_a_run(open_office):
    engine, channel = open_office(8), RecordingChannel()
    put(engine, *(notice(n) for n in range(1, 9)))
    left = {"status": NoticeStatus.SENDING, "interruptions": MOST_INTERRUPTIONS, "claimed_until": NOW - timedelta(1)}
    for case_id in range(1, 8):
        change(engine, NoticeRow, {"case_id": case_id}, **left)
    assert send(engine, channel, limit=2).failed == 7
    send(engine, channel)
    assert {row.status for row in rows(engine).values() if row.case_id == 8} == {NoticeStatus.SENT}


ROUNDS = 200


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_repeats_stay_in_the_window(url, killed, tmp_path):
    """Three deliverers at once are killed at the points between claim, send and mark, other ones in each round."""
    count, seed = killed("notice_arena.py", ROUNDS)
    said = f"{seed} {Counter(_lines(tmp_path / 'kills'))}"
    assert count["rounds with a kill"] >= ROUNDS * 0.8, said
    assert min(Counter(_lines(tmp_path / "kills"))[point] for point in POINTS) >= ROUNDS / 20, said
    engine = make_engine(url)
    duties = {row.facts["to"] for row in rows(engine).values() if row.recipient == OFFICE}
    found = {str(2026000 + row.case_id): row for row in rows(engine).values() if row.recipient != OFFICE}
    engine.dispose()
    assert len(found) == ROUNDS * EACH_ROUND, said
    taken = Counter(number for line in _lines(tmp_path / "accepted") for number in line)
    unanswered = _lines(tmp_path / "unanswered")
    unseen = Counter(number for one in unanswered for number in one["numbers"])
    window = Counter(number for one in unanswered if one["taken"] for number in one["numbers"])
    for number, row in found.items():
        words = f"{said} {number}: taken {taken[number]}, unseen ends {unseen[number]}, {row.status} {row.error}"
        lost_to_people = row.status is NoticeStatus.FAILED
        assert row.status is NoticeStatus.SENT or (lost_to_people and row.error in {TWICE, BROKEN_OFF}), words
        assert row.doubts == unseen[number] or row.error == BROKEN_OFF, words
        assert not lost_to_people or row.recipient in duties, words
        assert row.doubts == 2 or not lost_to_people or row.error == BROKEN_OFF, words
        assert taken[number] == window[number] + (not lost_to_people) <= 2, words


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
