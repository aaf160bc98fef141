"""A single proposal in a document (.docx, .txt, .md): a head of `案号:…` lines or a two-column table, then the text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tasks.documents import Document, Line, read_document
from tasks.intake_columns import ADDRESS, COLUMNS, TEXT, TITLE
from tasks.intake_rows import Entry

HEAD_WITHIN: Final = 60
"""The head ends by this line at the latest."""
_TITLE_LENGTH: Final = 80
_NAMES: Final = {name: column.title for column in COLUMNS for name in (column.title, *column.aliases)}
_SEPARATOR: Final = r"\s*\*?\s*(?:[:\uff1a]|\t|\|)\s*"
_LABEL: Final = re.compile(
    rf"(?:^|(?<=[\s|\u3000]))(?P<name>{'|'.join(sorted(map(re.escape, _NAMES), key=len, reverse=True))}){_SEPARATOR}"
)
_SENTENCE_END: Final = ("。", "\uff1b", ";", "\uff0c", ",", "\uff1a", ":")


def document_entry(path: Path) -> Entry:
    """The proposal in a document, as a row of the sheet would hold it. Raises: InputError when it is unreadable."""
    document = read_document(path)
    cells, lines, rest, before = _split(document)
    rest = list(_without_blank_ends(rest))
    if TITLE.title not in cells:
        _take_title(cells, lines, rest, before, hint=document.title_hint)
    body = "\n".join([cells.get(TEXT.title, ""), *(line.text.rstrip() for line in rest)]).strip()
    if body:
        cells[TEXT.title] = body
    if rest:
        lines.setdefault(TEXT.title, rest[0].number)

    def place(title: str) -> str:
        number = lines.get(title)
        return f"{path.name}{f' 第 {number} 行' if number else ''}「{title}」"

    return Entry(cells, place)


def _split(document: Document) -> tuple[dict[str, str], dict[str, int], list[Line], list[Line]]:
    """The head's cells and where each stands, the lines after it, and those above it."""
    cells: dict[str, str] = {}
    numbers: dict[str, int] = {}
    before: list[Line] = []
    for at, line in enumerate(document.lines):
        labels = list(_LABEL.finditer(line.text.strip()))
        if not line.text.strip():
            continue
        if not labels or labels[0].start() > 0 or at >= HEAD_WITHIN:
            if cells or at >= HEAD_WITHIN:
                return cells, numbers, list(document.lines[at:]), before
            before.append(line)
            continue
        for title, text in _labelled(line.text.strip(), labels):
            cells[title] = text
            numbers[title] = line.number
        if TEXT.title in cells:
            return cells, numbers, list(document.lines[at + 1 :]), before
    return cells, numbers, [] if cells else before, [] if cells else before[:1]


def _labelled(text: str, labels: list[re.Match[str]]) -> list[tuple[str, str]]:
    """What each label of a line says. An address or the text itself runs to the end of the line."""
    found: list[tuple[str, str]] = []
    for at, label in enumerate(labels):
        title = _NAMES[label["name"]]
        end = labels[at + 1].start() if at + 1 < len(labels) and title not in {TEXT.title, ADDRESS.title} else len(text)
        found.append((title, text[label.end() : end].strip(" \t|\u3000")))
        if end == len(text):
            break
    return found


def _take_title(
    cells: dict[str, str], numbers: dict[str, int], rest: list[Line], before: list[Line], *, hint: str
) -> None:
    """The first heading: above the head, or the short line its text begins with."""
    heading = next(iter(before), None)
    if heading is None and rest and _is_heading(rest[0].text) and len(rest) > 1:
        heading = rest.pop(0)
    elif heading is not None and rest and rest[0] == heading:
        rest.pop(0)
    if heading is not None:
        cells[TITLE.title], numbers[TITLE.title] = heading.text.strip(), heading.number
    elif hint:
        cells[TITLE.title] = hint


def _is_heading(text: str) -> bool:
    plain = text.strip()
    return 0 < len(plain) <= _TITLE_LENGTH and not plain.endswith(_SENTENCE_END)


def _without_blank_ends(lines: list[Line]) -> list[Line]:
    filled = [at for at, line in enumerate(lines) if line.text.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []
