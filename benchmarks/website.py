"""What the public site costs to write (公开网站): all of it, and again after one case changed.

    .venv/bin/python benchmarks/website.py [N …]

Each N runs in a process of its own, because memory is the process's peak. A reply has about 2,400 characters. The last
line of each is one JSON object; seconds are wall-clock seconds on a file system that is told to sync every file.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from render import OFFICE, letter, page_of

from notifications.pages import SiteCase
from tasks.public_site import SiteReport, write_site

BUILT_AT = datetime(2026, 8, 3, tzinfo=UTC)
AGENCIES = 90


def cases(count: int, changed: int | None = None) -> Iterator[SiteCase]:
    """So many replies of ninety agencies over a month; `changed` bears another title."""
    for number in range(count):
        one = replace(page_of(letter(number)), slug=f"c{number}", agency=f"云州市第{number % AGENCIES}局")
        one = replace(one, published_on=date(2026, 7, 1 + number % 28))
        yield replace(one, title="关于改过名字的提案") if number == changed else one


def written(folder: Path, count: int, changed: int | None = None) -> tuple[float, SiteReport]:
    """Seconds, and what was written."""
    began = time.monotonic()
    report = write_site(
        folder, cases(count, changed), office=OFFICE, built_at=BUILT_AT, base_url="https://jyta.yunzhou.example/"
    )
    return time.monotonic() - began, report


def measure(count: int) -> dict[str, float]:
    """The whole site once, and again after one case changed."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, report = written(Path(folder), count)
        again_seconds, again = written(Path(folder), count, changed=7)
    return {
        "cases": count,
        "seconds": round(seconds, 1),
        "files": report.written,
        "one_changed_seconds": round(again_seconds, 1),
        "one_changed_files": again.written,
        "cpu_seconds_of_both": round(time.process_time(), 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]] or [2_000, 10_000]
    if len(counts) == 1:
        sys.stdout.write(json.dumps(measure(counts[0])) + "\n")
    else:
        for one in counts:
            subprocess.run([sys.executable, __file__, str(one)], check=True)
