"""The house rules that a machine can hold: which way arrows run, who reads the clock, what is deployed."""

import ast
import re
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from flows.registry import FLOWS

ROOT = Path(__file__).parents[1]
PACKAGES = ("models", "notifications", "tasks", "flows", "deployments")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TABLES = {f"models/tables/{path.name}" for path in (ROOT / "models" / "tables").glob("[!_]*.py")}
RULES = [
    path
    for path in SOURCES
    if path.is_relative_to(ROOT / "models")
    and path.parent.name != "tables"
    and path.name not in {"columns.py", "schema.py"}
]
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
READS_THE_CLOCK = {
    "tasks/clock.py": "the one module that does",
    "deployments/cli_errors.py": "names a log file, where the office's moved clock would hide when it happened",
}


def modules(tree: ast.AST) -> set[str]:
    """Top-level packages a module imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def importers(*names: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if modules(ast.parse(path.read_text(encoding="utf-8"))) & set(names)
    }


def test_arrows_run_one_way():
    done = run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )


def test_prefect_is_used_where_order_and_place_are_decided():
    assert {path.partition("/")[0] for path in importers("prefect")} <= {"flows", "tasks", "deployments"}


def test_one_module_speaks_to_apprise():
    assert importers("apprise") == {"notifications/channels.py"}


def test_rules_know_no_database():
    found = importers("sqlalchemy", "sqlmodel")
    outside = {path for path in found if not path.startswith("tasks/")}
    assert {path for path in outside if path.startswith(("models/", "notifications/", "flows/"))} == {
        "models/columns.py", "models/schema.py", *TABLES,
    }  # fmt: skip


def test_only_what_declares_and_migrates_the_tables_loads_the_classes():
    """Building them takes longer than all the rest of `banli next`; statements use models/schema.py."""
    assert importers("sqlmodel") == {*TABLES, "deployments/migrations/env.py"}
    users = {str(path.relative_to(ROOT)) for path in SOURCES if "models.tables" in path.read_text(encoding="utf-8")}
    assert users - {*TABLES, "models/tables/__init__.py"} == {"deployments/migrations/env.py"}


def test_rules_import_nothing_but_the_standard_library_pydantic_and_pendulum():
    allowed = {"models", "pydantic", "pydantic_core", "pendulum", *sys.stdlib_module_names}
    strange = {path.name: modules(ast.parse(path.read_text(encoding="utf-8"))) - allowed for path in RULES}
    assert {name: found for name, found in strange.items() if found} == {}


def test_one_module_reads_the_clock():
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and (ast.unparse(node.value).rpartition(".")[2], node.attr) in CLOCK:
                found.add(str(path.relative_to(ROOT)))
    assert found == set(READS_THE_CLOCK)


def test_rules_neither_read_nor_write_files_and_never_wait():
    forbidden = {"open", "print", "input"}
    called = {
        (path.name, node.func.id)
        for path in RULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden
    }
    assert called == set()


def deployments() -> list[dict]:
    return yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


def test_every_flow_is_deployed_by_its_dotted_name():
    deployed = {}
    for one in deployments():
        module, _, function = one["entrypoint"].rpartition(".")
        assert not re.search(r"[/:]", one["entrypoint"]), "a path loads the module twice"
        flow = getattr(import_module(module), function)
        assert one["name"] == flow.name
        deployed[function] = flow
    assert deployed == FLOWS


def test_schedules_are_in_beijing_time():
    schedules = [schedule for one in deployments() for schedule in one.get("schedules", [])]
    assert schedules
    assert {schedule["timezone"] for schedule in schedules} == {"Asia/Shanghai"}
    slugs = Counter(schedule["slug"] for schedule in schedules)
    assert max(slugs.values()) == 1


def test_every_test_file_has_a_name_of_its_own():
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_no_file_grows_too_long_to_be_read_at_once():
    long = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    written = {
        "models/schema.py",
        "deployments/migrations/versions/0001_the_records.py",
    }
    assert {path: lines for path, lines in long.items() if lines > 300 and path not in written} == {}


def test_no_function_grows_too_long():
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in SOURCES
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    assert {name: lines for name, lines in long.items() if lines > 60} == {}


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "/wo" + "rk/", "sub" + "agent", "../sha" + "red"])
def test_nothing_speaks_of_the_workshop(word):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    texts = [
        ROOT / name
        for name in listed.decode().split("\0")
        if name.endswith((".py", ".md", ".toml", ".yaml", ".html", ".txt"))
    ]
    found = [
        path.name for path in texts if path.is_file() and word in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert [name for name in found if name != Path(__file__).name] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [("mypy",), ("ruff", "check", "--no-cache"), ("ruff", "format", "--check", "--no-cache")],
    ids=lambda command: " ".join(command[:2]),
)
def test_the_checkers_find_nothing(command):
    done = run("-m", *command)
    assert done.returncode == 0, done.stdout[-3000:]
