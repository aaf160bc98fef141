"""How the command starts and ends: fast, with the right exit code, never with a traceback."""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
from importlib.metadata import version

import pytest
import typer
from databases import ON_POSTGRES, say

from deployments.cli import COMMANDS, make_app
from tasks.database import close

BANLI = [sys.executable, "-c", "from deployments.cli import main; main()"]


def started(*arguments, **environment):
    return subprocess.run(
        [*BANLI, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )


HEAVY = {
    "alembic", "apprise", "docx", "fastapi", "httpx", "jinja2", "lxml", "matplotlib", "models.actions",
    "models.forms", "models.proofreading.rules", "models.tables", "openpyxl.reader", "pandas", "prefect",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.orm", "sqlmodel", "typst", "urllib.request", "uvicorn",
}  # fmt: skip
"""What takes long to import; Prefect alone longer than all of `next` should."""


@pytest.mark.parametrize("arguments", [("--help",), ("next",), ("show", "1"), ("explain", "1"), ("lst",)])
def test_a_short_command_starts_without_what_it_does_not_need(office, arguments):
    code = f"import sys; from deployments.cli import run; run({arguments!r}); print(*sorted(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    loaded = set(ended.stdout.splitlines()[-1].split())
    assert loaded.isdisjoint(HEAVY - {"sqlalchemy.dialects.postgresql"} if ON_POSTGRES else HEAVY)
    assert ("sqlalchemy" in loaded) == (arguments[0] in {"next", "show", "explain"})
    groups = {name for name in loaded if name.removeprefix("deployments.") in COMMANDS}
    assert groups == {"deployments.cli_work"} or arguments[0] in {"--help", "lst"}


def at_its_end(told):
    """What this expression is when `banli next` has ended."""
    code = f"import atexit, gc, sys; atexit.register(lambda: print({told})); {BANLI[2]}"
    ended = subprocess.run([sys.executable, "-c", code, "next"], capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()[-1]


def test_python_does_not_look_through_everything_once_more_when_the_command_ends(office):
    assert int(at_its_end("gc.get_freeze_count()")) > 10_000


def test_installed_packages_are_not_asked_for_plugins(office, monkeypatch):
    monkeypatch.delenv("PYDANTIC_DISABLE_PLUGINS", raising=False)
    assert at_its_end("sys.modules['pydantic.plugin._loader']._plugins") == "None"


def test_no_pack_is_built_that_no_case_follows(office):
    built = "sorted(sys.modules['tasks.world'].packs()._built)"
    assert at_its_end(built) == str(["national_cppcc", "national_npc"])


@pytest.mark.sqlite
def test_a_command_that_ends_leaves_nothing_beside_the_database(office):
    close()
    assert started("next").returncode == 0
    assert [one.name for one in office.home.glob("banli.sqlite*")] == ["banli.sqlite"]


def test_a_command_is_found_in_the_module_that_adds_it():
    whole = typer.main.get_command(make_app()).commands
    assert sorted(whole) == sorted(name for names in COMMANDS.values() for name in names.split())
    for names in map(str.split, COMMANDS.values()):
        assert sorted(typer.main.get_command(make_app(names[0])).commands) == sorted(names)


@pytest.mark.parametrize("arguments", [("--version",), ("--version", "next")])
def test_the_version_is_the_package_s(home, arguments):
    ended = started(*arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"banli {version('banli')}\n", "")


def test_next_takes_less_than_importing_prefect(office):
    def seconds(command):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=os.environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    own = min(seconds([*BANLI, "next"]) for _ in range(3))
    assert own < min(seconds([sys.executable, "-c", "import prefect"]) for _ in range(3))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["next"], 3, "banli init"),
        (["nxt"], 2, "没有命令“nxt”。是不是“next”？用法见 banli --help。"),
        (["next", "--limt", "3"], 2, "没有选项“--limt”。是不是“--limit”？"),
        (["next", "--limit", "x"], 2, "--limit 要写整数"),
        (["next", "--limit", "-1"], 2, "--limit 不能小于 0"),
        (["next", "--agency"], 2, "选项 --agency 后面没有写值"),
        (["show"], 2, "缺少 案号"),
        (["show", "1", "2"], 2, "多出了“2”"),
        (["agencies", "lod"], 2, "没有命令“lod”"),
    ],
)
def test_exit_codes_and_sentences(home, arguments, code, words):
    ended = started(*arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_is_chinese_with_examples_everywhere(home):
    shown = started("--help").stdout
    names = re.findall(r"^│ ([a-z]+) ", shown, re.MULTILINE)
    assert {"init", "next", "do", "receive", "doctor", "up", "demo"} <= set(names)
    assert "Options" not in shown
    for name in ("next", "do", "receive", "export", "doctor"):
        page = started(name, "--help").stdout
        assert "例：" in page
        assert f"banli {name}" in page
        assert "显示这份说明" in page


def test_what_nobody_foresaw_is_one_sentence_and_a_log(office):
    say(office.database_url, "update cases set stage = '没有这个阶段'")
    ended = started("next", "--json")
    assert ended.returncode == 3
    assert len(ended.stderr.strip().splitlines()) == 1
    (log,) = (office.home / "logs").glob("error-*.log")
    assert str(log) in ended.stderr
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert '"error"' in ended.stdout


@pytest.mark.sqlite
@pytest.mark.parametrize("damage", [b"", b"not a database" * 500])
def test_a_database_that_is_none_is_told_in_a_sentence(office, damage):
    (office.home / "banli.sqlite").write_bytes(damage)
    for name in ("banli.sqlite-wal", "banli.sqlite-shm"):
        (office.home / name).unlink(missing_ok=True)
    ended = started("next")
    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(("arguments", "first"), [("show 0004 --json", "{"), ("", "\n"), ("--help", "\n")])
def test_a_reader_that_leaves_early_is_no_error(office, arguments, first):
    ended = subprocess.run(
        f'{sys.executable} -c "{BANLI[2]}" {arguments} | head -c 1 | tr " " "\\n"',
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ,
    )
    assert (ended.stdout, ended.stderr) == (first, "")


def press_ctrl_c(process):
    """As a person does: once more when nothing happens, for it may have come just before the command began to wait."""
    for _ in range(12):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return
    pytest.fail("Ctrl-C did not end it")


def test_ctrl_c_ends_with_130(office):
    pipe = office.home / "单位.csv"
    os.mkfifo(pipe)
    command = [*BANLI, "agencies", "load", str(pipe)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        with pipe.open("wb"):  # opens once the command reads, and gives it nothing to read
            press_ctrl_c(process)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert "已停止" in err
