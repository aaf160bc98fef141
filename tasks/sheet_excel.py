"""Tables in .xlsx workbooks.

The archive is gone through once before the fast reader opens it: that finds formulas with their cells, proves every
part whole, keeps a bomb from going off, and knows how far the content reaches, so that empty rows cost nothing.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any, Final

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from models.errors import Fault, InputError
from tasks.sheet_tables import MAX_ROWS, NOTE_TITLE, Grid

MAX_UNPACKED: Final = 768 * 1024 * 1024
"""Bytes of all parts together; 10,000 proposals of 2,500 characters take some 80 MB, a million formatted but empty
rows of 15 columns some 350 MB."""
MAX_CELLS: Final = 4_000_000
"""Cells of the rectangle the content spans."""
MAX_NAMED: Final = 50
"""Formula cells named one by one; whoever has more need not read them all."""
_CHUNK: Final = 1 << 20
_OLE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_MARK: Final = re.compile(rb"<(?:\w+:)?(?:(?P<f>f)|v|is)[ />]")
_ERROR: Final = b' t="e"'
_REF: Final = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')
_PASTE: Final = "请复制后选择性粘贴为数值。"
_AGAIN: Final = "请用 Excel 或 WPS 打开，另存为 .xlsx 后重试。"
_BROKEN: Final = (CalamineError, zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, EOFError, KeyError, ValueError,
                  NotImplementedError, RuntimeError, OSError)  # fmt: skip


@dataclass(slots=True)
class _Extent:
    """How far a sheet's content reaches, and what stands in it that is no plain value."""

    rows: int = 0
    columns: int = 0
    farthest: str = ""
    formulas: list[tuple[str, bool]] = field(default_factory=list)
    formula_count: int = 0

    def take(self, name: str, *, is_formula: bool) -> None:
        """Note a formula, or an error value."""
        self.formula_count += 1
        if self.formula_count <= MAX_NAMED:
            self.formulas.append((name, is_formula))


def excel_grids(path: Path, sheet: str | None = None) -> Iterator[Grid]:
    """The worksheets of a workbook (or the one named), in order. Raises: InputError when it cannot be read."""
    try:
        _prove(path)
        parts = _parts(path)
        if sheet is not None and sheet not in parts:
            raise InputError(Fault(path.name, f"没有工作表「{sheet}」", f"现有：{'、'.join(parts)}。"))
        with CalamineWorkbook.from_path(str(path)) as book:
            for name, part in parts.items():
                if sheet == name or (sheet is None and (name != NOTE_TITLE or len(parts) == 1)):
                    label = path.name if len(parts) == 1 else f"{path.name}[{name}]"
                    extent = _extent(path, part)
                    _check_extent(label, extent)
                    content = book.get_sheet_by_name(name).iter_rows()  # parsed here, where a broken part is noticed
                    yield Grid(label, _rows(content), list(_cell_faults(label, extent)))
    except PasswordError as error:
        raise _locked(path) from error
    except _BROKEN as error:
        raise InputError(Fault(path.name, "工作簿已损坏或不完整", _AGAIN)) from error


def _prove(path: Path) -> None:
    """Go through every part once: sizes, checksums. Raises: InputError."""
    with path.open("rb") as file:
        start = file.read(8)
        if start == _OLE:
            raise _locked(path) if "EncryptedPackage".encode("utf-16-le") in file.read(1 << 26) else _old(path)
    if not zipfile.is_zipfile(path):
        what = "文件不完整，没有传完或没有存完" if start.startswith(b"PK") else "内容不是 Excel 工作簿"
        raise InputError(Fault(path.name, what, _AGAIN))
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
            what = f"工作簿展开后超过 {MAX_UNPACKED >> 20} MB"
            raise InputError(Fault(path.name, what, "请新建一个工作簿，只复制有内容的行；或分成几个文件。"))
        if (wrong := archive.testzip()) is not None:
            raise InputError(Fault(path.name, f"工作簿已损坏（{wrong} 校验不符）", _AGAIN))


def _locked(path: Path) -> InputError:
    return InputError(Fault(path.name, "工作簿设有打开密码", "请在 Excel 或 WPS 中取消密码，另存后重试。"))


def _old(path: Path) -> InputError:
    return InputError(Fault(path.name, "是旧格式（.xls 等）", "请用 Excel 或 WPS 打开，另存为 .xlsx。"))


def _parts(path: Path) -> dict[str, str]:
    """Sheet names and the archive part each is in, in the workbook's order; chart sheets left out."""
    with zipfile.ZipFile(path) as archive:
        targets = {link.get("Id"): link for link in _xml(archive, "xl/_rels/workbook.xml.rels").iter("{*}Relationship")}
        parts: dict[str, str] = {}
        for sheet in _xml(archive, "xl/workbook.xml").iter("{*}sheet"):
            link_id = next((value for key, value in sheet.attrib.items() if str(key).endswith("}id")), "")
            link = targets[str(link_id)]
            if str(link.get("Type")).endswith("/worksheet"):
                target = str(link.get("Target"))
                parts[str(sheet.get("name"))] = target[1:] if target.startswith("/") else f"xl/{target}"
    return parts


def _xml(archive: zipfile.ZipFile, part: str) -> etree._Element:
    return etree.fromstring(archive.read(part), etree.XMLParser(resolve_entities=False, no_network=True))


def _extent(path: Path, part: str) -> _Extent:
    extent = _Extent()
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        for text in _pieces(stream):
            _take_in(text, extent)
    return extent


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """The XML in pieces that never part a cell's beginning from its value."""
    held = b""
    while chunk := stream.read(_CHUNK):
        text = held + chunk
        cut = max(text.rfind(b"<c "), text.rfind(b":c "))
        cut = len(text) - 256 if cut <= 0 else cut
        yield text[:cut]
        held = text[cut:]
    yield held


def _take_in(text: bytes, extent: _Extent) -> None:
    for mark in _MARK.finditer(text):
        row, column, name = _cell_before(text, mark.start())
        if row > extent.rows or column > extent.columns:
            extent.rows, extent.columns = max(row, extent.rows), max(column, extent.columns)
            extent.farthest = name
        if mark["f"]:
            extent.take(name, is_formula=True)
    if _ERROR in text:
        for mark in re.finditer(_ERROR, text):
            extent.take(_cell_before(text, mark.end())[2], is_formula=False)


def _cell_before(text: bytes, at: int) -> tuple[int, int, str]:
    """Row, column and name of the cell that begins last before `at`; zeros where the file leaves names out."""
    begin = text.rfind(b' r="', 0, at)
    ref = _REF.match(text, begin) if begin >= 0 else None
    return (int(ref[2]), _column_number(ref[1]), (ref[1] + ref[2]).decode()) if ref else (0, 0, "（位置不明）")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_extent(label: str, extent: _Extent) -> None:
    """Raises: InputError when content is scattered so far that the sheet cannot be one table."""
    if extent.rows > MAX_ROWS + 10 or extent.rows * extent.columns > MAX_CELLS:
        what = f"内容一直散到 {extent.farthest} 单元格，超过 {MAX_ROWS:,} 行或 {MAX_CELLS:,} 格"
        raise InputError(Fault(label, what, "请删去表格以外的零散内容，或分成几个文件。"))


def _cell_faults(label: str, extent: _Extent) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, is_formula in extent.formulas:
        if name not in seen:
            seen.add(name)
            yield Fault(f"{label} 单元格 {name}", "是公式" if is_formula else "是错误值（如 #N/A）", _PASTE)
    if extent.formula_count > MAX_NAMED:
        yield Fault(label, f"共有 {extent.formula_count:,} 个公式或错误值，其余未逐一列出", f"请全选，{_PASTE[1:]}")


def _rows(content: Iterable[list[Any]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(content, start=1):
        texts = [cell if isinstance(cell, str) else cell_text(cell) for cell in cells]
        if any(texts):
            yield number, texts


def cell_text(value: Any) -> str:
    """A cell's value as a clerk would write it: whole numbers without a point, dates as 2026-01-20."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case date() | time() | timedelta() | int() | float() | str():
            return str(value)
        case _:
            raise ValueError(f"无法识别的单元格内容 {value!r}")
