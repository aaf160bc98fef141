"""The office a command works for (本办): its settings, its database, and its flows when something is to be done."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from models.errors import Fault, UnavailableError
from models.settings import Settings, settings_from

if TYPE_CHECKING:
    from models.actions.action import Action, Outcome

_SQLITE: Final = "sqlite:///"


def office_settings() -> Settings:
    """The settings; the home folder is put into the environment so that the clock and child processes see it."""
    found = settings_from(os.environ)
    os.environ["BANLI_HOME"] = str(found.home)
    return found


def office_engine(settings: Settings | None = None) -> Any:
    """The database's engine. Raises: UnavailableError when there is no database yet."""
    from tasks.database import engine

    found = settings or office_settings()
    name = found.database_url.removeprefix(_SQLITE)
    if found.database_url.startswith(_SQLITE) and not Path(name).exists():
        fault = Fault(name, "还没有数据库", "请先运行 banli init；数据放在别处的，请设置 BANLI_HOME。")
        raise UnavailableError(fault)
    return engine(found.database_url)


@contextmanager
def look() -> Iterator[Any]:
    """One consistent look at the database."""
    from tasks.database import reading

    with reading(office_engine()) as connection:
        yield connection


def prepare_prefect() -> None:
    """Before Prefect is imported: time for a server of its own on a slow machine, and no traceback on the terminal,
    since what went wrong is told as a sentence and the run keeps the rest.
    """
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def perform(actions: Sequence[Action], step: str | None = None) -> list[Outcome]:
    """Run the actions through their flows, or all through one step's.

    Raises: UnavailableError when the Prefect server does not answer; what was recorded before stays recorded.
    """
    from deployments.wiring import use_prefect

    office_engine()
    prepare_prefect()
    use_prefect(office_settings())
    with server_answers():
        from flows.registry import perform as run
        from flows.registry import perform_all

        return perform_all(actions) if step is None else run(step, actions)


@contextmanager
def server_answers() -> Iterator[None]:
    """The Prefect server's silence as a sentence."""
    from httpx import HTTPError

    try:
        yield
    except (HTTPError, RuntimeError, OSError) as error:
        if isinstance(error, RuntimeError) and "API" not in str(error) and "server" not in str(error).lower():
            raise
        what = "Prefect 服务没有应答，没有办完"
        remedy = "请检查 banli up 是否在运行、PREFECT_API_URL 是否正确；用 banli show 核对后，未办的再办一次。"
        raise UnavailableError(Fault("", what, remedy)) from error
