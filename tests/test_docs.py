"""What the documents say is so: generated pages are fresh, links lead somewhere, commands and variables exist."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.append(str(DOCS))

import generate  # noqa: E402 - beside the pages it writes
import page_commands  # noqa: E402

from deployments.cli_run import places  # noqa: E402

READMES = tuple(ROOT / name for name in generate.READMES)
WRITTEN = tuple(sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]))
CODE = tuple(path for folder in ("deployments", "flows", "models", "notifications", "tasks")
             for path in sorted((ROOT / folder).rglob("*.py")))  # fmt: skip
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"(?m)^#+ (.+)$")
CALL = re.compile(r"(?<![\w/.-])banli ((?:[a-z]+ ?)+)")
VARIABLE = re.compile(r"BANLI_[A-Z_]*[A-Z]")
PATH = re.compile(r"`((?:models|notifications|tasks|flows|deployments|examples|docs)/[\w./*-]*)`")


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def plain(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", generate.made(), ids=lambda path: path.name)
def test_generated_pages_are_what_the_product_says_now(path):
    assert plain(path) == generate.made()[path], "run make docs"


def test_generating_twice_gives_the_same():
    assert generate.made() == generate.made()


@pytest.mark.parametrize("path", WRITTEN, ids=names(WRITTEN))
def test_links_lead_somewhere(path):
    dead = []
    for link in LINK.findall(plain(path)):
        target, _, anchor = link.partition("#")
        if link.startswith(("http://", "https://")):
            continue
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (anchor and anchor not in map(str.lower, _anchors(file))):
            dead.append(link)
    assert not dead


def _anchors(file):
    return [re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in HEADING.findall(plain(file))]


@pytest.mark.parametrize("path", WRITTEN, ids=names(WRITTEN))
def test_paths_named_exist(path):
    assert not [found for found in PATH.findall(plain(path)) if not list(ROOT.glob(found.rstrip("/")))]


@pytest.mark.parametrize("path", READMES, ids=names(READMES))
def test_readmes_are_one_page(path):
    assert len(plain(path).splitlines()) <= 150


@pytest.mark.parametrize("path", WRITTEN, ids=names(WRITTEN))
def test_commands_named_exist(path):
    known = {words.removeprefix("banli ") for words, _ in page_commands.commands()}
    unknown = [said for said in _said_as_command(plain(path)) if not _is_command(said, known)]
    assert not unknown


def _said_as_command(text):
    """What stands as `banli …`, in a line of a code block or between backquotes."""
    blocks = re.findall(r"(?s)```(?:sh|console)\n(.*?)```", text)
    quoted = re.findall(r"`(banli [^`]+)`", text)
    return [match[1].strip() for part in [*blocks, *quoted] for match in CALL.finditer(part)]


def _is_command(said, known):
    words = said.split()
    return " ".join(words[:2]) in known or words[0] in known


@pytest.mark.parametrize("path", READMES, ids=names(READMES))
def test_readmes_show_what_make_run_prints(path):
    printed = places("http://127.0.0.1:4200/api", "http://127.0.0.1:8650")
    assert "\n".join(f"  {name}  {where}" for name, where in printed) in plain(path)


def test_both_readmes_show_the_same_pictures_and_commands():
    english, chinese = map(plain, READMES)
    for pattern in (r"\((docs/pictures/[^)]+)\)", r"(?m)^\$ (banli [^#\n]+)", r"`(BANLI_\w+)"):
        assert re.findall(pattern, english) == re.findall(pattern, chinese)


def test_every_picture_is_used_and_small():
    pages = (*READMES, *DOCS.glob("*.md"))
    links = {(path.parent / link).resolve() for path in pages for link in LINK.findall(plain(path))}
    used = {str(link.relative_to(ROOT)) for link in links if link.suffix == ".png"}
    there = {str(path.relative_to(ROOT)) for path in (DOCS / "pictures").glob("*.png")}
    assert used == there
    assert all((ROOT / picture).stat().st_size < 200_000 for picture in there)


def test_every_setting_the_code_reads_is_documented():
    read = {name for path in CODE for name in VARIABLE.findall(plain(path))}
    operations = plain(DOCS / "operations.md")
    assert read >= {"BANLI_HOME", "BANLI_SMTP_URL"}
    assert not [name for name in sorted(read) if name not in operations]


def test_every_setting_documented_is_read_by_the_code():
    said = {name for path in (*READMES, DOCS / "operations.md") for name in VARIABLE.findall(plain(path))}
    code = "\n".join(map(plain, CODE))
    prefix = "BANLI_NOTIFY_"
    unread = [n for n in sorted(said) if n not in code and n.removeprefix(prefix) not in code and f"{n}_" != prefix]
    assert not unread


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_decisions_are_short_and_complete(path):
    text = plain(path)
    assert len(text.splitlines()) <= 25
    assert HEADING.findall(text)[1:] == ["Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_test_that_the_threat_model_names_exists():
    named = set(re.findall(r"`(test_\w+)`", plain(DOCS / "security.md")))
    defined = {
        name
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for name in re.findall(r"(?m)^(?:async )?def (test_\w+)", plain(path))
    }
    assert len(named) > 20
    assert named <= defined
