"""What tests of the tasks share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import POLICIES, day, furnish
from desk import Desk
from sqlalchemy import Engine, update

from models.tables import NoticeRow, core
from models.vocabulary import NoticeStatus, Stage
from tasks import clock, database
from tasks.database import make_engine, transaction
from tasks.publishing import publish_site

sys.path.append(str(Path(__file__).parent))  # for notice_office, which a script in a process of its own uses too


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory, template_database: Path) -> Path:
    """A home whose one case is answered and on the site, every notice sent; made once."""
    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(POLICIES, home / "policies")
    shutil.copyfile(template_database, home / "banli.sqlite")
    at = clock.morning_of(day(3, 27))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANLI_HOME", str(home))
        engine = make_engine(f"sqlite:///{home / 'banli.sqlite'}")
        furnish(engine)
        desk = Desk(engine)
        desk.walk(Stage.REPLIED)
        given = {"office": "云岭市", "base_url": "http://a/", "at": at, "today": day(3, 27)}
        desk.do(day(3, 27), *publish_site(engine, home / "site", **given).actions)
        with transaction(engine) as connection:
            connection.execute(update(core(NoticeRow)).values(status=NoticeStatus.SENT, sent_at=at))
        engine.dispose()
    return home


@pytest.fixture
def published(home: Path, published_home: Path) -> Iterator[Engine]:
    """This test's own copy of it."""
    shutil.copytree(published_home, home)
    engine = database.engine()
    yield engine
    engine.dispose()
