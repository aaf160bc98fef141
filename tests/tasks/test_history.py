"""The chain finds whatever was changed behind its back."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from builders import LEAD, OFFICE, day, proposed, unlock_history
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from models import actions as a
from models import tables as t
from models.vocabulary import Role, Stage
from tasks import history
from tasks.database import reading, transaction

HISTORY = t.core(t.HistoryRow)
CASES = t.core(t.CaseRow)


@pytest.fixture
def desk(office) -> Desk:
    desk = Desk(office)
    desk.walk(Stage.HANDLING, "0001", "0002")
    unlock_history(office)
    return desk


def breaks(desk: Desk) -> list[tuple[int, int, str]]:
    with reading(desk.engine) as connection:
        rows = [row._mapping for row in connection.execute(select(HISTORY).order_by(HISTORY.c.case_id, HISTORY.c.seq))]
        heads = {row.id: (row.history_length, row.history_hash) for row in connection.execute(select(CASES))}
    return [(one.case_id, one.seq, one.what) for one in history.verify(rows, heads)]


def test_what_was_recorded_holds(desk):
    assert breaks(desk) == []


@pytest.mark.parametrize(
    "values",
    [
        {"summary": "什么也没有发生"}, {"name": "别人"}, {"role": Role.SYSTEM}, {"on": day(1, 1)}, {"payload": {}},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)}, {"to_stage": Stage.CLOSED}, {"agency": "教育局"},
    ],
    ids=lambda values: next(iter(values)),
)  # fmt: skip
def test_a_changed_entry_is_found(desk, values):
    with transaction(desk.engine) as connection:
        connection.execute(update(HISTORY).where(HISTORY.c.case_id == 1, HISTORY.c.seq == 3).values(values))
    assert breaks(desk) == [(1, 3, "内容被改动")]


def test_a_changed_entry_sealed_anew_no_longer_fits_the_next(desk):
    with transaction(desk.engine) as connection:
        where = (HISTORY.c.case_id == 1, HISTORY.c.seq == 2)
        row = dict(connection.execute(select(HISTORY).where(*where)).one()._mapping) | {"summary": "不予立案"}
        connection.execute(update(HISTORY).where(*where).values(summary="不予立案", hash=history.seal(row)))
    assert breaks(desk) == [(1, 3, "与上一条不相接")]


def test_a_deleted_entry_is_found(desk):
    with transaction(desk.engine) as connection:
        connection.execute(delete(HISTORY).where(HISTORY.c.case_id == 1, HISTORY.c.seq == 2))
    assert breaks(desk) == [(1, 3, "第2条缺失")]


def test_a_cut_off_end_is_found(desk):
    with transaction(desk.engine) as connection:
        connection.execute(delete(HISTORY).where(HISTORY.c.case_id == 1, HISTORY.c.seq >= 3))
    assert breaks(desk) == [(1, 4, "与案件登记的末条不一致")]


def test_a_whole_history_gone_is_found(desk):
    with transaction(desk.engine) as connection:
        connection.execute(delete(HISTORY).where(HISTORY.c.case_id == 2))
    assert breaks(desk) == [(2, 4, "与案件登记的末条不一致")]


def test_entries_that_changed_places_are_found(desk):
    with transaction(desk.engine) as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(
                text("UPDATE history SET seq = :new WHERE case_id = 1 AND seq = :old"), {"old": old, "new": new}
            )
    assert {seq for case_id, seq, _ in breaks(desk) if case_id == 1} == {2, 3, 4}


def test_an_entry_of_another_case_put_in_its_place_is_found(desk):
    with transaction(desk.engine) as connection:
        other = connection.execute(select(HISTORY).where(HISTORY.c.case_id == 2, HISTORY.c.seq == 2)).one()._mapping
        row = {**other, "case_id": 1}
        connection.execute(update(HISTORY).where(HISTORY.c.case_id == 1, HISTORY.c.seq == 2).values(row))
    assert {seq for case_id, seq, _ in breaks(desk) if case_id == 1} >= {2}


def test_long_texts_stand_in_the_history_as_their_hash():
    action = a.SubmitDraft(case="0001", by=LEAD, text="长" * 301, document_number="云民函〔2026〕1号")
    payload = history.payload_of(action)
    assert payload["text"]["length"] == 301
    assert len(payload["text"]["sha256"]) == 64
    assert payload["document_number"] == "云民函〔2026〕1号"
    assert "promises" not in payload


def test_nobody_s_telephone_stands_in_the_history():
    assert history.payload_of(proposed())["proposers"] == [{"name": "张某某", "kind": "委员"}]


@given(seconds=st.integers(0, 4_000_000_000), hours=st.integers(-12, 14))
def test_an_instant_is_sealed_the_same_in_every_zone(seconds, hours):
    at = datetime.fromtimestamp(seconds, UTC)
    given = {
        "case_id": 1, "seq": 1, "previous_hash": "", "on": day(1, 21), "from_stage": None,
        "to_stage": Stage.SUBMITTED, "summary": "收到",
    }  # fmt: skip
    action = a.Accept(case="0001", by=OFFICE)
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    assert history.entry(action, at=at, **given)["hash"] == history.entry(action, at=elsewhere, **given)["hash"]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.sampled_from(Stage),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(entry=st.dictionaries(st.sampled_from(history.HASHED), PLAIN))
def test_an_entry_is_written_down_as_the_standard_library_would(entry):
    written = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert history.canonical(entry) == written.encode()
