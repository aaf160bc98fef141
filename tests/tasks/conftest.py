"""What tests of the tasks share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import POLICIES, day, furnish
from databases import Databases
from desk import Desk
from sqlalchemy import Engine, update

from models.notice_vocabulary import NoticeStatus
from models.tables.fields import core
from models.tables.notices import NoticeRow
from models.vocabulary import Stage
from tasks import clock, database
from tasks.database import make_engine, transaction
from tasks.publishing import publish_site

sys.path.append(str(Path(__file__).parent))  # for notice_office, which a script in a process of its own uses too


@pytest.fixture(scope="session")
def published_home(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases, template_database: str
) -> tuple[Path, str]:
    """A home whose one case is answered and on the site, every notice sent, and its database; made once."""
    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(POLICIES, home / "policies")
    url = databases.copy(template_database, home / "banli.sqlite")
    at = clock.morning_of(day(3, 27))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANLI_HOME", str(home))
        engine = make_engine(url)
        furnish(engine)
        desk = Desk(engine)
        desk.walk(Stage.REPLIED)
        given = {"office": "云岭市", "base_url": "http://a/", "at": at, "today": day(3, 27)}
        desk.do(day(3, 27), *publish_site(engine, home / "site", **given).actions)
        with transaction(engine) as connection:
            connection.execute(update(core(NoticeRow)).values(status=NoticeStatus.SENT, sent_at=at))
        engine.dispose()
    return home, url


@pytest.fixture
def published(
    home: Path, published_home: tuple[Path, str], new_database: Callable[[Path, str], str]
) -> Iterator[Engine]:
    """This test's own copy of it."""
    folder, url = published_home
    shutil.copytree(folder, home)
    new_database(home, url)
    engine = database.engine()
    yield engine
    engine.dispose()
