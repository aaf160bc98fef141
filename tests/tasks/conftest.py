"""What tests of the tasks share."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
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


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is to be, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cases.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def killed(url: str, tmp_path: Path) -> Callable[[str, int], tuple[dict[str, int], str]]:
    """Runs a script of deliverers that die; returns its count and the words to say when something is wrong with it."""

    def run(arena: str, rounds: int) -> tuple[dict[str, int], str]:
        seed = os.environ.get("KILL_SEED") or secrets.token_hex(4)
        command = [sys.executable, str(Path(__file__).with_name(arena)), url, str(tmp_path), str(rounds), seed]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
        assert ended.returncode == 0, f"KILL_SEED={seed}\n{ended.stderr}"
        return json.loads(ended.stdout), f"KILL_SEED={seed}: {ended.stdout}"

    return run


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
