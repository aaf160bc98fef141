"""What one proposal costs from receipt to publication (每件的开销), through the real flows and a real Prefect server.

    .venv/bin/python benchmarks/lifecycle.py [N …] [--postgresql] [--naive K] [--peers K] [--json]

Every step is one flow run on all N proposals, decided here instead of by people (lifecycle_load.py). In the same run:
the floor, the same rows by bare SQLAlchemy Core statements in the same transactions (lifecycle_floor.py); naive Prefect,
one flow run for each action, with K proposals; and with `--peers` DBOS, SpiffWorkflow and Viewflow (peers/run.py).
Recording, notices, letters (.docx) and pages are timed apart; what is left of the flows is Prefect's. CPU is this
process's, the Prefect server's in a column of its own. The figures are this machine's: compare them within one run.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from lifecycle_flows import PARTS, measure
from measuring import postgresql

COLUMNS = (*PARTS, "prefect", "floor")


def measured(size: int, singles: int, server: str) -> dict[str, Any]:
    """One size, in a process of its own."""
    command = [sys.executable, __file__, str(size), "--naive", str(singles), "--one", server]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            told, _ = child.communicate()
        except KeyboardInterrupt:  # the child has the Ctrl-C too: let it stop its server and remove its files
            child.wait()
            raise
    if child.returncode:
        sys.exit(child.returncode)  # it has said why
    return dict(json.loads(told.splitlines()[-1]))


def growth(found: list[dict[str, Any]], part: str, figure: str) -> float:
    """The exponent b of seconds = c * N ** b from the first size to the last."""
    first, last = found[0], found[-1]

    def seconds(one: dict[str, Any]) -> float:
        each = one[part][figure]
        return float(one["proposals"] * each if figure == "cpu_ms_each" else one["proposals"] / each)

    return round(math.log(seconds(last) / seconds(first)) / math.log(last["proposals"] / first["proposals"]), 3)


def grown(found: list[dict[str, Any]]) -> dict[str, float]:
    """How seconds grow with N, for recording and for the whole."""
    return {
        f"{part}_{kind}": growth(found, part, figure)
        for part in ("recording", "whole")
        for kind, figure in (("cpu", "cpu_ms_each"), ("wall", "per_second"))
    }


def lines(found: list[dict[str, Any]], peers: dict[str, Any]) -> Iterator[str]:
    """The tables, in Markdown."""
    yield "| N | proposals/s, whole | " + " | ".join(f"{name}, CPU ms" for name in COLUMNS) + " | server, CPU ms |"
    yield "|" + "---|" * (len(COLUMNS) + 3)
    for one in found:
        parts = " | ".join(str(one[name]["cpu_ms_each"]) for name in COLUMNS)
        yield f"| {one['proposals']:,} | {one['whole']['per_second']} | {parts} | {one['server_cpu_ms_each']} |"
    yield ""
    yield "| N | recording/s | with flows/s × floor's | floor/s | recording × floor's rate, CPU | bytes each | peak MB |"
    yield "|---|---|---|---|---|---|---|"
    for one in found:
        yield (
            f"| {one['proposals']:,} | {one['recording']['per_second']} | {one['flows_to_floor']} "
            f"| {one['floor']['per_second']} | {one['recording_to_floor']}, {one['recording_to_floor_cpu']} "
            f"| {one['bytes_per_proposal']:,} | {one['peak_mb']} (+{one['grew_mb']}) |"
        )
    others = {"naive Prefect": found[0]["naive"]} if found and "naive" in found[0] else {}
    for name, each in (others | peers).items():
        yield f"\n{name}: {each['per_second']} proposals/s, {each['cpu_ms_each']} ms CPU each"
    if len(found) > 1:
        yield f"\ngrowth exponents: {json.dumps(grown(found))}"


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[200, 1_000, 5_000], metavar="N")
    parser.add_argument("--postgresql", action="store_true", help="cases on a PostgreSQL of its own")
    parser.add_argument("--naive", type=int, default=3, metavar="K", help="one flow run for each action, K proposals")
    parser.add_argument("--peers", type=int, default=0, metavar="K", help="the other engines, K proposals")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", metavar="URL", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Every size in a process of its own, then how the time grows with the size."""
    given = asked()
    if given.one is not None:
        print(json.dumps(measure(given.sizes[0], given.naive, given.one or None), ensure_ascii=False))
        return
    found: list[dict[str, Any]] = []
    peers: dict[str, Any] = {}
    stopped = False
    try:
        with postgresql() if given.postgresql else nullcontext("") as server:
            for size in given.sizes:
                found.append(measured(size, 0 if found else given.naive, server))
        if given.peers:
            from peers.run import PEERS, peer

            for name in PEERS:
                peers[name] = peer(name, given.peers)
    except KeyboardInterrupt:
        stopped = True
    if given.json:
        growing = {"growth": grown(found)} if len(found) > 1 else {}
        print(json.dumps({"sizes": found, "peers": peers, **growing}, ensure_ascii=False))
    else:
        print("\n".join(lines(found, peers)))
    sys.exit(130 if stopped else 0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
