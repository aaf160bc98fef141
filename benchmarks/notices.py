"""What it costs to send the notices of a proposal's life (通知的开销), into the local mailbox or to a mail server.

    .venv/bin/python benchmarks/notices.py [N …] [--batch K] [--smtp] [--postgresql] [--days K] [--profile] [--json]

The lives of N proposals (lifecycle_load.py) are recorded day by day, without Prefect, and after each day what is due is
sent as the delivery flow sends it: claimed, read again, put into words, with its links, letters, hand-over and mark.
`--smtp` sends to a real SMTP server (aiosmtpd) in a process of its own. CPU is this process's, delivery alone; letters
(.docx) are written before, as the flow of the replies writes them. With `--batch` K messages about N proposals go in one
delivery, as after a batch of the office's. Memory is what this process holds after each day of the lives (what recording
takes is in it), in a batch after the first thousand messages and at most from then on. Without N, 200 and 1,000.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from lifecycle_load import DAYS, furnish, steps
from measuring import Spent, new_database, postgresql

CHUNK = 1_000


def held_mb() -> float:
    """The memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def mail_server() -> Iterator[str]:
    """A real SMTP server that takes everything, in a process of its own; its URL."""
    from deployments.processes import free_port

    port = free_port(0)
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    with subprocess.Popen(command) as child:
        try:
            while child.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
            yield f"smtp://127.0.0.1:{port}?from=banli@example.gov.cn"
        finally:
            child.terminate()


def reachable(actions: list[Any]) -> list[Any]:
    """The same actions; who proposes has a mail address."""
    return [
        one.model_copy(
            update={
                "proposers": tuple(
                    each.model_copy(update={"email": f"zhang{place}@example.org"})
                    for place, each in enumerate(one.proposers)
                )
            }
        )
        if hasattr(one, "proposers")
        else one
        for one in actions
    ]


def prepare(postgres: str | None) -> None:
    """An office with the session and its agencies."""
    if postgres:
        os.environ["BANLI_DATABASE_URL"] = new_database(postgres, "notices")
    from deployments.migrating import migrate
    from deployments.wiring import settings
    from tasks.database import engine, transaction

    migrate(settings())
    with transaction(engine()) as connection:
        furnish(connection)


def record(batch: list[Any]) -> None:
    """A day's actions, and the letters that follow from them."""
    from sqlalchemy import select

    from deployments.wiring import settings
    from models.actions.reply import SendReply
    from tasks import recording, replies
    from tasks.database import engine, reading
    from tasks.loading import CASES, chunked

    for chunk in chunked(reachable(batch), CHUNK):
        refused = [one.message for one in recording.record(engine(), chunk) if one.refused]
        assert not refused, refused[:3]
    if isinstance(batch[0], SendReply):
        with reading(engine()) as connection:
            ids = list(connection.scalars(select(CASES.c.id)))
            for some in chunked(ids):
                replies.write_letters(connection, some, settings().letters)


def measure(count: int, days: int, profiler: cProfile.Profile | None) -> dict[str, Any]:
    """Send the notices of N lives, or of their first days."""
    from deployments.wiring import settings
    from tasks import clock, posting
    from tasks.database import engine

    spent, sent, messages, held = Spent(), 0, 0, []
    for on, batch in islice(steps(count), days):
        with clock.moved_to(clock.morning_of(on)):
            record(batch)
            with spent.counting(), profiler or nullcontext():
                found = posting.post(engine(), settings(), now=clock.now(), worker="bench", limit=20 * count)
        assert not found.failed + found.retried, found
        sent += found.sent
        messages += found.messages
        held.append(held_mb())
    return figures(count, spent, sent, messages=messages) | {"held_mb": [round(one, 1) for one in held]}


