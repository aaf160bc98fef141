"""The flows on the server (部署): what prefect.yaml says, with the schedules a person changed in the UI kept.

Three things are compared: what the file says, what was deployed last, what the server has. Where the server differs
from the last deployment, somebody changed it by hand: that stays, and is said. What stands as planned is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from deployments import deployed
from deployments.server_api import ServerApi
from tasks.atomic import write_text

_RULES: Final = ("cron", "interval", "rrule")
Schedule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to deploy, what to remember as deployed, and what to say about schedules changed by hand."""

    document: dict[str, Any]
    remember: dict[str, list[Schedule]]
    said: tuple[str, ...]


def plan(
    document: Mapping[str, Any],
    present: Mapping[str, Mapping[str, Any]],
    last: Mapping[str, Sequence[Schedule]],
    *,
    reset: bool = False,
) -> Plan:
    """Decide, for each deployment of the file, whose schedules to take; `present` is the server's, by name."""
    remember: dict[str, list[Schedule]] = {}
    said: list[str] = []
    planned: list[dict[str, Any]] = []
    for entry in document["deployments"]:
        name, ours = entry["name"], _sorted(entry.get("schedules", ()))
        there = present.get(name)
        theirs = _sorted(there["schedules"]) if there else ours
        before = _sorted(last[name]) if name in last else ours
        by_hand = there is not None and theirs not in (before, ours) and not reset
        if by_hand:
            said.append(f"“{name}”的定时在界面里改过，保留：{_words(theirs)}（文件里是：{_words(ours)}）。")
        kept = theirs if by_hand else ours
        remember[name] = before if by_hand else ours
        paused = {"paused": True} if there and there.get("paused") and not reset else {}
        planned.append({**entry, **({"schedules": kept} if kept or entry.get("schedules") else {}), **paused})
    if said:
        said.append("要改用文件里的定时，请用 banli up --reset-schedules 启动。")
    return Plan({**document, "deployments": planned}, remember, tuple(said))


def prepare(api: ServerApi, file: Path, home: Path, *, reset: bool, everything: bool) -> tuple[Path | None, Plan]:
    """Plan, and write what is to be deployed into the home: what is new, different or gone, or `everything`.

    Returns that file, None where nothing is to be deployed, and the plan for `remember`.
    """
    present = on_server(api)
    kept = home / "schedules.json"
    last = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    made = plan(yaml.safe_load(file.read_text("utf-8")), present, last, reset=reset)
    entries = made.document["deployments"]
    chosen = entries if everything else deployed.stale(entries, present, deployed.read(home))
    if not chosen:
        return None, made
    to_deploy = home / "prefect.deploy.yaml"
    document = {**made.document, "deployments": chosen}
    write_text(to_deploy, yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    return to_deploy, made


def remember(home: Path, made: Plan, present: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what was deployed, to know next time what a person changed and what still stands."""
    write_text(home / "schedules.json", json.dumps(made.remember, ensure_ascii=False, indent=1))
    deployed.keep(home, made.document["deployments"], present)


def on_server(api: ServerApi) -> dict[str, dict[str, Any]]:
    """The deployments the server has, by name."""
    return {one["name"]: one for one in api.all_of("/deployments/filter")}


def plain_schedule(given: Mapping[str, Any]) -> Schedule:
    """A schedule as prefect.yaml writes it, from either side."""
    rule = given.get("schedule") or given
    kind = next(name for name in _RULES if rule.get(name) is not None)
    found: Schedule = {
        kind: rule[kind],
        "timezone": rule.get("timezone") or "UTC",
        "active": given.get("active") is not False,
    }
    if kind == "interval" and rule.get("anchor_date"):
        found["anchor_date"] = str(rule["anchor_date"])
    return found | ({"slug": given["slug"]} if given.get("slug") else {})


def _sorted(given: Sequence[Mapping[str, Any]]) -> list[Schedule]:
    return sorted((plain_schedule(one) for one in given), key=lambda one: json.dumps(one, sort_keys=True))


def _words(schedules: Sequence[Schedule]) -> str:
    said = [
        f"{next(str(one[kind]) for kind in _RULES if kind in one)}{'' if one['active'] else '（停用）'}"
        for one in schedules
    ]
    return "；".join(said) or "没有定时"
