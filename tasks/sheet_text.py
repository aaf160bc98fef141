"""Tables in text files: .csv in the encodings and delimiters offices produce, and .json."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from models.errors import Fault, InputError
from tasks.sheet_tables import HEADER_WITHIN, Column, Grid, Row, Table, control_character, fold, tidy

MAX_FILE: Final = 512 * 1024 * 1024
"""Bytes of one text file; 10,000 proposals of 2,500 characters take some 80 MB."""
DELIMITERS: Final = (",", "\t", ";")
CHUNK: Final = 1 << 20
_ENOUGH: Final = 8
"""So many well-formed UTF-8 characters beyond ASCII never come about by chance in GB18030."""

_SIGNS: Final = frozenset("=+-@＝＋－＠")
_LEADING: Final = re.compile(r"^['\s]+")
csv.field_size_limit(64 * 1024 * 1024)  # the library's 128 KB would end in its own words, not in ours


def csv_grid(path: Path, columns: Sequence[Column]) -> Grid:
    """The rows of a .csv. Raises: InputError for a wrong encoding, now or while rows are read."""
    encoding = _encoding(path)
    known = {fold(name) for column in columns for name in (column.title, *column.aliases)}
    grid = Grid(path.name, iter(()))
    grid.rows = _records(path, encoding, delimiter=_delimiter(path, encoding, known), faults=grid.faults)
    return grid


def escaped(text: str) -> str:
    """A csv cell no spreadsheet program takes for a formula: an apostrophe goes before `=`, `+`, `-`, `@`.

    Spaces, tabs and line breaks before them do not help. Source: OWASP, CSV Injection.
    """
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    return _LEADING.sub("", text)[:1] in _SIGNS


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as the text of a .csv."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([escaped(cell) for cell in cells] for cells in rows)
    return text.getvalue()


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    return text[1:] if text[:1] == "'" and _is_formula(text) else text


def _records(path: Path, encoding: str, *, delimiter: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_without_nul(file, path), delimiter=delimiter, strict=True)
        number, line = 0, 0
        try:
            for number, cells in enumerate(reader, start=1):
                line = reader.line_num
                if any(cells):
                    for at, cell in enumerate(cells, start=1):
                        if cell.startswith("="):
                            what = f"第 {at} 列是公式「{cell[:30]}」"
                            faults.append(Fault(f"{path.name} 第 {number} 行", what, "请复制后选择性粘贴为数值。"))
                    yield number, [unescaped(cell) for cell in cells]
        except csv.Error as error:
            where = f"{path.name} 第 {number + 1} 行（文本第 {line + 1} 行起）"
            remedy = "请用 Excel 或 WPS 打开核对，另存为 CSV UTF-8。"
            raise InputError(Fault(where, "引号不成对，或引号后没有分隔符", remedy)) from error


def _without_nul(file: TextIO, path: Path) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if "\0" in line:
            what = "含有空字符（U+0000），不是文本表格"
            raise InputError(
                Fault(f"{path.name} 文本第 {number} 行", what, "请用 Excel 或 WPS 打开，另存为 CSV UTF-8。")
            )
        yield line


def _delimiter(path: Path, encoding: str, known: set[str]) -> str:
    """The delimiter under which the first rows show most known headings, or else most columns."""

    def fitness(delimiter: str) -> tuple[int, int]:
        with path.open(encoding=encoding, newline="") as file:
            head = [line for _, line in zip(range(HEADER_WITHIN), file, strict=False)]
        rows = list(csv.reader(head, delimiter=delimiter))
        hits = max((sum(1 for cell in cells if fold(cell) in known) for cells in rows), default=0)
        return hits, max((len(cells) for cells in rows), default=0)

    return max(DELIMITERS, key=fitness)


def _encoding(path: Path) -> str:
    """UTF-8, UTF-16 with its mark, or GB18030. Raises: InputError naming the first byte that fits neither."""
    if path.stat().st_size > MAX_FILE:
        raise InputError(Fault(path.name, f"文件超过 {MAX_FILE >> 20} MB", "请分成几个文件。"))
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _proven(path, "utf-16")
    marked = start.startswith(codecs.BOM_UTF8)
    at, beyond_ascii = _first_wrong_byte(path, "utf-8-sig")
    if at is None:
        return "utf-8-sig"
    if marked or beyond_ascii >= _ENOUGH:
        raise _wrong_encoding(path, "UTF-8", at)
    return _proven(path, "gb18030")


def _proven(path: Path, encoding: str) -> str:
    at, _ = _first_wrong_byte(path, encoding)
    if at is not None:
        raise _wrong_encoding(path, "UTF-8 和 GB18030" if encoding == "gb18030" else encoding.upper(), at)
    return encoding


def _first_wrong_byte(path: Path, encoding: str) -> tuple[int | None, int]:
    """Where decoding fails, counted in bytes from 0, and how many characters beyond ASCII were read before."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = beyond = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(encoding, errors="ignore")
                return done - held + error.start, beyond + sum(1 for char in good if char > "\x7f")
            beyond += 0 if text.isascii() else sum(1 for char in text if char > "\x7f") if beyond < _ENOUGH else 0
            done += len(chunk)
            if not chunk:
                return None, beyond


