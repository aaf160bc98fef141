"""The benchmark's proposals can be handled to the end, and its floor writes the same rows."""

import importlib
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models import tables as t
from models.vocabulary import Stage
from tasks.database import make_engine, reading

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KINDS = (t.CaseRow, t.HistoryRow, t.NoticeRow, t.ClockRow, t.AssignmentRow, t.SignatureRow, t.LetterRow, t.FeedbackRow)


@pytest.fixture
def bare(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("lifecycle_floor")


def test_the_floor_writes_what_we_write_for_proposals_handled_to_the_end(bare, tmp_path):
    url = f"sqlite:///{tmp_path}/floor.sqlite"
    floor = bare.Floor(url, 20)
    for place in range(len(floor.written.transactions)):
        floor.step(place, range(20))
    floor.engine.dispose()
    assert floor.spent.cpu > 0
    engine = make_engine(url)
    cases = t.core(t.CaseRow)
    with reading(engine) as connection:
        stages = Counter(connection.scalars(select(cases.c.stage)))
        middle = select(func.max(cases.c.id)).scalar_subquery() / 2
        for kind in KINDS:
            table = t.core(kind)
            case_id = table.c.id if kind is t.CaseRow else table.c.case_id
            ours, floors = (
                connection.scalar(select(func.count()).select_from(table).where(half))
                for half in (case_id <= middle, case_id > middle)
            )
            assert ours == floors > 0
    engine.dispose()
    assert stages == {Stage.ANSWERED: 40}
