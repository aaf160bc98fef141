"""The office's terminal in benchmarks/kills.py: `banli` commands in processes forked from one that has loaded everything.

Loading takes seconds and the work a fraction of one: a kill at a random moment is to hit the work.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import flows.registry  # noqa: F401 - what a command loads for its work
from deployments import cli

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([__name__])


def type_in(words: Sequence[str], said: Path, api_url: str) -> None:
    """Become `banli …`, with its two streams in `said.out` and `said.err`."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    for stream, ending in ((1, ".out"), (2, ".err")):
        handle = os.open(said.with_suffix(ending), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, stream)
    sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
    sys.argv = ["banli", *words]
    with temporary_settings(updates={PREFECT_API_URL: api_url}):
        cli.main()


def command(words: Sequence[str], said: Path, api_url: str) -> Any:
    """Start one; returns the process."""
    process = context.Process(target=type_in, args=(tuple(words), said, api_url))
    process.start()
    return process


def address(home: Path, last: str) -> str:
    """Where the Prefect server of `banli up` is now, or was last."""
    with suppress(OSError, ValueError):
        return str(json.loads((home / "running.json").read_text())["api_url"])
    return last
