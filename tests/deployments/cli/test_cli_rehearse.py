"""`banli rehearse`: a year in a throw-away database; the office's own is not touched."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

YEAR = ("--from", "2026-01-19", "--to", "2026-08-31", "--cases", "12", "--weekly")


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where temporary files of this test go, so that none can stay unseen."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_year_is_told_in_tables_chart_and_document(banli, home, scratch, tmp_path):
    chart = tmp_path / "演练.png"
    ended = banli("rehearse", *YEAR, "--chart", chart)
    assert (ended.code, ended.err) == (0, "")
    for words in ("12 件", "期限", "各单位", "每周", "信箱", "逾期办结", "一周收到通知最多的"):
        assert words in ended.out
    assert "未办成" not in ended.out
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert list(scratch.iterdir()) == []
    assert not (home / "banli.sqlite").exists()


def test_the_document_adds_up_and_a_seed_gives_the_same_year_again(banli, home):
    first = banli("rehearse", *YEAR, "--json", "--seed", "7").document
    assert first == banli("rehearse", *YEAR, "--json", "--seed", "7").document
    assert first != banli("rehearse", *YEAR, "--json", "--seed", "8").document
    assert first["refused"] == {}
    assert sum(first["by_stage"].values()) == 12
    assert sum(week["received"] for week in first["weeks"]) == 12
    notices = sum(first["by_channel"].values())
    assert sum(sum(week["notices"].values()) for week in first["weeks"]) == notices == sum(first["by_kind"].values())
    assert sum(week["messages"] for week in first["weeks"]) == first["messages"] <= notices
    reply = next(one for one in first["lateness"] if one["kind"] == "答复")
    assert reply["in_time"] > 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "2026-03-01", "--to", "2026-02-01"), "不晚于"),
        (("--from", "2026-01-01", "--to", "2029-01-01"), "一次演练一年左右"),
        (("--from", "2026-01-01", "--to", "2026-02-01", "--pack", "atlantis"), "没有规则包“atlantis”"),
        (("--from", "2026-01-01", "--to", "2026-02-01", "--chart", "/nirgends/x.png"), "目录不存在"),
        (("--from", "morgen", "--to", "2026-02-01"), "--from"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(banli, home, options, words):
    ended = banli("rehearse", *options)
    assert ended.code == 2
    assert words in ended.err


def test_ctrl_c_leaves_nothing_behind(home, scratch):
    command = (sys.executable, "-m", "deployments.cli", "rehearse", "--from", "2026-01-19", "--to", "2026-12-31")
    code = "import sys; from deployments.cli import main; sys.argv[0] = 'banli'; main()"
    environment = os.environ | {"TMPDIR": str(scratch)}
    with subprocess.Popen((sys.executable, "-c", code, *command[3:]), env=environment, stderr=subprocess.PIPE) as child:
        began = time.monotonic()
        while not list(Path(scratch).glob("banli-rehearsal-*/cases.sqlite")):
            assert time.monotonic() - began < 60
            assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 130
        assert "已停止" in child.stderr.read().decode()
    assert list(scratch.iterdir()) == []
