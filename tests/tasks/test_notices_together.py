"""Many notices at once into the local mailbox: together, in order, in the same message again after a death."""

import json
import re
from collections import Counter
from datetime import date, timedelta

import pytest
from notice_office import NOW, notice, office, put
from sqlalchemy import event, select, update

from models.notice_vocabulary import MessageKind, NoticeStatus
from models.rulings import OFFICE
from models.tables.case import CaseRow
from models.tables.fields import core
from notifications.local_mailbox import MailboxChannel, read_letter, render_mailbox
from notifications.messages import Message
from notifications.sending import Outgoing, RecordingChannel, Refused, Sent
from tasks.database import make_engine, transaction
from tasks.notice_facts import FactsReader
from tasks.notices import deliver
from tasks.notices_store import BROKEN_OFF, NOTICES, TWICE, claim

READER = FactsReader(today=date(2026, 4, 1))
ROUNDS = 48


@pytest.fixture
def engine(url):
    made = office(url, 12)
    yield made
    made.dispose()


class Box(RecordingChannel):
    """A channel in which a repeat replaces the first; `rounds` are the sizes of what it was given at once."""

    def __init__(self, name="箱", answers=()):
        super().__init__(name)
        self.answers_by_number, self.rounds, self.held = dict(answers), [], {}

    def send_all(self, outgoing):
        self.rounds.append(len(outgoing))
        return [self._one(one) for one in outgoing]

    def _one(self, one: Outgoing):
        answer = next((said for number, said in self.answers_by_number.items() if number in one.message.text), Sent())
        if isinstance(answer, Sent):
            self.held[one.message.id] = one
        return answer

    def send(self, address, message, attachments=(), *, hand_over):
        hand_over()
        self.rounds.append("alone")
        return self._one(Outgoing(address, message, tuple(attachments)))

    def numbers(self):
        return sorted(n for one in self.held.values() for n in set(re.findall(r"第(\d+)号", one.message.text)))


def send(engine, *channels, at=NOW, facts=READER, route=None, **more):
    route = route or (lambda _recipient: [(channel, "某处") for channel in channels])
    return deliver(engine, now=at, channels_for=route, compose_facts=facts, worker="测试", **more)


def rows(engine):
    with transaction(engine) as connection:
        return {row.case_id: row for row in connection.execute(select(NOTICES).where(NOTICES.c.recipient != OFFICE))}


def letters(*ids, **more):
    return [notice(n, MessageKind.REPLY, f"提案人:{n}.1", **more) for n in ids]


def test_a_claim_goes_in_one_round_with_few_commits(engine):
    box, commits, told = Box(), [], []
    put(engine, *letters(*range(1, 13)))
    event.listen(engine, "commit", lambda _connection: commits.append(1))
    done = send(engine, box, progress=told.append)
    assert (done.sent, done.messages, box.rounds, told) == (12, 12, [12], [12])
    assert len(commits) <= 8
    found = rows(engine).values()
    assert {(row.status, row.channel, row.attempts, row.message_id) for row in found} == {
        (NoticeStatus.SENT, "箱", 1, None)
    }


def test_a_refusal_is_its_own_messages_alone(engine):
    busy, gone = Refused(temporary=True, reason="满了"), Refused(temporary=False, reason="不收")
    box, mail = Box(answers={"2026002": busy, "2026003": gone}), RecordingChannel("邮件")
    put(engine, *letters(1, 2, 3, 4))
    done = send(engine, box, mail)
    assert (done.sent, done.retried, done.by_channel) == (3, 1, {"箱": 2, "邮件": 1})
    assert (rows(engine)[2].status, rows(engine)[2].error, rows(engine)[2].doubts) == (
        NoticeStatus.WAITING,
        "箱：满了",
        0,
    )
    box.answers_by_number.clear()
    assert send(engine, box, mail, at=NOW + timedelta(minutes=2)).sent == 1


def test_one_that_breaks_the_round_is_found_and_the_others_arrive(engine, caplog):
    class Fragile(Box):
        def send_all(self, outgoing):
            if any("2026002" in one.message.text for one in outgoing):
                raise RuntimeError("no such thing")
            return super().send_all(outgoing)

        def _one(self, one):
            if "2026002" in one.message.text:
                raise RuntimeError("no such thing")
            return super()._one(one)

    box = Fragile()
    put(engine, *letters(1, 2, 3))
    done = send(engine, box)
    assert (done.sent, done.retried, box.numbers()) == (2, 1, ["2026001", "2026003"])
    assert (rows(engine)[2].error, rows(engine)[2].doubts) == ("箱：发送程序出错（RuntimeError）", 0)
    assert "broke down" in caplog.text


def test_one_without_words_and_one_that_moved_are_left_out(engine):
    box = Box()
    put(engine, *letters(1), *letters(2, facts={"correction": "错字", "workdays_left": "三"}), *letters(3))

    class Moving(FactsReader):
        def __call__(self, connection, notices):
            found = super().__call__(connection, notices)
            connection.execute(update(core(CaseRow)).where(core(CaseRow).c.id == 3).values(history_length=7))
            return found

    put(engine, notice(4, MessageKind.REMINDER, "单位:单位1", facts={"workdays_left": "三天"}))
    put(engine, notice(5, valid_until_seq=1))
    done = send(engine, box, facts=Moving(today=date(2026, 4, 1)))
    assert (done.sent, done.failed, done.expired) == (5, 1, 0)  # with the office's notice of the one
    assert "通知内容没有生成" in rows(engine)[4].error


