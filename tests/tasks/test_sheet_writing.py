"""Tables written come back as they were, and no spreadsheet program runs or rewrites a cell."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from models.errors import InputError
from notifications.feeds import safe_cell
from tasks.sheet_text import csv_text, unescaped
from tasks.sheets import Column, Note, read_table, write_table

COLUMNS = (Column("案号"), Column("案由", required=True), Column("类型", choices=("政协提案", "建议案")))
DANGEROUS = ["=1+1", "+86", "-5", "@SUM(A1)", "'=x", "00512", "＝1+1"]
HIDDEN = ["\t=1+1", " =1", "\r\n@x", "\u3000-1", "' =x"]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_is_written_is_text_and_comes_back_unchanged(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    write_table(path, COLUMNS, [{"案由": text, "案号": str(n)} for n, text in enumerate(DANGEROUS)])
    assert [row["案由"] for row in read_table(path, columns=COLUMNS).rows] == DANGEROUS
    if ending == "csv":
        assert "\n0,=" not in path.read_text(encoding="utf-8-sig")
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", [*DANGEROUS[:5], *HIDDEN])
def test_no_csv_we_write_begins_a_cell_with_a_formula(text):
    ((cell, title),) = csv.reader(io.StringIO(csv_text([["1", text]]), newline=""))
    assert (cell, title) == ("1", f"'{text}")
    assert unescaped(title) == text
    assert safe_cell(text) == (text if text.startswith("'") else f"'{text}")  # the public site's


def test_only_the_two_that_escape_write_csv():
    code = Path(__file__).parents[2]
    folders = ("models", "notifications", "tasks", "flows", "deployments")
    files = [file for folder in folders for file in (code / folder).rglob("*.py")]
    writers = {file.name for file in files if re.search(r"csv\.(Dict)?[Ww]riter|to_csv", file.read_text("utf-8"))}
    assert writers == {"sheet_text.py", "feeds.py"}


def test_the_workbook_helps_to_fill_it_in(tmp_path):
    path = tmp_path / "a.xlsx"
    write_table(path, COLUMNS, [{"案由": "=1"}], title="登记", notes=[Note("填写说明", (Column("列"),), (("案由",),))])
    book = load_workbook(path)
    sheet = book["登记"]
    assert book.sheetnames == ["登记", "填写说明"]
    assert sheet.freeze_panes == "A2"
    assert sheet["B1"].value == "案由*"
    assert sheet["A2"].number_format == "@"
    assert sheet["B2"].data_type == "s"
    (rule,) = sheet.data_validations.dataValidation
    assert rule.formula1 == '"政协提案,建议案"'
    assert "C2" in rule.sqref


def test_a_cell_too_long_for_a_workbook_and_a_foreign_ending_are_refused(tmp_path):
    with pytest.raises(InputError, match="32,767"):
        write_table(tmp_path / "a.xlsx", COLUMNS, [{"案由": "字" * 40_000}])
    with pytest.raises(InputError, match="不能写成"):
        write_table(tmp_path / "a.ods", COLUMNS, [])
    assert not list(tmp_path.iterdir())


ODD = st.text(
    st.one_of(
        st.sampled_from("\"',;\t\n=+-@ ，、𠮷　"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd\ufffe\uffff"),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.lists(st.tuples(ODD, ODD), min_size=1, max_size=5))
def test_csv_keeps_every_odd_character(tmp_path, rows):
    path = tmp_path / "odd.csv"
    write_table(path, COLUMNS, [{"案号": number, "案由": text} for number, text in rows])
    read = [(row["案号"], row["案由"]) for row in read_table(path, columns=COLUMNS).rows]
    blank = " \t\n\u3000\xa0\ufeff"
    stripped = [(number.strip(blank), text.strip(blank)) for number, text in rows]
    assert read == [pair for pair in stripped if any(pair)]
