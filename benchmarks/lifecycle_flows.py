"""The real thing (实测): all N through the flows, a run a step, and the same with one run an action (naive Prefect)."""

from __future__ import annotations

import math
import os
import sys
import tempfile
from typing import Any

from lifecycle_floor import Floor
from lifecycle_load import BATCH, DAYS, LAST_DAY, furnish, pieces, steps
from measuring import Spent, children_cpu, counted_apart, new_database, peak_mb, size_of

PARTS = ("recording", "notices", "letters", "pages")
"""What is counted by itself; the rest of the flows' time is Prefect's and the way there."""


def ours(count: int, floor: Floor) -> tuple[Spent, dict[str, Spent], int]:
    """What the whole took, what its parts took, and how many actions; the floor takes each step right after it."""
    from rich.console import Console
    from rich.progress import track

    from flows.registry import flow_of, perform, run
    from tasks import clock, copying, posting, publishing, recording, replies

    functions = {
        "recording": (recording, "record"),
        "notices": (posting, "post"),
        "letters": (replies, "write_letters"),
        "sentences": (copying, "remember_all"),
        "pages": (publishing, "publish_site"),
    }
    whole, actions = Spent(), 0
    bar = track(
        pieces(count), f"{count}件", len(DAYS) * math.ceil(count / BATCH),
        console=Console(stderr=True), disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with counted_apart(functions) as parts:
        for step, some, batch in bar:
            with clock.moved_to(clock.morning_of(DAYS[step][0])), whole.counting():
                outcomes = perform(flow_of(batch[0]), batch)
                run("deliver_notices", 10 * count)
            floor.step(step, some)
            refused = [one.message for one in outcomes if one.refused]
            assert not refused, refused[:3]
            actions += len(batch)
        with clock.moved_to(clock.morning_of(LAST_DAY)), whole.counting():
            run("publish")
            run("deliver_notices", 10 * count)
    parts["letters"] += parts.pop("sentences")
    return whole, parts, actions


def naive(count: int) -> Spent:
    """One flow run for each action, recording alone."""
    from flows.registry import flow_of, perform
    from tasks import clock, replies

    letters, spent = {"letters": (replies, "write_letters")}, Spent()
    with counted_apart(letters) as parts:
        for on, batch in steps(count, "简"):
            with clock.moved_to(clock.morning_of(on)), spent.counting():
                for action in batch:
                    perform(flow_of(action), [action])
    return spent - parts["letters"]


def measure(count: int, singles: int, postgres: str | None) -> dict[str, Any]:
    """One size in a home of its own, in a process of its own, so that memory is this size's."""
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as folder:
        os.environ["BANLI_HOME"] = folder
        if postgres:
            os.environ["BANLI_DATABASE_URL"] = new_database(postgres, "ours")
        from deployments.up import running
        from deployments.wiring import settings
        from tasks.database import engine, transaction

        with running(settings()):
            from flows.registry import run

            with transaction(engine()) as connection:
                furnish(connection)
            run("publish")  # what is done once in a process is not counted
            floor = Floor(new_database(postgres, "floor") if postgres else f"sqlite:///{folder}/floor.sqlite", count)
            empty, before, server = size_of(engine()), peak_mb(), children_cpu()
            whole, parts, actions = ours(count, floor)
            found = {
                "proposals": count,
                "actions": actions,
                "peak_mb": round(peak_mb()),
                "grew_mb": round(peak_mb() - before),
                "bytes_per_proposal": round((size_of(engine()) - empty) / count),
                "server_cpu_ms_each": round(1000 * (children_cpu() - server) / count, 2),
            }
            alone = naive(singles) if singles else None
            floor.engine.dispose()
    return found | compared(count, whole, parts, floor.spent) | against_naive(alone, singles, count, whole, parts)


def compared(count: int, whole: Spent, parts: dict[str, Spent], bare: Spent) -> dict[str, Any]:
    """Each part by itself, and recording with the flows around it against the bare statements."""
    effects = parts["notices"] + parts["letters"] + parts["pages"]
    flows = whole - effects
    return {
        "whole": whole.of(count),
        **{name: parts[name].of(count) for name in PARTS},
        "prefect": (flows - parts["recording"]).of(count),
        "floor": bare.of(count),
        "recording_to_floor": round(bare.wall / parts["recording"].wall, 2),
        "recording_to_floor_cpu": round(bare.cpu / parts["recording"].cpu, 2),
        "flows_to_floor": round(bare.wall / flows.wall, 2),
        "flows_to_floor_cpu": round(bare.cpu / flows.cpu, 2),
    }


def against_naive(
    alone: Spent | None, singles: int, count: int, whole: Spent, parts: dict[str, Spent]
) -> dict[str, Any]:
    """Recording with the flows around it, a run a step against a run an action."""
    if alone is None:
        return {}
    flows = whole - (parts["notices"] + parts["letters"] + parts["pages"])
    return {"naive": alone.of(singles), "flows_to_naive": round(alone.wall / singles / (flows.wall / count))}
