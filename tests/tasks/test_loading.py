"""Rows to cases: complete, in few queries, found by the words people use."""

import pytest
from builders import CONFERENCE, CONGRESS, OFFICE, day, proposed
from desk import Desk
from sqlalchemy import event

from models import actions as a
from models.evolving import replace
from models.values.case import Case
from models.vocabulary import ProposalKind, Stage
from tasks.database import reading, transaction
from tasks.loading import COLLECTIONS, LONG, chunked, columns_of, load_cases, lock_cases, resolve, session_key, whole


@pytest.fixture
def desk(office) -> Desk:
    return Desk(office)


def test_a_loaded_case_equals_the_one_that_was_written(desk):
    desk.walk(Stage.ANSWERED)
    case = desk.case()
    assert isinstance(case, Case)
    assert all(getattr(case, name) for name in ("proposers", "assignments", "clocks", "drafts", "letters", "feedback"))
    assert case.drafts[0].text
    with reading(desk.engine) as connection:
        short = load_cases(connection, [case.id])[case.id]
    assert (short.drafts[0].text, short.drafts[0].sha256) == (None, case.drafts[0].sha256)
    assert short.contacts[0].said is None


def test_every_collection_is_read_in_the_order_of_its_value():
    for name in COLLECTIONS:
        long, short = columns_of(name, long=True), columns_of(name, long=False)
        assert long[: len(short)] == short
        assert set(long) - set(short) <= LONG
    assert "text" in columns_of("promises", long=False)


def test_the_number_of_queries_does_not_grow_with_the_number_of_cases(desk):
    desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 41)))
    counted = []
    event.listen(desk.engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    with reading(desk.engine) as connection:
        load_cases(connection, [1])
        one = len(counted)
        load_cases(connection, range(1, 41))
    asked = [statement.startswith("BEGIN") for statement in counted]  # SQLite's own is sent as one
    assert asked[one:].count(False) == asked[:one].count(False) > 0


def test_a_batch_reads_what_its_rules_ask_for_and_that_once(desk):
    desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 41)))
    counted = []
    event.listen(desk.engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    with transaction(desk.engine) as connection:
        cases = lock_cases(connection, [*range(1, 41), 404])
        assert list(cases) == list(range(1, 41))
        assert not any("proposers" in statement for statement in counted)
        assert all(case.proposers and case.pauses == () for case in cases.values())
        asked = [statement for statement in counted if not statement.startswith("BEGIN")]
        assert len(asked) == 3  # the cases, which collections hold anything of them, the proposers
        assert replace(cases[1], letters=()).letters == ()
        assert whole(cases[1]) == load_cases(connection, [1])[1]
        with pytest.raises(AttributeError, match="nobody"):
            _ = cases[1].nobody
    assert cases[2].proposers  # kept; what was not read by now is not to be had


def test_unknown_ids_are_left_out(desk):
    with reading(desk.engine) as connection:
        assert load_cases(connection, [404]) == {}
        assert load_cases(connection, []) == {}


def test_a_case_is_found_by_number_or_in_full(desk):
    desk.do(
        day(4, 1),
        proposed("0001"),
        proposed("0002"),
        proposed("0002", proposal_kind=ProposalKind.SUGGESTION),
        proposed("0003", in_recess=True, submitted_on=day(4, 1)),
    )
    refs = ["0001", "第0001号", f"{CONFERENCE}/0002", f"{CONGRESS}/0002", "0002", "0404", f"{CONFERENCE}闭会/0003",
            f"{CONFERENCE}/0003", "云岭市政协第六届委员会第二次会议/0001"]  # fmt: skip
    with reading(desk.engine) as connection:
        found = resolve(connection, refs)
    assert found == {
        "0001": 1, "第0001号": 1, f"{CONFERENCE}/0002": 2, f"{CONGRESS}/0002": 3,
        "0002": (f"{CONFERENCE}/0002", f"{CONGRESS}/0002"), f"{CONFERENCE}闭会/0003": 4,
        "云岭市政协第六届委员会第二次会议/0001": 1,
    }  # fmt: skip


def test_merged_cases_come_with_their_main(desk):
    desk.do(day(1, 21), proposed("0001"), proposed("0002", "李某某"), proposed("0003"))
    desk.do(day(2, 2), a.Merge(case="0002", by=OFFICE, into="0001"))
    main = desk.case()
    assert [(case.number, [one.name for one in case.proposers]) for case in main.merged] == [("0002", ["李某某"])]
    assert [one.proposer.name for one in main.addressees] == ["张某某", "李某某"]
    assert desk.case("0003").merged == ()


def test_lists_are_cut_to_size():
    assert list(chunked(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunked([])) == []


def test_an_odd_session_name_is_its_own_key():
    assert session_key(" 某次座谈会 ") == "某次座谈会"
