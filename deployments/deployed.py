"""What was deployed last (已部署): a start deploys only what is new, different or gone.

For each deployment two prints are kept in the home: of what was asked (its entry as planned, the program, the versions
it was made with) and of what the server had afterwards. It stands while both are still so; a server with another
database, a deployment deleted or changed by hand, and an upgrade are all seen by comparing, nothing is believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tasks.atomic import write_text

CODE: Final = ("models", "notifications", "tasks", "flows")
"""Packages whose source decides what a deployment is: its parameters, their types and descriptions."""
MADE_WITH: Final = ("prefect", "pydantic")
ON_SERVER: Final = (
    "name", "entrypoint", "path", "pull_steps", "version", "description", "tags", "paused", "parameters",
    "parameter_openapi_schema", "enforce_parameter_schema", "work_pool_name", "work_queue_name", "job_variables",
    "concurrency_options",
)  # fmt: skip
"""What deploying writes; the rest is the server's own (ids, instants, status)."""
SCHEDULE: Final = ("schedule", "active", "slug", "parameters", "max_scheduled_runs")
Prints = Mapping[str, str]


def stale(
    entries: Iterable[Mapping[str, Any]], present: Mapping[str, Mapping[str, Any]], known: Prints
) -> list[Mapping[str, Any]]:
    """The entries to deploy: those whose two prints are not the `known` ones; `present` is the server's, by name."""
    return [
        one
        for one in entries
        if one["name"] not in present or known.get(one["name"]) != print_of(one, present[one["name"]])
    ]


def print_of(entry: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """Both prints of one deployment, asked and there, in one."""
    # A deployment without steps of its own for finding the code runs where it was deployed from.
    asked = _hash([program(), str(Path.cwd()), entry])
    schedules = [{key: one.get(key) for key in SCHEDULE} for one in there["schedules"]]
    limit = (there.get("global_concurrency_limit") or {}).get("limit")
    held = _hash([{key: there.get(key) for key in ON_SERVER}, sorted(map(_hash, schedules)), limit])
    return f"{asked} {held}"


@cache
def program() -> str:
    """The print of the source and of the libraries that make deployments of it."""
    found = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in MADE_WITH).encode())
    root = Path(__file__).parents[1]
    for file in sorted(file for folder in CODE for file in (root / folder).rglob("*.py")):
        found.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return found.hexdigest()


def read(home: Path) -> Prints:
    """What is kept; nothing, where the file is missing or broken."""
    try:
        found = json.loads(_file(home).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def keep(home: Path, entries: Iterable[Mapping[str, Any]], present: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep the prints of what has been deployed."""
    prints = {one["name"]: print_of(one, present[one["name"]]) for one in entries}
    write_text(_file(home), json.dumps(prints, ensure_ascii=False, indent=1))


def _file(home: Path) -> Path:
    return home / "deployed.json"


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