def test_ways_are_mixed_and_one_readers_order_stays(engine):
    box, mail, order = Box(), RecordingChannel("邮件"), []
    box.send_all = lambda outgoing: [order.append(one.message.to_name) or Sent() for one in outgoing]
    mail.send = lambda _address, message, *_files, hand_over: (hand_over(), order.append(message.to_name), Sent())[-1]
    early = {"created_at": NOW - timedelta(hours=1)}
    put(engine, *letters(1, **early), *letters(2, **early), *letters(3, **early))
    put(engine, notice(1, MessageKind.FILED, "提案人:1.1", channel="邮件"))
    ways = {"提案人:2.1": [mail]}
    done = send(engine, route=lambda r: [(one, r) for one in ways.get(r, [box, mail])])
    assert done.sent == 4
    assert order.index("甄某1") < len(order) - 1 - order[::-1].index("甄某1")
    assert done.by_channel == {"箱": 2, "邮件": 2}


@pytest.mark.parametrize("new", [0, 1, 4])
def test_what_died_in_a_message_goes_in_the_same_one_without_doubt(engine, new):
    """Four went as a digest, and its deliverer died before the mark; what came in meanwhile goes by itself."""

    class Dead(BaseException):
        pass

    class Dying(Box):
        def send_all(self, outgoing):
            super().send_all(outgoing)
            raise Dead

    dying, box = Dying(), Box()
    put(engine, *(notice(n) for n in range(1, 5)))
    with pytest.raises(Dead):
        send(engine, dying)
    box.held = dying.held
    assert {row.message_id for row in rows(engine).values()} == set(box.held)
    at = NOW + timedelta(minutes=11)
    put(engine, *(notice(n, not_before_at=at) for n in range(5, 5 + new)))
    done = send(engine, box, at=at)
    assert (done.sent, done.repeated, done.failed) == (4 + new, 0, 0)
    assert box.numbers() == [str(2026000 + n) for n in range(1, 5 + new)]
    assert len(box.held) == 1 + (new > 0)
    assert {(row.doubts, row.message_id, row.handed_over_at) for row in rows(engine).values()} == {(0, None, None)}
    assert "alone" in box.rounds


def test_a_round_of_which_some_were_taken_over_sends_the_others(engine):
    box = Box()
    put(engine, *letters(1, 2, 3))

    def overtaken(connection, notices):
        found = READER(connection, notices)
        connection.execute(update(NOTICES).where(NOTICES.c.case_id == 2).values(claimed_by="别人"))
        return found

    assert send(engine, box, facts=overtaken, limit=3).sent == 2
    assert box.numbers() == ["2026001", "2026003"]
    assert (rows(engine)[2].claimed_by, rows(engine)[2].message_id) == ("别人", None)


def test_what_kills_its_deliverer_takes_no_others_with_it(engine):
    """The second time each goes alone, so those before it arrive."""
    box = Box()
    put(engine, *letters(1, 2, 3))
    with transaction(engine) as connection:
        claim(connection, now=NOW, until=NOW, token="死者", limit=9)
    assert send(engine, box, at=NOW + timedelta(minutes=1)).sent == 3
    assert box.rounds == ["alone"] * 3


def test_a_folder_that_cannot_be_written_refuses_all_and_keeps_nothing(tmp_path):
    messages = [Outgoing("", Message(f"第{n}封", "字\n", "", "", id=str(n))) for n in range(3)]
    (tmp_path / "file").write_text("")
    answers = MailboxChannel(tmp_path / "file", lambda: NOW).send_all(messages)
    assert [one.temporary for one in answers] == [True] * 3
    box = MailboxChannel(tmp_path / "box", lambda: NOW)
    assert box.send_all(messages) == [Sent()] * 3
    assert sorted(path.suffix for path in (tmp_path / "box").iterdir()) == [".eml"] * 3 + [".jsonl"]
    assert (tmp_path / "box").joinpath(render_mailbox(tmp_path / "box")[0].file).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_killed_at_any_moment_every_notice_is_in_one_message_of_the_mailbox(url, killed, tmp_path):
    """Two deliverers at once are killed around and within their groups, other points in each round."""
    count, seed = killed("mailbox_arena.py", ROUNDS)
    kills = Counter(json.loads(line) for line in (tmp_path / "kills").read_text().splitlines())
    said = f"{seed} {kills}"
    assert count["killed"] >= ROUNDS * 0.8, said
    assert {"contact", "renamed", "accepted", "marked"} <= set(kills), said
    engine = make_engine(url)
    found = {str(2026000 + number): row for number, row in rows(engine).items()}
    engine.dispose()
    box = tmp_path / "mailbox"
    texts = [
        read_letter(box, one.file).get_body(("plain",)).get_content()
        for one in render_mailbox(box)
        if one.to != "督办单位"
    ]
    arrived = Counter(number for text in texts for number in set(re.findall(r"第(\d+)号", text)))
    for number, row in found.items():
        words = f"{said} {number}: in {arrived[number]} messages, {row.status} {row.error}"
        given_up = row.status is NoticeStatus.FAILED and row.error == BROKEN_OFF
        assert row.status is NoticeStatus.SENT or given_up, words
        assert arrived[number] == 1 or (given_up and not arrived[number]), words
        assert (row.doubts, row.message_id) == (0, None), words
    assert TWICE not in {row.error for row in found.values()}
