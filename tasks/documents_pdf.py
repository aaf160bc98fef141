"""A PDF becomes paragraphs (.pdf): its lines joined where they only ran out of paper. Scans have no text and are refused.

PDFium is not safe to use from several threads at once, so one file is read at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from threading import Lock
from typing import Any, Final

import pypdfium2  # type: ignore[import-untyped]  # ships no types
from pypdfium2 import raw

from models.errors import Fault, InputError

PAGES: Final = 100
"""A longer file is no letter."""
SCANNED_BELOW: Final = 20
"""A page with fewer characters on average holds a picture of text, not text."""
_SAVE_AS: Final = "请在 Word 或 WPS 中打开原稿，另存为 .docx 或 PDF 后再上传。"
_one_at_a_time: Final = Lock()


@dataclass(frozen=True, slots=True)
class _Row:
    """One printed line: its text, where it begins and ends, how wide its characters are (points)."""

    text: str
    left: float
    right: float
    width: float


def read_pdf(name: str, content: bytes) -> list[str]:
    """The paragraphs of a PDF.

    Raises: InputError when it is locked, broken, too long, carries scripts or other files, or has no text.
    """
    with _one_at_a_time, closing(_opened(name, content)) as document:
        try:
            rows = [list(_rows(document[number])) for number in range(len(document))]
        except pypdfium2.PdfiumError as error:  # a page inside may be broken where the whole is not
            raise InputError(Fault(name, "PDF 文件里有损坏的页，读不出来", _SAVE_AS)) from error
    letters = sum(len(row.text) for page in rows for row in page)
    if letters < SCANNED_BELOW * len(rows):
        raise InputError(
            Fault(name, "像是扫描件，里面没有可读的文字", "请上传文字稿（.docx、.txt 或由文档导出的 PDF）。")
        )
    return list(_paragraphs([row for page in rows for row in page if not _is_page_number(row.text)]))


def check_pdf(name: str, content: bytes) -> None:
    """Refuse what should not be kept or sent on. Raises: InputError, as above but for scans, which may be evidence."""
    with _one_at_a_time:
        _opened(name, content).close()


def _opened(name: str, content: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise InputError(Fault(name, "文件加了密码，打不开", "请取消密码后再上传。")) from None
        raise InputError(Fault(name, "PDF 文件已损坏，打不开", _SAVE_AS)) from None
    problem = _problem(document)
    if problem:
        document.close()
        raise InputError(Fault(name, *problem))
    return document


def _problem(document: pypdfium2.PdfDocument) -> tuple[str, str] | None:
    if not 0 < len(document) <= PAGES:
        return f"共{len(document)}页，不像一份正常的文稿", f"请核对文件，最多{PAGES}页。"
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        return "文件里有脚本，不能接收", _SAVE_AS
    if raw.FPDFDoc_GetAttachmentCount(document) > 0:
        return "文件里夹带了其他文件，不能接收", "请去掉附件后再上传。"
    return None


def _rows(page: Any) -> Iterator[_Row]:
    """The printed lines of a page in reading order."""
    text = page.get_textpage()
    row: list[tuple[str, float, float, float]] = []
    for at, sign in enumerate(text.get_text_range()):
        if sign in "\r\n":
            yield from _row(row)
            row = []
            continue
        left, bottom, right, top = text.get_charbox(at) if at < text.count_chars() else (0.0, 0.0, 0.0, 0.0)
        row.append((sign, left, right, top - bottom))
    yield from _row(row)


def _row(signs: list[tuple[str, float, float, float]]) -> Iterator[_Row]:
    printed = [one for one in signs if not one[0].isspace()]
    if printed:
        yield _Row(
            "".join(one[0] for one in signs).strip(),
            min(one[1] for one in printed),
            max(one[2] for one in printed),
            median(one[2] - one[1] for one in printed),
        )


def _paragraphs(rows: list[_Row]) -> Iterator[str]:
    """Lines joined: a new paragraph begins with an indented line, or after one that stops short of the margin."""
    if not rows:
        return
    margin, edge = min(row.left for row in rows), max(row.right for row in rows)
    said = rows[0].text
    for before, row in pairwise(rows):
        indented = row.left > margin + row.width
        short = before.right < edge - 2 * before.width
        if indented or short:
            yield said
            said = row.text
        else:
            said += row.text if not (said[-1].isascii() and row.text[0].isascii()) else f" {row.text}"
    yield said


def _is_page_number(text: str) -> bool:
    return text.strip("-—– \u3000").isdecimal()
