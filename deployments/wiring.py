"""How the parts find each other (接线): the database, the Prefect server, this office's folders."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.settings import Settings, settings_from

POOL = "banli"
"""The work pool every scheduled run goes through."""


@dataclass(frozen=True, slots=True)
class Running:
    """The addresses of a `banli up` at work."""

    pid: int
    api_url: str
    web_url: str


def settings() -> Settings:
    """The process's settings; the home folder is put into the environment so that children and the clock see it."""
    found = settings_from(os.environ)
    os.environ["BANLI_HOME"] = str(found.home)
    return found


def running_file(found: Settings) -> Path:
    """Where `banli up` says that it runs."""
    return found.home / "running.json"


def read_running(found: Settings) -> Running | None:
    """The `banli up` of this home, if its process lives."""
    try:
        running = Running(**json.loads(running_file(found).read_text()))
        with suppress(PermissionError):  # it lives, under another user
            os.kill(running.pid, 0)
    except (FileNotFoundError, ProcessLookupError, ValueError, TypeError):
        return None
    return running


ASKED_BY_SERVER: Final = "PREFECT_SERVER_API_AUTH_STRING"
"""What the server asks for, `user:password`; a client sends it as PREFECT_API_AUTH_STRING."""
KEPT_DAYS: Final = 180
"""Finished runs and their logs are cleared away by the Prefect server after so long."""


def password_file(found: Settings) -> Path:
    """Where `banli up` keeps the password it made."""
    return found.home / "prefect.auth"


def ensure_password(found: Settings) -> None:
    """Make a password for the Prefect server, unless one is set or was made before."""
    if not _password(found):
        found.home.mkdir(parents=True, exist_ok=True)
        file = password_file(found)
        file.touch(mode=0o600)
        file.write_text(f"banli:{secrets.token_urlsafe(15)}\n", encoding="utf-8")


def _password(found: Settings) -> str:
    given = os.environ.get(ASKED_BY_SERVER)
    if given or not password_file(found).exists():
        return given or ""
    return password_file(found).read_text(encoding="utf-8").strip()


def prefect_environment(found: Settings, api_url: str | None, *, host: str = "127.0.0.1") -> dict[str, str]:
    """What Prefect must be told: a home of its own, no analytics, quiet logs, no heartbeat threads to wait for."""
    environment = {
        # A server on SQLite answers 503 to who writes while another does, and the client then waits two seconds:
        # what the server writes by itself comes in fewer, larger batches.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "1000",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "10",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "10",
        "PREFECT_HOME": str(found.prefect_home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "DO_NOT_TRACK": "1",
        # One run ahead of each schedule: more would stand, not yet named, above the day's work in the list of runs.
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "1",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT1M",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(KEPT_DAYS * 86_400),
    }
    if host != "127.0.0.1":
        environment["PREFECT_SERVER_UI_API_URL"] = "/api"  # the browser's own address for this machine
    if password := _password(found):
        environment |= {ASKED_BY_SERVER: password, "PREFECT_API_AUTH_STRING": password}
    if api_url:
        environment["PREFECT_API_URL"] = api_url
    return environment


def use_prefect(found: Settings) -> str | None:
    """Point this process at the Prefect server to use, before Prefect is imported; returns its address.

    A server named by PREFECT_API_URL comes first, then the one `banli up` runs; None: Prefect starts a temporary one
    in this process's name.
    """
    running = read_running(found)
    api_url = found.prefect_api_url or (running.api_url if running else None)
    apply(prefect_environment(found, api_url))
    return api_url


def apply(environment: Mapping[str, str]) -> None:
    """Set what is not set by the user."""
    for name, value in environment.items():
        os.environ.setdefault(name, value)