def _wrong_encoding(path: Path, names: str, at: int) -> InputError:
    with path.open("rb") as file:
        row = file.read(at).count(b"\n") + 1
        byte = file.read(1)
    found = f"0x{byte[0]:02X}" if byte else "文件在一个字的中间结束"
    what = f"编码不对：第 {at + 1} 个字节（{found}）不是有效的 {names} 文字"
    return InputError(Fault(f"{path.name} 文本第 {row} 行", what, "请用 Excel 或 WPS 打开，另存为 CSV UTF-8。"))


def json_table(path: Path, columns: Sequence[Column]) -> Table:
    """The objects of a .json: a list, one object, or a list under `proposals`. Raises: InputError."""
    known = {fold(name): column.title for column in columns for name in (column.title, *column.aliases)}
    faults: list[Fault] = []
    rows: list[Row] = []
    for number, item in enumerate(_objects(path), start=1):
        where = f"{path.name} 第 {number} 件"
        cells: dict[str, str] = {}
        for key, value in item.items():
            title = known.get(fold(key), key)
            text = _cell(value)
            if text is None:
                faults.append(Fault(f"{where}「{key}」", "应为文字、数字、是否或文字的列表", "请改正。"))
            elif known and title not in known.values():
                faults.append(
                    Fault(f"{where}", f"不认识的项「{key}」", f"可用的项：{'、'.join(c.title for c in columns)}。")
                )
            elif name := control_character(text):
                faults.append(Fault(f"{where}「{title}」", f"含有控制字符或乱码（{name}）", "请删去该字符。"))
            elif title in cells:
                faults.append(Fault(f"{where}「{title}」", "同一项写了两次", "请只保留一个。"))
            else:
                cells[title] = tidy(text)
        rows.append(Row(number, cells))
    titles = tuple(dict.fromkeys(title for row in rows for title in row.cells))
    return Table(path.name, titles, tuple(rows), tuple(faults), unit="件")


def _objects(path: Path) -> list[dict[str, Any]]:
    encoding = _encoding(path)
    try:
        found = json.loads(path.read_text(encoding=encoding), object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        where = f"{path.name} 第 {error.lineno} 行第 {error.colno} 列"
        raise InputError(Fault(where, "从这里起不是有效的 JSON", "请改正后重试。")) from error
    except _DoubledKeyError as error:
        raise InputError(Fault(path.name, f"「{error}」在同一对象里写了两次", "请只保留一个。")) from error
    except (RecursionError, ValueError) as error:
        raise InputError(Fault(path.name, "不是有效的 JSON：嵌套过深或数字过长", "请改正后重试。")) from error
    if isinstance(found, dict):
        found = found["proposals"] if isinstance(found.get("proposals"), list) else [found]
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        what = '应为对象的列表，或 {"proposals": [...]}'
        raise InputError(Fault(path.name, what, "请按此格式改正。"))
    return found


class _DoubledKeyError(Exception):
    """A key stands twice in one object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as a dict. Raises: _DoubledKeyError."""
    item = dict(pairs)
    if len(item) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _DoubledKeyError(next(key for key in keys if keys.count(key) > 1))
    return item


def _cell(value: Any) -> str | None:
    """A JSON value as the text a sheet would hold; None for what no cell can hold."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return value
        case int() | float():
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        case list() if all(isinstance(part, str) for part in value):
            return "\n".join(value)
        case _:
            return None
