"""`banli demo --exit --json` as a machine calls it: the whole fictional session, in real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BANLI = (sys.executable, "-c", "import sys; from deployments.cli import main; sys.argv[0] = 'banli'; main()")


def _run(home: Path, *words: str, seconds: int = 420) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("BANLI_", "PREFECT_"))}
    environment = plain | {"BANLI_HOME": str(home)}
    return subprocess.run(
        [*BANLI, *words], env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )


def _children_of(home: Path) -> list[str]:
    """Processes that still name this home in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(home).encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended meanwhile
    return found


@pytest.mark.slow
def test_a_session_goes_from_receipt_to_publication_and_leaves_nothing_running(tmp_path):
    home = tmp_path / "office"
    ended = _run(home, "demo", "--exit", "--json")
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told.keys() == {
        "cases", "by_stage", "published", "notices_sent", "flow_runs", "seconds", "cpu_seconds", "site",
    }  # fmt: skip
    assert told["cases"] >= 24
    waiting = {
        "待审查",
        "待交办",
        "待签收",
        "办理中",
        "会签中",
        "审签中",
        "待预审",
        "待答复",
        "征询意见",
        "待定重办",
        "跟踪办理",
    }
    assert told["by_stage"].keys() > waiting
    assert told["published"] >= 10
    assert told["notices_sent"] > told["cases"]
    assert (Path(told["site"]) / "index.html").exists()
    assert len(list((home / "mailbox").glob("*.eml"))) > 100
    assert _children_of(home) == []

    again = _run(home, "demo", "--exit", "--json")
    assert again.returncode == 0, again.stderr[-2000:]
    goes_on = json.loads(again.stdout.splitlines()[-1])
    assert goes_on["by_stage"] == told["by_stage"]
    assert _run(home, "history", "verify").returncode == 0
    assert json.loads(_run(home, "next", "--json").stdout)["today"] == "2026-07-31"
    shutil.rmtree(home)
