"""What the database writes for many clocks at once is what the rules say of each."""

import threading
from datetime import timedelta

import pytest
from builders import AGENCIES, CONFERENCE, day, furnish
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlmodel import SQLModel

from models import tables as t
from models.vocabulary import (
    AssignmentStatus,
    ClockKind,
    HandlingRole,
    ProposalKind,
    ProposerKind,
    PublicationWish,
    Publicity,
    Satisfaction,
    Stage,
    StartEvent,
    Track,
)
from tasks import clock, reminders
from tasks.database import make_engine, reading, transaction
from tasks.deadlines import sweep

CASES, CLOCKS, NOTICES = t.core(t.CaseRow), t.core(t.ClockRow), t.core(t.NoticeRow)
CHILDREN = [t.core(row) for row in (t.AssignmentRow, t.ProposerRow, t.FeedbackRow)]
PACKS = ("national_cppcc", "chongqing", "national_npc")
TODAY = day(6, 1)
FIXED = {
    "session": CONFERENCE, "kind": ProposalKind.PROPOSAL, "track": Track.CPPCC, "title": "关于增设社区食堂的提案",
    "publicity": Publicity.UNDECIDED, "stage": Stage.HANDLING, "received_on": day(1, 21),
}  # fmt: skip
RATED = {"attitude": Satisfaction.SATISFIED, "result": Satisfaction.SATISFIED, "wish": PublicationWish.UNSAID}

near = st.integers(-300, 60).map(lambda days: TODAY + timedelta(days=days))
parts = st.fixed_dictionaries(
    {
        "agency": st.sampled_from(AGENCIES),
        "role": st.sampled_from(HandlingRole),
        "status": st.sampled_from(AssignmentStatus),
    }
)
running = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(ClockKind),
        "assignment_no": st.none() | st.integers(1, 3),
        "due_on": near,
        "next_rung_on": st.none() | near,
    }
)
cases = st.fixed_dictionaries(
    {
        "pack": st.sampled_from(PACKS),
        "round": st.integers(0, 1),
        "merged": st.booleans(),
        "parts": st.lists(parts, max_size=3),
        "clocks": st.lists(running, max_size=4),
        "proposers": st.integers(1, 3),
        "said": st.lists(st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(0, 1)), unique=True, max_size=3),
    }
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    url = f"sqlite:///{tmp_path}/x.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = make_engine(url)
    SQLModel.metadata.create_all(made)
    furnish(made, "national_cppcc")
    yield made
    made.dispose()


def fill(connection, drawn):
    """These cases instead of all others; a merged one is merged into the first."""
    for table in (NOTICES, CLOCKS, *CHILDREN):
        connection.execute(delete(table))
    connection.execute(CASES.update().values(merged_into=None))
    connection.execute(delete(CASES))
    rows = {table.name: [] for table in (CASES, CLOCKS, *CHILDREN)}
    for number, one in enumerate(drawn, start=1):
        merged = 1 if one["merged"] and number > 1 else None
        own = {"id": number, "number": f"{number:04}", "number_key": f"{number:04}", "merged_into": merged}
        rows["cases"].append(FIXED | own | {"pack": one["pack"], "round": one["round"]})
        key = {"case_id": number}
        started = {"rule": "规则", "start_event": StartEvent.ASSIGNED, "started_on": day(2, 25)}
        for no, given_clock in enumerate(one["clocks"], start=1):
            rows["clocks"].append(key | started | given_clock | {"no": no, "original_on": given_clock["due_on"]})
        for no, part in enumerate(one["parts"], start=1):
            rows["assignments"].append(key | part | {"no": no, "assigned_on": day(2, 25)})
        for no in range(1, one["proposers"] + 1):
            person = {"name": f"张某{no}", "kind": ProposerKind.MEMBER, "is_lead": no == 1}
            rows["proposers"].append(key | person | {"no": no})
        for no, (of_case, proposer, of_round) in enumerate(one["said"], start=1):
            answer = {"addressee": f"{of_case}.{proposer}", "round": of_round, "given_on": day(4, 1)}
            rows["feedback"].append(key | RATED | answer | {"no": no})
    for table in (CASES, *CHILDREN, CLOCKS):
        if rows[table.name]:
            connection.execute(insert(table), rows[table.name])


def expected(connection, on, at):
    """Notices and next days by the rules, clock by clock."""
    due = reminders.reminding(connection, on)
    rows = reminders.due_rows(due, reminders.recipients_of(connection, due), today=on, at=at)
    nexts = {(row.case_id, row.no): row.next_rung_on for row in connection.execute(select(CLOCKS))}
    nexts |= {(row.case_id, row.no): reminders.next_on(row, on) for row in due}
    return len(due), {row["key"]: row for row in rows}, nexts


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(cases, min_size=1, max_size=6), on=st.integers(0, 9).map(lambda n: TODAY + timedelta(days=n)))
def test_a_sweep_in_sets_says_what_the_rules_say_of_each(empty, drawn, on):
    at = clock.morning_of(on)
    with transaction(empty) as connection:
        fill(connection, drawn)
        clocks, wanted, nexts = expected(connection, on, at)
    found = sweep(empty, today=on, at=at)
    with reading(empty) as connection:
        written = {row.key: dict(row._mapping) for row in connection.execute(select(NOTICES))}
        stored = {(row.case_id, row.no): row.next_rung_on for row in connection.execute(select(CLOCKS))}
    assert (found.clocks, found.notices) == (clocks, len(wanted))
    assert {key: {name: row[name] for name in wanted[key]} for key, row in written.items()} == wanted
    assert stored == nexts
    again = sweep(empty, today=on, at=at)
    assert (again.clocks, again.notices) == (0, 0)


LATE = {"kind": ClockKind.REPLY, "assignment_no": 1, "due_on": TODAY - timedelta(days=30), "next_rung_on": TODAY}
PART = {"agency": AGENCIES[0], "role": HandlingRole.SOLE, "status": AssignmentStatus.SIGNED}
ONE = {"pack": PACKS[0], "round": 0, "merged": False, "parts": [PART], "clocks": [LATE], "proposers": 1, "said": []}


def test_a_case_in_somebody_s_hands_is_swept_last_as_he_leaves_it(postgres_url):
    engine = make_engine(postgres_url)
    SQLModel.metadata.create_all(engine)
    furnish(engine, "national_cppcc")
    with transaction(engine) as connection:
        fill(connection, [ONE, ONE, ONE])
    found = []
    working = threading.Thread(target=lambda: found.append(sweep(engine, today=TODAY, at=clock.morning_of(TODAY))))
    others = select(NOTICES.c.case_id).distinct().order_by(NOTICES.c.case_id)
    with transaction(engine) as connection:
        connection.execute(select(CASES.c.id).where(CASES.c.id == 2).with_for_update())
        working.start()
        seen = []
        while not seen:
            with reading(engine) as looking:
                seen = list(looking.scalars(others))
        assert seen == [1, 3]
        stopped = {"stopped_on": TODAY, "next_rung_on": None}
        connection.execute(CLOCKS.update().where(CLOCKS.c.case_id == 2).values(stopped))
    working.join(timeout=30)
    with reading(engine) as connection:
        assert list(connection.scalars(others)) == [1, 3]
        assert connection.scalar(select(CLOCKS.c.next_rung_on).where(CLOCKS.c.case_id == 2)) is None
    assert [one.clocks for one in found] == [2]
    engine.dispose()
