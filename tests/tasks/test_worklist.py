"""What waits for whom, in sets: the order, the holder, the nearest deadline, and how far it reads."""

from datetime import date

import pytest
from sqlalchemy import event, insert, update

from models import actions as a
from models.tables.fields import core
from models.tables.handling import ClockRow
from models.tables.office import AgencyRow, SessionRow
from models.vocabulary import ClockKind, Light, Role, Stage, Track
from tasks import clock
from tasks.database import make_engine, reading, transaction
from tasks.recording import record
from tasks.work_sheets import sheet_rows
from tasks.worklist import Due, Holder, worklist

SESSION = "云溪市政协六届二次会议"
TODAY = date(2026, 3, 2)
CLOCKS = core(ClockRow)


@pytest.fixture(scope="module")
def engine(databases, template_database, tmp_path_factory):
    """Five hundred cases: a third each not filed yet, waiting to be assigned, and with an agency of three."""
    made = make_engine(databases.copy(template_database, tmp_path_factory.mktemp("work") / "banli.sqlite"))
    session = {"name": SESSION, "canonical": SESSION, "track": Track.CPPCC, "pack": "national_cppcc"}
    with transaction(made) as connection:
        connection.execute(insert(core(SessionRow)), [{**session, "opened_on": date(2026, 1, 18)}])
        rows = [{"name": name, "full_name": name} for name in ("民政局", "财政局", "教育局")]
        connection.execute(insert(core(AgencyRow)), rows)
    numbers = [f"{n}" for n in range(1, 501)]
    person = {"name": "苏某某", "kind": "委员"}
    given = {"session": SESSION, "proposal_kind": "政协提案", "text": "建议。", "proposers": [person]}
    on(made, date(2026, 1, 21), *(a.Receive(case=n, title=f"提案{n}", submitted_on=TODAY.replace(month=1), **given) for n in numbers))  # fmt: skip
    on(made, date(2026, 2, 2), *(a.Accept(case=n) for n in numbers if int(n) % 3))
    lead = ("民政局", "财政局", "教育局")
    for day in (3, 4, 5):
        mine = [n for n in numbers if int(n) % 3 == 2 and int(n) % 9 // 3 == day - 3]
        on(made, date(2026, 2, day), *(a.Assign(case=n, lead=lead[day - 3], co_handlers=[lead[day - 4]]) for n in mine))
    yield made
    made.dispose()


def on(engine, day, *actions):
    with clock.moved_to(clock.morning_of(day)):
        record(engine, actions)


def listed(engine, **options):
    with reading(engine) as connection:
        return worklist(connection, TODAY, **options)


def test_everything_open_is_there_once_in_the_order_of_its_date(engine):
    items, more = listed(engine)
    assert more is False
    assert len({item.case_id for item in items}) == len(items) == 500
    dates = [item.due.due_on if item.due else date.max for item in items]
    assert dates == sorted(dates)


def test_each_holder_sees_his_own(engine):
    counts = {holder: len(listed(engine, held_by=holder)[0]) for holder in Holder}
    assert counts == {Holder.OFFICE: 166 + 167, Holder.AGENCY: 167, Holder.PROPOSER: 0}
    own = {name: listed(engine, agency=name)[0] for name in ("民政局", "财政局", "教育局")}
    assert sum(len(items) for items in own.values()) == 2 * 167  # each case has a lead and a co-handler
    for name, items in own.items():
        assert all(name in item.holders and "签收" in item.actions for item in items)


def test_an_agency_is_dated_by_its_own_deadlines_and_the_case_s(engine):
    items, _ = listed(engine, agency="财政局", limit=1)
    everything, _ = listed(engine)
    whole = next(item for item in everything if item.case_id == items[0].case_id)
    assert items[0].due.due_on >= whole.due.due_on


@pytest.mark.parametrize("limit", [1, 7, 200, 499])
def test_a_limit_says_that_more_is_left(engine, limit):
    items, more = listed(engine, limit=limit)
    assert (len(items), more) == (limit, True)


def test_a_limit_that_is_enough_leaves_nothing(engine):
    assert listed(engine, limit=500)[1] is False


def test_a_short_list_is_read_in_a_fixed_number_of_statements(engine):
    """One query for the order, one for each collection: never one for each case."""
    said = []

    def note(_connection, _cursor, statement, *_):
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    listed(engine, limit=5)
    few = len(said)
    said.clear()
    listed(engine, limit=90)
    event.remove(engine, "before_cursor_execute", note)
    assert len(said) == few


def test_overdue_keeps_what_is_late(engine):
    with transaction(engine) as connection:
        late = update(CLOCKS).where(CLOCKS.c.case_id == 2, CLOCKS.c.kind == ClockKind.REPLY)
        connection.execute(late.values(due_on=date(2026, 2, 27)))
    items, _ = listed(engine, overdue=True)
    assert [item.case_id for item in items] == [2]
    assert items[0].due.words == "逾期2工作日"  # 28 February is worked instead of a day of the Spring Festival


@pytest.mark.parametrize(
    ("left", "is_late", "words"),
    [(3, False, "剩3工作日"), (0, False, "今天到期"), (-2, True, "逾期2工作日"), (0, True, "已逾期")],
)
def test_days_left_in_words(left, is_late, words):
    due = Due(ClockKind.REPLY, TODAY, provisional=False, left_workdays=left, is_late=is_late, light=Light.RED)
    assert due.words == words


def test_the_sheet_offers_only_what_its_reader_may_do(engine):
    with reading(engine) as connection:
        office = {one.case_ref: one for one in sheet_rows(connection, TODAY)}
        agency = list(sheet_rows(connection, TODAY, agency="民政局"))
        filed = list(sheet_rows(connection, TODAY, stages=[Stage.FILED]))
    assert len(office) == 500
    assert {"交办", "并案", "撤案"} == set(office[f"{SESSION}/1"].actions)
    assert "签收" in office[f"{SESSION}/2"].actions  # the office may enter what came to it on paper
    assert 0 < len(agency) < len(office)
    assert all("交办" not in one.actions and "签收" in one.actions for one in agency)
    assert {one.stage for one in filed} == {"待交办"}


def test_what_is_closed_waits_for_nobody(engine):
    with clock.moved_to(clock.morning_of(TODAY)):
        (done,) = record(
            engine, [a.Withdraw(case="1", reason="已经解决", by=a.Actor(role=Role.PROPOSER, name="苏某某"))]
        )
    assert not done.refused
    assert 1 not in {item.case_id for item in listed(engine)[0]}
