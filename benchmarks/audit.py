"""What `banli audit` costs (审计的开销): CPU and memory by the number of cases, and the dearest rules.

    .venv/bin/python benchmarks/audit.py [N …]

Each size is an office of its own: N proposals of 2,500 characters taken from receipt to
publication, fifteen actions and about eight notices each, their pages written. The audit runs in a
process of its own, so that the memory is its.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from lifecycle_load import LAST_DAY, furnish, steps

CHUNK = 1_000
"""Proposals recorded together."""


def record_all(count: int) -> None:
    """The life of N proposals, recorded without flows; every notice is marked as sent on its day."""
    from deployments.migrating import migrate
    from deployments.wiring import settings
    from models import schema
    from models.notice_vocabulary import NoticeStatus
    from tasks import clock, publishing
    from tasks.database import engine, transaction
    from tasks.recording import record

    found = settings()
    migrate(found)
    with transaction(engine()) as connection:
        furnish(connection)
    for begin in range(0, count, CHUNK):
        for on, batch in steps(min(CHUNK, count - begin), f"{begin // CHUNK:02}"):
            with clock.moved_to(clock.morning_of(on)):
                refused = [one.message for one in record(engine(), batch) if one.refused]
            assert not refused, refused[:3]
    at = clock.morning_of(LAST_DAY)
    with clock.moved_to(at):
        site = publishing.publish_site(
            engine(), found.site, office="督办单位", base_url="http://127.0.0.1/site/", at=at, today=at.date()
        )
        record(engine(), site.actions)
        publishing.publish_site(
            engine(), found.site, office="督办单位", base_url="http://127.0.0.1/site/", at=at, today=at.date()
        )
    rows = schema.NOTICES
    with transaction(engine()) as connection:
        connection.execute(rows.update().values(status=NoticeStatus.SENT, sent_at=at + timedelta(hours=1)))


def measure(count: int) -> dict[str, object]:
    """One size: seconds of CPU and MB for the whole, seconds by rule."""
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as folder:
        os.environ["BANLI_HOME"] = folder
        record_all(count)
        command = [sys.executable, __file__, "--look"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_mb() -> int:
    """The most memory this program has held; what its parent held is not in it, as it is in `ru_maxrss`."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def look() -> dict[str, object]:
    """Audit the office at BANLI_HOME; in a process that did nothing else, so that memory is the audit's."""
    from deployments.wiring import settings
    from tasks import auditing, clock
    from tasks.database import engine

    before = peak_mb()
    began, times = time.process_time(), [time.process_time()]
    with clock.moved_to(clock.morning_of(LAST_DAY + timedelta(days=1))):
        scene = auditing.Scene(engine(), settings().site, clock.now())
        made = auditing.audit(scene, lambda _done, _total: times.append(time.process_time()))
    spent = time.process_time() - began
    times = [*times[1:], began + spent]
    by_rule = {
        name: round(after - before, 2) for name, before, after in zip(made.rules, times, times[1:], strict=False)
    }
    assert made.findings == (), made.findings[:3]
    return {
        "cases": made.cases,
        "entries": made.entries,
        "cpu_seconds": round(spent, 2),
        "memory_grew_mb": peak_mb() - before,
        "pages": sum(1 for _ in Path(os.environ["BANLI_HOME"], "site").rglob("*.html")),
        "by_rule": dict(sorted(by_rule.items(), key=lambda one: -one[1])[:5]),
    }


def main() -> None:
    """Every size, then how CPU grows with it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("sizes", nargs="*", type=int, default=[1_000, 10_000])
    asked.add_argument("--look", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.look:
        print(json.dumps(look(), ensure_ascii=False))
        return
    found = []
    for size in given.sizes:
        found.append(measure(size))
        print(json.dumps(found[-1], ensure_ascii=False), flush=True)
    first, last = found[0], found[-1]
    if len(found) > 1:
        grew = math.log(last["cpu_seconds"] / first["cpu_seconds"]) / math.log(last["cases"] / first["cases"])
        print(json.dumps({"growth_exponent": round(grew, 3)}))


if __name__ == "__main__":
    main()
