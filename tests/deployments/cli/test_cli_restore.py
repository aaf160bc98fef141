"""`banli restore` and a second `banli up` leave a home alone that somebody runs."""

import json
import os

import pytest
from databases import ON_POSTGRES

from deployments.held import held
from deployments.up import running
from models.errors import UnavailableError


@pytest.fixture
def backup(banli, office, tmp_path, request):
    if ON_POSTGRES:
        request.getfixturevalue("tools")
    assert banli("backup", tmp_path / "copy").code == 0
    return tmp_path / "copy"


def contents(home):
    return sorted(str(file.relative_to(home)) for file in home.rglob("*"))


@pytest.mark.parametrize("told", [None, "http://127.0.0.1:8650"])
def test_restoring_over_a_running_office_is_refused_with_one_sentence(banli, office, backup, tmp_path, told):
    with held(office, "不会。"):
        if told:
            where = {"pid": os.getpid(), "api_url": "http://127.0.0.1:1/api", "web_url": told}
            (office.home / "running.json").write_text(json.dumps(where))
        before = contents(office.home)
        for words in ((), ("--replace",)):
            ended = banli("restore", backup, *words)
            expected = f"{office.home}：本数据目录已有 banli 在运行（{told or '正在启动'}）。请先停止它，再恢复。"
            assert ended.code == 3
            assert "".join(ended.err.split()) == "".join(expected.split())
            assert ended.out == ""
        assert contents(office.home) == before
        assert [one.name for one in tmp_path.iterdir() if one.name.startswith("home")] == ["home"]


@pytest.mark.sqlite
def test_a_home_left_by_a_killed_one_can_be_restored(banli, office, backup):
    with held(office, "不会。"):
        pass
    assert banli("restore", backup, "--replace").code == 0


def test_a_second_start_is_refused_before_anything_is_touched(office):
    with (
        held(office, "不会。"),
        pytest.raises(UnavailableError, match="已有 banli 在运行（正在启动）"),
        running(office),
    ):
        pass
    assert not (office.home / "logs").exists()
