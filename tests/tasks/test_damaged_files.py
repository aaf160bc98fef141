"""Whatever a file holds, a reader ends with its content or with a sentence: never a traceback, never for minutes.

Real files are damaged at random, in their bytes and inside their archives. What once broke a reader is kept in
`tests/damaged/` and read first.
"""

import io
import resource
import time
import zipfile
from functools import cache
from pathlib import Path

import docx
import openpyxl
import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import BanliError
from models.workdays import parse_year
from tasks.documents import read_document
from tasks.documents_pdf import read_pdf
from tasks.policies import load_packs
from tasks.sheets import read_table

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "tests" / "damaged"
LONGEST_SECONDS, MOST_KB = 10, 400_000
TEXT = (ROOT / "tests" / "published" / "transport.txt").read_text("utf-8")


@cache
def seed(suffix: str) -> bytes:
    """A sound file of this kind."""
    made = io.BytesIO()
    rows = (ROOT / "examples" / "yunling" / "agencies.csv").read_text("utf-8-sig")
    if suffix == ".csv":
        return rows.encode()
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows.splitlines():
            book.active.append(row.split(","))
        book.save(made)
    elif suffix == ".docx":
        document = docx.Document()
        for line in TEXT.splitlines():
            document.add_paragraph(line)
        document.add_table(2, 2).cell(0, 0).text = "单位"
        document.save(made)
    elif suffix == ".pdf":
        return typst.compile(TEXT.encode())
    elif suffix == ".policy":
        return (ROOT / "examples" / "yunling" / "policies" / "yunling.toml").read_bytes()
    elif suffix == ".calendar":
        return (ROOT / "models" / "calendars" / "2026.toml").read_bytes()
    else:
        return TEXT.encode()
    return made.getvalue()


def read(path: Path) -> None:
    """The reader of this kind of file, whatever it says."""
    match path.suffix:
        case ".csv" | ".xlsx":
            read_table(path)
        case ".policy":
            folder = path.with_name("policies")
            folder.mkdir(exist_ok=True)
            (folder / "yunling.toml").write_bytes(path.read_bytes())
            load_packs(folder)
        case ".calendar":
            parse_year(path.read_bytes().decode("utf-8", "replace"), path.name)
        case ".pdf":
            read_pdf(path.name, path.read_bytes())
        case _:
            read_document(path)


def ends_well(path: Path) -> None:
    """Content, or a sentence that says what to do; soon."""
    began = time.monotonic()
    try:
        read(path)
    except BanliError as error:
        said = [str(fault) for fault in error.faults]
    else:
        said = ["。"]
    assert all(one.endswith("。") and "Traceback" not in one for one in said)
    assert time.monotonic() - began < LONGEST_SECONDS


def peak() -> int:
    """The most memory this process has had so far, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


spots = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6), st.integers(0, 8)), max_size=6)


def damaged(content: bytes, places: list[tuple[float, bytes, int]]) -> bytes:
    """Bytes taken out and put in at some places."""
    for share, put, gone in places:
        at = int(share * len(content))
        content = content[:at] + put + content[at + gone :]
    return content


def damaged_inside(content: bytes, which: int, places: list[tuple[float, bytes, int]]) -> bytes:
    """An archive that is whole, one of whose parts is damaged."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        for name in names:
            part = old.read(name)
            new.writestr(name, damaged(part, places) if name == names[which % len(names)] else part)
    return made.getvalue()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".docx", ".pdf", ".txt", ".html", ".policy", ".calendar"])
def test_a_damaged_file_ends_in_a_sentence(suffix, tmp_path):
    path = tmp_path / f"表{suffix}"
    path.write_bytes(seed(suffix))
    ends_well(path)
    before = peak()

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(spots, st.integers(0, 40), st.booleans())
    def try_one(places, which, inside):
        whole = seed(suffix)
        archive = inside and suffix in {".xlsx", ".docx"}
        path.write_bytes(damaged_inside(whole, which, places) if archive else damaged(whole, places))
        ends_well(path)

    try_one()
    assert peak() - before < MOST_KB


@pytest.mark.parametrize("path", sorted(KEPT.iterdir()), ids=lambda path: path.name)
def test_what_once_broke_a_reader_no_longer_does(path, tmp_path):
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    ends_well(copy)
