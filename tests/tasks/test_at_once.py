"""Several at work on the same cases at the same moment, on PostgreSQL, which lets them: they take turns, none is lost.

Each lock is taken in one order by everybody. A test holds one by hand, sees somebody wait, and then takes another that
he must not have taken before it: were it the other way round, PostgreSQL would end one of the two ("deadlock").
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from builders import CONFERENCE, LEAD, OFFICE, POLICIES, day, furnish, proposed
from desk import Desk
from sqlalchemy import Connection, Engine, select, text
from two_clerks import CASES

from models import actions as a
from models import schema
from models.vocabulary import Role, Stage
from tasks import clock
from tasks.database import make_engine, reading, transaction
from tasks.deadlines import sweep
from tasks.links import Wanted, expiry, issue_links
from tasks.recording import record, record_on
from tasks.renewing import resend

CASE_ROWS, LINKS = schema.CASES, schema.ACTION_LINKS
ON = day(2, 27)


@pytest.fixture
def desk(home, migrated_postgres) -> Iterator[Desk]:
    shutil.copytree(POLICIES, home / "policies")
    engine = make_engine(migrated_postgres)
    furnish(engine)
    with clock.moved_to(clock.morning_of(ON)):
        yield Desk(engine)
    engine.dispose()


@pytest.fixture
def meanwhile(desk) -> Iterator[Callable[..., Future[Any]]]:
    """Have something done by somebody else, and go on as soon as he waits for a lock."""
    with ThreadPoolExecutor(1) as pool:

        def begin(*work: Any) -> Future[Any]:
            done = pool.submit(*work)
            while not done.done() and not _somebody_waits(desk.engine):
                pass
            assert not done.done(), "he did not wait"
            return done

        yield begin


def _somebody_waits(engine: Engine) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with reading(engine) as connection:
        return bool(connection.scalar(text(waiting)))


def lock(connection: Connection, number: str) -> None:
    """Take a case in hand, or fail at once where somebody has it."""
    connection.execute(select(CASE_ROWS.c.id).where(CASE_ROWS.c.number == number).with_for_update(nowait=True))


def test_two_processes_on_the_same_cases_end_with_every_case_whole(desk):
    url = desk.engine.url.render_as_string(hide_password=False)
    numbers = [f"{n:04}" for n in range(1, CASES + 1)]
    desk.do(day(1, 21), *(proposed(number) for number in numbers))
    desk.do(day(2, 2), *(a.Accept(case=number, by=OFFICE) for number in numbers[: CASES // 2]))
    assign = {"by": OFFICE, "lead": "民政局", "co_handlers": ["财政局"]}
    desk.do(day(2, 25), *(a.Assign(case=number, **assign) for number in numbers[: CASES // 2]))
    desk.do(day(2, 26), *(a.SignFor(case=number, by=LEAD) for number in numbers[: CASES // 2]))
    script = str(Path(__file__).with_name("two_clerks.py"))
    with ExitStack() as both:
        clerks = [
            both.enter_context(
                subprocess.Popen(
                    [sys.executable, script, url, name, "25"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            )
            for name in ("甲", "乙")
        ]
        for clerk in clerks:  # each has imported what it needs when it says so; then both begin
            assert clerk.stdout is not None
            assert clerk.stdout.readline() == b"ready\n"
        with ThreadPoolExecutor(2) as pool:
            told = [json.loads(said) for said, _ in pool.map(lambda clerk: clerk.communicate(b"\n", 300), clerks)]
    assert [one["faults"] for one in told] == [[], []]
    for one in told:
        assert {"并案已办理", "撤销并案已办理", "沟通已办理"} <= set(one["results"])
    given = sorted(int(number) for one in told for number in one["numbers"])
    assert given == list(range(CASES + 1, CASES + 1 + 2 * 2 * 25))
    desk.assert_whole()


def test_a_number_is_given_once_and_nobody_is_sent_away(desk, meanwhile):
    with transaction(desk.engine) as connection:
        (first,) = record_on(connection, [proposed("", key="甲")])
        later = meanwhile(record, desk.engine, [proposed("", key="乙"), proposed("", key="甲")])
    outcomes = later.result(30)
    assert (first.case, outcomes[0].case) == (f"{CONFERENCE}/00001", f"{CONFERENCE}/00002")
    assert outcomes[1].result == "已办过"
    desk.assert_whole()


def test_a_merged_case_is_locked_after_the_lower_number_it_went_into(desk, meanwhile):
    desk.do(day(1, 21), proposed("0001"), proposed("0002", "李某某"))
    desk.do(day(2, 2), a.Merge(case="0002", by=OFFICE, into="0001"))
    with transaction(desk.engine) as connection:
        lock(connection, "0001")
        later = meanwhile(record, desk.engine, [a.Unmerge(case="0002", by=OFFICE, reason="并错了")])
        lock(connection, "0002")
    assert [one.result for one in later.result(30)] == ["已办理"]


def test_who_writes_about_a_case_does_not_wait_for_who_works_on_it(desk):
    """A notice, a link, a job of a case refer to its row; that alone must not make them wait, or wait in a ring."""
    desk.walk(Stage.ASSIGNED)
    with transaction(desk.engine) as connection, transaction(desk.engine) as other:
        record_on(connection, [a.SignFor(case="0001", by=LEAD)])
        other.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        issue_links(other, [_link()], expires_on=expiry(ON))


def test_a_sweep_waits_for_a_case_and_not_with_its_clocks_in_hand(desk, meanwhile):
    desk.walk(Stage.HANDLING)
    late = day(11, 30)
    with transaction(desk.engine) as connection:
        lock(connection, "0001")
        swept = meanwhile(lambda: sweep(desk.engine, today=late, at=clock.morning_of(late)))
        clocks = schema.CLOCKS
        connection.execute(clocks.update().values(next_rung_on=None))
    assert swept.result(30).notices == 0


def test_new_links_wait_for_a_link_in_use_and_not_with_its_case_in_hand(desk, meanwhile):
    desk.walk(Stage.ASSIGNED)
    with transaction(desk.engine) as connection:
        issue_links(connection, [_link()], expires_on=expiry(ON))
    with transaction(desk.engine) as connection:
        connection.execute(select(LINKS.c.token_sha256).with_for_update())
        sent = meanwhile(resend, desk.engine, a.RenewLinks(case="0001", by=a.SYSTEM, to="民政局"))
        lock(connection, "0001")
    assert sent.result(30).revoked == 1


def _link() -> Wanted:
    return Wanted(1, "签收", Role.LEAD, "民政局", "民政局", None, Stage.ASSIGNED)