def burst(count: int, notices: int, profiler: cProfile.Profile | None) -> dict[str, Any]:
    """Send so many notices of N proposals in one delivery, a message each: a batch of the office's."""
    from deployments.wiring import settings
    from models.notice_vocabulary import MessageKind
    from tasks import clock, posting
    from tasks.database import engine, transaction
    from tasks.loading import chunked
    from tasks.notices import enqueue

    on, batch = next(steps(count))
    held: list[float] = []
    with clock.moved_to(clock.morning_of(on)):
        record(batch)
        posting.post(engine(), settings(), now=clock.now(), worker="bench", limit=20 * count)
        at = clock.now()
        for places in chunked(range(notices), CHUNK):
            rows = [
                {
                    "key": f"bench:{place}",
                    "case_id": place % count + 1,
                    "kind": MessageKind.NOT_FILED,
                    "recipient": f"提案人:{place % count + 1}.1",
                    "facts": {"reason": "不属于提案受理范围"},
                    "created_at": at,
                    "not_before_at": at,
                }
                for place in places
            ]
            with transaction(engine()) as connection:
                enqueue(connection, rows)
        spent = Spent()
        with spent.counting(), profiler or nullcontext():
            found = posting.post(
                engine(),
                settings(),
                now=clock.now(),
                worker="bench",
                limit=notices,
                progress=lambda done: held.append(held_mb()) if done >= 1_000 else None,
            )
    assert (found.sent, found.messages) == (notices, notices), found
    return figures(count, spent, found.sent, messages=found.messages) | {
        "seconds": round(spent.wall, 1),
        "held_mb": [round(one, 1) for one in (held[0], max(held))],
    }


def figures(count: int, spent: Spent, notices: int, *, messages: int) -> dict[str, Any]:
    return {
        "proposals": count,
        "notices": notices,
        "messages": messages,
        "messages_per_second": round(messages / spent.wall, 1),
        "cpu_ms_a_message": round(1000 * spent.cpu / messages, 3),
        "cpu_ms_a_notice": round(1000 * spent.cpu / notices, 3),
    }


def one_size(given: argparse.Namespace) -> None:
    """One size in a process and a home of its own; the figures are its last line."""
    profiler = cProfile.Profile() if given.profile else None
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as folder, ExitStack() as stack:
        os.environ["BANLI_HOME"] = folder
        if given.smtp:
            os.environ["BANLI_SMTP_URL"] = stack.enter_context(mail_server())
            os.environ["BANLI_NOTIFY_AGENCY"] = os.environ["BANLI_NOTIFY_OFFICE"] = "mailto:li@example.gov.cn"
        prepare(stack.enter_context(postgresql()) if given.postgresql else None)
        size = given.sizes[0]
        found = burst(size, given.batch, profiler) if given.batch else measure(size, given.days, profiler)
    if profiler:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)
        pstats.Stats(profiler).sort_stats("cumtime").print_stats(90)
    print(json.dumps(found))


def main() -> None:
    """Every size in a process of its own, so that memory is this size's."""
    given = asked()
    if given.one:
        one_size(given)
        return
    found = []
    for size in given.sizes:
        options = [f"--{name}" for name in ("smtp", "postgresql", "profile") if getattr(given, name)]
        options += ["--days", str(given.days), "--batch", str(given.batch)]
        command = [sys.executable, __file__, str(size), "--one", *options]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        *before, last = told.splitlines()
        print("\n".join(before), file=sys.stderr)
        found.append(json.loads(last))
    print(json.dumps(found) if given.json else "\n".join(table(found)))


def table(found: list[dict[str, Any]]) -> Iterator[str]:
    """The figures in Markdown."""
    yield "| proposals | notices | messages | messages/s | CPU ms a message | CPU ms a notice | MB at first, at last |"
    yield "|---|---|---|---|---|---|---|"
    for one in found:
        yield (
            f"| {one['proposals']:,} | {one['notices']:,} | {one['messages']:,} | {one['messages_per_second']} "
            f"| {one['cpu_ms_a_message']} | {one['cpu_ms_a_notice']} | {one['held_mb'][0]}, {one['held_mb'][-1]} |"
        )


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[200, 1_000], metavar="N")
    parser.add_argument("--smtp", action="store_true", help="to a mail server (aiosmtpd) instead of the local mailbox")
    parser.add_argument("--postgresql", action="store_true", help="cases on a PostgreSQL of its own")
    parser.add_argument("--days", type=int, default=len(DAYS), metavar="K", help="only the first K days of the lives")
    parser.add_argument("--batch", type=int, default=0, metavar="K", help="K messages in one delivery instead of lives")
    parser.add_argument("--profile", action="store_true", help="also where the time goes, on stderr")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
