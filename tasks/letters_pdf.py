"""The letter as PDF/A-2u in the letter format of GB/T 9704-2012, set by Typst from `templates/letters/letter.typ`.

Every font is embedded and every character is told from its glyph (ISO 19005-2, level U): what is signed can be read
back from the file. A character no installed font has is an error that names it, never an empty box.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from models.errors import Fault, InputError, PolicyError
from notifications.letter_forms import LetterForm
from notifications.letters import LetterText, Line, clean_line, lines, opening
from notifications.rendering import TEMPLATES
from notifications.seals import seal_of
from tasks.atomic import write_bytes
from tasks.fonts import faces, installed

TEMPLATE: Final = TEMPLATES / "letters" / "letter.typ"
STANDARD: Final = "a-2u"
LARGEST_BYTES: Final = 1 << 20
"""A template longer than this is none."""

_DIRECTIONS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NO_GLYPH: Final = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_PLACE: Final = re.compile(r"(?P<file>[^\s│┌─]+\.typ):(?P<line>\d+):(?P<column>\d+)")
_UNKNOWN: Final = re.compile(r"unknown variable: (?P<name>\S+)|does not contain key \"(?P<key>[^\"]+)\"")
_EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC)
_ONE_AT_A_TIME: Final = Lock()
"""One compiler serves all threads of a process; what it has set once it does not set again."""


def write_pdf(letter: LetterText, path: Path, *, form: LetterForm | None = None, template: Path = TEMPLATE) -> None:
    """Write the letter to `path`, whole or not at all; the same letter gives the same bytes.

    Raises: UnavailableError when the disk is full or no Chinese font is installed; InputError for a character no
    font has; PolicyError for a template that does not work.
    """
    write_bytes(path, pdf_bytes(letter, form=form, template=template))


def pdf_bytes(letter: LetterText, *, form: LetterForm | None = None, template: Path = TEMPLATE) -> bytes:
    """The letter as a PDF file, with the questionnaire (征询意见表) behind it if there is one."""
    import typst  # noqa: PLC0415 - 80 MB that only a PDF needs

    said = json.dumps(_said(letter, form), ensure_ascii=False)
    at = datetime.combine(letter.letter_on, time(), UTC) if letter.letter_on else _EPOCH
    try:
        with _ONE_AT_A_TIME:
            made: bytes = _compiler(template.parent).compile(
                template, sys_inputs={"letter": said}, pdf_standards=STANDARD, timestamp=at
            )
    except typst.TypstError as error:
        raise _told(error, letter, template) from error
    return made


def printed(letter: LetterText) -> tuple[Line, ...]:
    """The lines as they are set: marks of writing direction are left out, a letter runs from left to right."""
    return tuple(Line(line.role, _DIRECTIONS.sub("", line.text)) for line in lines(letter))


@cache
def _compiler(root: Path) -> Any:
    """Kept as long as the process: fonts are read once, and what has not changed is not set again."""
    import typst  # noqa: PLC0415 - 80 MB that only a PDF needs

    return typst.Compiler(root=root, font_paths=installed(), ignore_system_fonts=True)


def _said(letter: LetterText, form: LetterForm | None) -> dict[str, Any]:
    """What the template is given; texts are values there, never code."""
    by_role: dict[str, list[str]] = {}
    for line in printed(letter):
        by_role.setdefault(line.role, []).append(line.text)

    def only(role: str) -> str | None:
        return by_role.get(role, [None])[0]

    parts = [opening(text) for text in by_role.get("paragraph", [])]
    return {
        "seal": seal_of(letter),
        "agency": clean_line(letter.agency),
        "class-mark": only("class"),
        "document-number": only("document-number"),
        "title": only("title") or "",
        "salutation": only("salutation") or "",
        "paragraphs": [{"level": part.level, "heading": part.heading, "rest": part.rest} for part in parts],
        "attachments": by_role.get("attachment", []),
        "signed-by": only("agency") or "",
        "date": only("date") or "",
        "contact": only("contact"),
        "copies": only("copies"),
        "form": form and form.as_data(),
        "faces": {name: face.chain for name, face in faces().items()},
    }


def _told(error: Any, letter: LetterText, template: Path) -> InputError | PolicyError:
    """What Typst found, in words that say what to do."""
    glyph = _NO_GLYPH.search(error.message)
    if glyph:
        return InputError(_missing(_ESCAPE.sub(lambda code: chr(int(code[1], 16)), glyph["text"]), letter))
    place = _PLACE.search(error.diagnostic)
    where = f"{template}" + (f" 第{place['line']}行第{int(place['column']) + 1}列" if place else "")
    unknown = _UNKNOWN.search(error.message)
    if unknown:
        what = f"模板里有不认识的变量 {unknown['name'] or unknown['key']}"
        return PolicyError(Fault(where, what, "可用的变量写在随附模板 letter.typ 的开头，请改正后重试。"))
    hint = f"（{error.hints[0]}）" if error.hints else ""
    return PolicyError(Fault(where, f"模板不能用：{error.message}{hint}", "请对照随附的模板 letter.typ 改正后重试。"))


def _missing(text: str, letter: LetterText) -> Fault:
    """Name the characters no font has, and the line they stand in."""
    signs = "、".join(f"“{sign}”（U+{ord(sign):04X}）" for sign in dict.fromkeys(text))
    line = next((line for line in printed(letter) if text in line.text), None)
    where = f"函件“{line.text[:20]}”" if line else "函件"
    return Fault(where, f"本机没有字体能印出{signs}", "请换用通用字符，或安装收有这个字的字体（如 HanaMin）后重试。")
