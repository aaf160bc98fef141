"""The same work in other engines' own idiom (同类比较); `benchmarks/lifecycle.py --peers N` sets ours beside it.

    .venv/bin/python benchmarks/peers/run.py [N] [--json] [--only NAME …]

N proposals of 2,500 characters, fifteen actions each with an audit row, durable on SQLite (WAL, synchronous=FULL).
Every peer has a folder with its script and its locked requirements, installed into a temporary environment of its own.
CPU is the process's own; they have no other.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PEERS = ("dbos", "spiffworkflow", "viewflow")
ACTIONS = (
    "收件", "立案", "交办", "签收", "会办签收", "沟通", "会办意见", "起草", "会签", "审签一", "审签二", "审签三",
    "公开审查", "答复", "反馈",
)  # fmt: skip


def installed(name: str, folder: Path) -> Path:
    """The interpreter of a new environment with exactly what the peer's lock names."""
    environment, lock = folder / "environment", str(HERE / name / "requirements.txt")
    python = environment / "bin" / "python"
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, environment], check=True)
        command = [uv, "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", lock]
    else:
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        command = [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", lock]
    subprocess.run(command, check=True)
    return python


def told_by(command: list[str]) -> dict[str, float]:
    """The last line a process prints, a JSON object."""
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(told.splitlines()[-1]))


def peer(name: str, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix=f"banli-{name}-") as folder:
        python = installed(name, Path(folder))
        names = json.dumps(ACTIONS, ensure_ascii=False)
        spent = told_by([str(python), str(HERE / name / "peer.py"), str(count), folder, names])
    return {
        "proposals": count,
        "per_second": round(count / spent["wall"], 1),
        "cpu_ms_each": round(1000 * spent["cpu"] / count, 2),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("count", nargs="?", type=int, default=200, metavar="N")
    asked.add_argument("--only", nargs="*", choices=PEERS, default=PEERS)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    found = {name: peer(name, given.count) for name in given.only}
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, one in found.items():
        print(
            f"{name:15} {one['proposals']:6} proposals {one['per_second']:8} a second {one['cpu_ms_each']:8} ms CPU each"
        )


if __name__ == "__main__":
    main()
