"""Many rows at once reach the database as SQLAlchemy itself would write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DataError

from models import tables as t
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.vocabulary import ProposalKind, Publicity, Stage, Track
from tasks.bulk import insert_rows, update_rows
from tasks.database import among, make_engine, transaction

NOTICES = t.core(t.NoticeRow)
SESSION = "市政协六届五次会议"
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def made(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    NOTICES.metadata.create_all(engine)
    session = {
        "name": SESSION, "canonical": SESSION, "track": Track.CPPCC, "pack": "national_cppcc",
        "opened_on": date(2026, 1, 12), "closed_on": date(2026, 1, 15),
    }  # fmt: skip
    with transaction(engine) as connection:
        connection.execute(insert(t.core(t.SessionRow)), session)
    yield engine
    engine.dispose()


def case_row(number):
    return {
        "session": SESSION, "number": number, "number_key": number, "kind": ProposalKind.PROPOSAL, "track": Track.CPPCC, "pack": "national_cppcc",
        "title": "关于“社区治理”的提案 100%", "in_recess": False, "stage": Stage.SUBMITTED, "publicity": Publicity.UNDECIDED, "round": 0,
        "received_on": date(2026, 1, 20), "history_length": 0, "history_hash": "",
    }  # fmt: skip


def notice_row(key, case_id):
    return {
        "key": key, "case_id": case_id, "kind": MessageKind.FILED, "recipient": "督办", "facts": {"说明": "“引号”与%s"},
        "created_at": AT, "not_before_at": AT, "status": NoticeStatus.WAITING, "attempts": 0, "error": None,
    }  # fmt: skip


def test_rows_are_the_same_as_with_sqlalchemy(made):
    with transaction(made) as connection:
        case_id = connection.execute(insert(t.core(t.CaseRow)), case_row("1")).inserted_primary_key[0]
        insert_rows(connection, NOTICES, [notice_row("a", case_id), notice_row("b", case_id)])
        connection.execute(insert(NOTICES), [notice_row("c", case_id)])
        rows = connection.execute(select(NOTICES).order_by(NOTICES.c.key)).mappings().all()
        plain = [{name: value for name, value in row.items() if name != "key"} for row in rows]
        assert plain[0] == plain[1] == plain[2]
        assert plain[0]["created_at"] == AT
        assert plain[0]["kind"] is MessageKind.FILED
        assert plain[0]["doubts"] == 0


def test_only_the_named_columns_of_the_named_rows_change(made):
    with transaction(made) as connection:
        ids = [
            connection.execute(insert(t.core(t.CaseRow)), case_row(n)).inserted_primary_key[0] for n in ("1", "2", "3")
        ]
        changes = [{"key_id": ids[0], "stage": Stage.FILED}, {"key_id": ids[2], "stage": Stage.RETURNED}]
        update_rows(connection, t.core(t.CaseRow), ("stage",), changes)
        cases = t.core(t.CaseRow)
        found = connection.execute(select(cases.c.stage).order_by(cases.c.id)).scalars().all()
        assert found == [Stage.FILED, Stage.SUBMITTED, Stage.RETURNED]


def test_nothing_to_insert_is_no_statement(made):
    with transaction(made) as connection:
        insert_rows(connection, NOTICES, [])
        assert connection.execute(select(NOTICES)).all() == []


def test_a_word_that_is_none_of_the_list_is_not_written(made):
    with pytest.raises(KeyError), transaction(made) as connection:
        insert_rows(connection, t.core(t.CaseRow), [case_row("1") | {"stage": "不存在的阶段"}])


def test_values_are_found_whatever_their_number(made):
    cases = t.core(t.CaseRow)
    with transaction(made) as connection:
        insert_rows(connection, cases, [case_row(str(n)) for n in range(1, 6)])
        numbers = [str(n) for n in range(3, 5_000)]
        found = connection.execute(select(cases.c.number).where(among(connection, cases.c.number, numbers))).scalars()
        assert sorted(found) == ["3", "4", "5"]
        assert connection.execute(select(cases.c.id).where(among(connection, cases.c.id, []))).all() == []


ODD = [
    "NULL",
    "null",
    "",
    " ",
    '{"a", b}',
    "{}",
    'a\\"b\\\\',
    "逗号，,;\n换行\t",
    "'; DROP TABLE cases; --",
    "%s %(key)s",
    None,
]


def test_odd_texts_come_back_as_they_went(made):
    cases = t.core(t.CaseRow)
    with transaction(made) as connection:
        insert_rows(connection, cases, [case_row(str(n)) | {"category": text} for n, text in enumerate(ODD)])
        found = connection.execute(select(cases.c.id, cases.c.category).order_by(cases.c.id)).all()
        assert [row.category for row in found] == ODD
        changes = [
            {"key_id": row.id, "category": text, "title": text or ""}
            for row, text in zip(found, reversed(ODD), strict=True)
        ]
        update_rows(connection, cases, ("category", "title"), changes)
        assert connection.scalars(select(cases.c.category).order_by(cases.c.id)).all() == ODD[::-1]


def test_a_text_too_long_for_its_column_is_refused_and_never_cut(made):
    if made.dialect.name == "sqlite":
        pytest.skip("SQLite keeps texts of any length")
    cases, long = t.core(t.CaseRow), "号" * 121
    with pytest.raises(DataError), transaction(made) as connection:
        insert_rows(connection, cases, [case_row("1") | {"number_key": long}])
    with transaction(made) as connection:
        insert_rows(connection, cases, [case_row("1")])
        case_id = connection.scalar(select(cases.c.id))
    with pytest.raises(DataError), transaction(made) as connection:
        update_rows(connection, cases, ("number_key",), [{"key_id": case_id, "number_key": long}])
