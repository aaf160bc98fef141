"""Known weaknesses of dependencies: what holds up a change, and what is only said."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS))

import audit  # noqa: E402 - beside the pages of docs/

ACCEPTED = '[[accepted]]\nid = "CVE-2026-7"\nreason = "its server is never started"\nnoted_on = 2026-01-05\nuntil = 2026-03-31\n'


def report(*fixed_in, aliases=(), unknown=0):
    weak = {"id": "PYSEC-2026-7", "fix_versions": list(fixed_in), "aliases": list(aliases), "description": "…"}
    skipped = [{"name": f"own-{number}", "skip_reason": "not found"} for number in range(unknown)]
    return {"dependencies": [{"name": "lxml", "version": "5.0", "vulns": [weak]}, *skipped], "fixes": []}


def test_a_weakness_that_a_newer_version_mends_holds_up_a_change():
    said, fails = audit.judged(report("5.1", "6.0"), {})
    assert fails
    assert said == [
        "audit: lxml 5.0: PYSEC-2026-7, mended in 5.1, 6.0",
        "audit: 1 packages looked at, 0 unknown to the index, 1 weaknesses",
    ]


def test_one_that_nobody_has_mended_is_said_and_lets_go_on():
    said, fails = audit.judged(report(unknown=2), {})
    assert not fails
    assert said == [
        "audit: lxml 5.0: PYSEC-2026-7, not mended by any version yet",
        "audit: 1 packages looked at, 2 unknown to the index, 1 weaknesses",
    ]


@pytest.mark.parametrize(("today", "fails"), [(date(2026, 3, 31), False), (date(2026, 4, 1), True)])
def test_one_that_is_accepted_by_any_of_its_names_lets_go_on_until_its_last_day(today, fails):
    reasons = audit.accepted(ACCEPTED, today)
    said, failed = audit.judged(report("5.1", aliases=["CVE-2026-7"]), reasons)
    assert failed is fails
    assert ("accepted: its server is never started" in said[0]) is not fails


def test_an_index_without_advisories_is_not_taken_for_a_clean_bill():
    skipped = {"dependencies": [{"name": "lxml", "skip_reason": "not found"}], "fixes": []}
    assert audit.judged(skipped, {}) == (
        ["audit: nothing looked at; the index knows no advisories for 1 packages"],
        False,
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo 'no route to host' >&2; exit 1", "no route to host"), ("sleep 600", "no answer within 1 seconds")],
)
def test_an_index_that_cannot_be_asked_is_said_in_one_line(tmp_path, monkeypatch, capsys, script, said):
    asked = tmp_path / "asked"
    asked.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    asked.chmod(0o755)
    monkeypatch.setattr(audit, "LOCKED", ("true",))
    monkeypatch.setattr(audit, "AUDIT", (asked,))
    monkeypatch.setattr(audit, "SECONDS", 1 if "sleep" in script else 60)
    assert audit.main() == 0
    assert capsys.readouterr().out == f"audit: the index could not be asked ({said})\n"


def test_what_is_accepted_here_says_why_and_until_when():
    audit.accepted((DOCS / "audit.toml").read_text(encoding="utf-8"), date(2026, 11, 23))


def test_the_locked_packages_are_what_is_asked_about(tmp_path):
    """The real export of uv.lock reaches what asks the index, every package with its hash."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("made without make, so uv is not here")
    ended = subprocess.run(audit.LOCKED, cwd=DOCS.parent, capture_output=True, text=True, check=True, env=os.environ)
    assert "prefect==" in ended.stdout
    assert ended.stdout.count("--hash=sha256:") > ended.stdout.count("==")
