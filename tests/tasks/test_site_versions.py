"""The site as versions: what is written in parts equals what is written at once, and nobody reads a half-written one."""

from __future__ import annotations

import errno
import os
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_site import BUILT_AT, OFFICE, case, content, source, write

from models.errors import UnavailableError
from models.vocabulary import PublicationMode
from tasks import site_search
from tasks.public_site import write_site
from tasks.site_versions import STORE

BODIES = ("正文。", "年内建成停车场三处。", "𠮷𠮷𠮷停车停车，ＡＢ。", "")
"""The last is not there at all."""


def cases(bodies: list[int]) -> list:
    """A case for each body, by its place."""
    made = [(no, BODIES[body]) for no, body in enumerate(bodies, 1) if BODIES[body]]
    return [
        case(no, body) if no % 5 else case(no, mode=PublicationMode.NONE, letter=None, taken_down_on=date(2026, 8, no))
        for no, body in made
    ]


@given(
    rounds=st.lists(st.lists(st.integers(0, len(BODIES) - 1), min_size=3, max_size=9), min_size=2, max_size=4),
    mended=st.sampled_from([0, 2, 100]),
    damage=st.integers(0, 1_000),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_writing_what_changed_gives_what_writing_everything_gives(
    tmp_path_factory, monkeypatch, rounds, mended, damage
):
    monkeypatch.setattr(site_search, "MENDED", mended)
    grown, whole = tmp_path_factory.mktemp("grown"), tmp_path_factory.mktemp("whole")
    for bodies in rounds:
        report = write(grown, cases(bodies))
        assert report.written + report.unchanged == len(content(grown))
        kept = [path for path in (grown / STORE).rglob("*") if path.is_file() and path.name != "lock"]
        sorted(kept)[damage % len(kept)].write_text("改坏")
        write(grown, cases(bodies))
    write(whole, cases(rounds[-1]))
    assert content(grown) == content(whole)


def test_only_sources_that_changed_are_read(tmp_path):
    every = [case(no) for no in range(1, 7)]
    write(tmp_path, every)
    every[3] = replace(every[3], title="关于改过名字的提案")
    given_source = source(every)
    asked: list[int] = []

    def pages(ids):
        asked.extend(ids)
        return given_source.pages(ids)

    before = content(tmp_path)
    where = {"office": OFFICE, "built_at": BUILT_AT, "base_url": "https://jyta.yunzhou.example"}
    report = write_site(tmp_path, replace(given_source, pages=pages), **where)
    differing = {name for name, said in content(tmp_path).items() if before.get(name) != said}
    assert asked == [every[3].place]
    assert report.written == len(differing)


def test_what_is_withdrawn_is_nowhere_on_the_disk(tmp_path):
    write(tmp_path, [case(1, "不该公开的一句话。"), case(2)])
    write(tmp_path, [case(1, taken_down_on=date(2026, 8, 1)), case(2)])
    said = [path for path in tmp_path.rglob("*") if path.is_file() and "不该公开" in path.read_text(errors="replace")]
    assert said == []


def test_a_site_of_plain_files_becomes_one_of_versions(tmp_path):
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "old.html").write_text("从前的页面")
    (tmp_path / "index.html").write_text("从前的首页")
    write(tmp_path, [case(1)])
    assert [path.stem for path in (tmp_path / "cases").iterdir()] == [case(1).slug]
    assert "从前" not in (tmp_path / "index.html").read_text()


class Stops:
    """Does something at the n-th change of a file below a folder, whichever step of the writing that is."""

    def __init__(self, folder: Path, at: int, what) -> None:
        self.folder, self.left, self.what = str(folder), at, what

    def __call__(self, event: str, given: tuple) -> None:
        if event not in {"open", "os.link", "os.rename", "os.symlink"} or self.what is None:
            return
        path = str(given[1] if event in {"os.link", "os.rename", "os.symlink"} else given[0])
        if not path.startswith(self.folder) or (event == "open" and not (given[2] & (os.O_WRONLY | os.O_RDWR))):
            return
        self.left -= 1
        if self.left == 0:
            what, self.what = self.what, None
            what()


REFUSED = 3
NAMED = 4


def ended(folder: Path, new: list, *, at: int, what) -> int:
    """Write in a process of its own, which meets something at its n-th step; how it ended."""
    child = os.fork()
    if child == 0:
        sys.addaudithook(Stops(folder, at, what))
        try:
            write(folder, new)
            os._exit(0)
        except UnavailableError as error:
            os._exit(REFUSED if "原有网站未被改动" in str(error) and "请检查磁盘空间" in str(error) else NAMED)
        finally:
            os._exit(NAMED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


OLD = [case(no) for no in range(1, 4)]
NEW = [case(1, "新的正文。"), case(2), case(4)]


def test_a_writer_killed_at_any_step_leaves_the_old_site_or_the_new_one(tmp_path):
    write(tmp_path / "whole", NEW)
    after = content(tmp_path / "whole")
    left = []
    how = -signal.SIGKILL
    while how == -signal.SIGKILL:
        step = 1 + 3 * len(left)
        folder = tmp_path / f"{step}"
        write(folder, OLD)
        before = content(folder)
        how = ended(folder, NEW, at=step, what=kill)
        left.append(content(folder))
        assert left[-1] in (before, after), f"killed at step {step}"
        write(folder, NEW)
        assert content(folder) == after
    assert how == 0  # more steps than there are
    assert before in left
    assert len(left) > 10


def test_a_disk_that_is_full_at_any_step_leaves_the_old_site(tmp_path):
    write(tmp_path, OLD)
    before = content(tmp_path)
    steps = 0
    while (how := ended(tmp_path, NEW, at=1 + 4 * steps, what=full)) == REFUSED:
        steps += 1
        assert content(tmp_path) == before, f"full at step {steps}"
    assert how == 0  # more steps than there are
    assert steps > 5
    assert {name for name in content(tmp_path) if name.startswith("cases/")} == {
        f"cases/{one.slug}.html" for one in NEW
    }
