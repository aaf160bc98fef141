"""Known weaknesses of the locked dependencies: `make audit`, and before the tests in .ci/run.

Ends with 1 when something has a weakness that a newer version mends and docs/audit.toml does not accept. Everything else
is said and lets go on: a weakness nobody has mended yet, an index that cannot be reached or serves no advisories.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
UV: Final = Path(sys.executable).with_name("uv")
LOCKED: Final = (UV, "export", "--locked", "--no-dev", "--no-emit-project", "--quiet", "--format", "requirements-txt")
AUDIT: Final = (
    UV,
    "tool",
    "run",
    "--quiet",
    "pip-audit@2.10.1",
    "--disable-pip",
    "--require-hashes",
    "--format",
    "json",
)
SECONDS: Final = 60
"""How long the index may take; a slow one must not hold up a change."""


def accepted(text: str, today: date) -> dict[str, str]:
    """What docs/audit.toml accepts today: why, by the weakness's id."""
    return {one["id"]: one["reason"] for one in tomllib.loads(text).get("accepted", ()) if one["until"] >= today}


def judged(report: Mapping[str, Any], reasons: Mapping[str, str]) -> tuple[list[str], bool]:
    """What to say of a report, and whether it holds up a change."""
    looked_at = [one for one in report["dependencies"] if "skip_reason" not in one]
    if not looked_at:
        return [
            f"audit: nothing looked at; the index knows no advisories for {len(report['dependencies'])} packages"
        ], False
    said, fails = [], False
    for name, one in _weaknesses(looked_at):
        mended, known = ", ".join(one["fix_versions"]), {one["id"], *one.get("aliases", ())}
        reason = next((reasons[found] for found in sorted(known) if found in reasons), None)
        fails |= bool(mended) and reason is None
        what = f"mended in {mended}" if mended else "not mended by any version yet"
        said.append(f"audit: {name}: {one['id']}, {what}{f'; accepted: {reason}' if reason else ''}")
    skipped = len(report["dependencies"]) - len(looked_at)
    said.append(f"audit: {len(looked_at)} packages looked at, {skipped} unknown to the index, {len(said)} weaknesses")
    return said, fails


def _weaknesses(looked_at: list[Any]) -> Iterator[tuple[str, Any]]:
    for dependency in looked_at:
        for one in dependency["vulns"]:
            yield f"{dependency['name']} {dependency['version']}", one


def report() -> Mapping[str, Any]:
    """What pip-audit says of uv.lock. Raises: OSError or ValueError with one line when it can say nothing."""
    locked = subprocess.run(LOCKED, check=True, capture_output=True, cwd=HERE.parent).stdout  # noqa: S603 - our own words
    command = (*AUDIT, "--progress-spinner", "off", "--requirement", "/dev/stdin")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, start_new_session=True, **pipes) as asking:  # type: ignore[call-overload]  # noqa: S603
        try:
            told, wrong = asking.communicate(locked, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(asking.pid, signal.SIGKILL)
            raise TimeoutError(f"no answer within {SECONDS} seconds") from None
    if not told.startswith(b"{"):
        raise OSError((wrong.decode(errors="replace").strip().splitlines() or ["pip-audit said nothing"])[-1][:200])
    return json.loads(told)  # type: ignore[no-any-return]  # json gives Any


def main() -> int:
    """Say what is known; 1 where it holds up a change."""
    reasons = accepted((HERE / "audit.toml").read_text(encoding="utf-8"), datetime.now(UTC).date())
    try:
        said, fails = judged(report(), reasons)
    except (OSError, ValueError) as wrong:
        said, fails = [f"audit: the index could not be asked ({wrong})"], False
    print(*said, sep="\n")
    return int(fails)


if __name__ == "__main__":
    sys.exit(main())
