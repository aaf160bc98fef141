"""What the public site costs to write (公开网站): all of it, and again after one case changed or came.

    .venv/bin/python benchmarks/website.py [N …]

Each N runs in a process of its own, because memory is the process's peak. A reply has about 2,400 characters. The last
line of each is one JSON object; seconds are wall-clock seconds on a file system that is told to sync every file.
"""

from __future__ import annotations

import gzip
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from random import Random

from render import OFFICE, letter, page_of

from notifications.pages import SiteCase
from tasks.public_site import SiteReport, Source, write_site

BUILT_AT = datetime(2026, 8, 3, tzinfo=UTC)
AGENCIES = 90
SENTENCES = 90
"""To a reply, of about 25 characters each."""


@cache
def phrases() -> tuple[str, ...]:
    """What this project itself says in Chinese: replies made of it have as many different words as real ones."""
    root = Path(__file__).parents[1]
    sources = [path for name in ("models", "notifications", "tasks", "docs") for path in (root / name).rglob("*.*")]
    texts = [path.read_text("utf-8") for path in sorted(sources) if path.suffix in {".py", ".md", ".toml", ".html"}]
    return tuple(sorted({found for text in texts for found in re.findall("[\u4e00-\u9fff]{4,14}", text)}))


def reply(number: int) -> str:
    """About 2,400 characters in eight paragraphs, other ones for each number."""
    chance = Random(number)
    said = [f"{'，'.join(chance.choices(phrases(), k=3))}。" for _ in range(SENTENCES)]
    step = -(-SENTENCES // 8)
    return "\n".join(
        f"{mark}、{''.join(said[at * step : (at + 1) * step])}" for at, mark in enumerate("一二三四五六七八")
    )


def source(count: int, changed: int | None = None) -> Source:
    """So many replies of ninety agencies over a month; `changed` says something else."""

    def page(number: int) -> SiteCase:
        letter_of = replace(letter(0), paragraphs=tuple(reply(number + (number == changed) * count).split("\n")))
        return replace(
            page_of(letter_of), slug=f"c{number}", place=number, number=f"{number:05}",
            agency=f"云州市第{number % AGENCIES}局", published_on=date(2026, 7, 1 + number % 28),
        )  # fmt: skip

    stamps = {number: f"{number}{number == changed}" for number in range(1, count + 1)}
    return Source(stamps, lambda numbers: ((number, page(number)) for number in numbers))


def written(folder: Path, count: int, changed: int | None = None) -> tuple[dict[str, float], SiteReport]:
    """Seconds and CPU seconds, and what was written."""
    began, used = time.monotonic(), time.process_time()
    where = {"office": OFFICE, "built_at": BUILT_AT, "base_url": "https://jyta.yunzhou.example/"}
    report = write_site(folder, source(count, changed), **where)  # type: ignore[arg-type]  # three types in one mapping
    return {
        "seconds": round(time.monotonic() - began, 1),
        "cpu": round(time.process_time() - used, 1),
        "files": report.written,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }, report


def measure(count: int) -> dict[str, object]:
    """The whole site once, again after nothing, after one case changed and after one was added."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        found: dict[str, object] = {"cases": count, "all": written(site, count)[0]}
        index = [path.read_bytes() for path in (site / "search").iterdir()]
        found["index"] = {
            "files": len(index),
            "mb": round(sum(map(len, index)) / 1e6, 1),
            "largest_kb": round(max(map(len, index)) / 1e3, 1),
            "largest_kb_compressed": round(max(len(gzip.compress(one)) for one in index) / 1e3, 1),
        }
        found["again"] = written(site, count)[0]
        found["one_changed"] = written(site, count, changed=7)[0]
        found["one_added"] = written(site, count + 1, changed=7)[0]
    return found


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]] or [2_000, 10_000]
    if len(counts) == 1:
        sys.stdout.write(json.dumps(measure(counts[0])) + "\n")
    else:
        for one in counts:
            subprocess.run([sys.executable, __file__, str(one)], check=True)
