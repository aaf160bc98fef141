"""The roles of docs/security.md, made from that very page, on a real PostgreSQL."""

import re
import shutil
from pathlib import Path

import pytest
from builders import POLICIES, day, furnish, proposed
from desk import Desk
from sqlalchemy import event, text
from sqlalchemy.exc import ProgrammingError

from deployments.migrating import upgrade
from models.vocabulary import Stage
from tasks import clock
from tasks.database import make_engine
from tasks.deadlines import sweep

PAGE = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.fixture
def as_role(migrated_postgres, home):
    """Engines that work in one of the roles documented, on a furnished database."""
    shutil.copytree(POLICIES, home / "policies")
    owner = make_engine(migrated_postgres)
    furnish(owner)
    (block,) = re.findall(r"(?s)```sql\n(.*?)```", PAGE.read_text("utf-8"))
    with owner.begin() as connection:
        connection.exec_driver_sql(block)
    made = [owner]

    def engine(role):
        one = make_engine(migrated_postgres)

        @event.listens_for(one, "connect")
        def _become(connection, _record):
            connection.execute(f"SET ROLE {role}")
            connection.commit()

        made.append(one)
        return one

    yield engine
    for one in made:
        one.dispose()


def test_the_roles_documented_are_enough_and_no_more(as_role):
    office, reader = as_role("banli_work"), as_role("banli_read")
    desk = Desk(office)
    desk.walk(Stage.ANSWERED)
    desk.do(day(4, 2), proposed("0002"))
    assert sweep(office, today=day(6, 30), at=clock.morning_of(day(6, 30))).clocks > 0
    upgrade(office)  # at the newest version already: what every start does
    refused = [
        (office, "UPDATE history SET summary = ''"), (office, "DELETE FROM history"), (office, "TRUNCATE history"),
        (office, "DROP TRIGGER history_only_grows ON history"), (office, "UPDATE alembic_version SET version_num = ''"),
        (office, "CREATE TABLE mine (id int)"), (office, "ALTER TABLE cases DROP COLUMN reason"), (reader, "SELECT * FROM proposer_contacts"),
        (reader, "SELECT * FROM action_links"), (reader, "SELECT * FROM feedback"), (reader, "UPDATE cases SET title = ''"),
    ]  # fmt: skip
    for engine, statement in refused:
        with pytest.raises(ProgrammingError, match=r"denied|must be owner"), engine.begin() as connection:
            connection.execute(text(statement))
    with reader.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM cases")) == 2
    desk.assert_whole()
