"""The reply letter as .docx: an office's own template or the built-in one, filled with one letter's lines."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from notifications.letter_forms import LetterForm
from notifications.letters import LetterText, Line, Opening, clean_line, lines, opening
from notifications.seals import seal_of
from tasks.atomic import write_bytes
from tasks.letters_builtin import template_bytes
from tasks.letters_form import form_xml
from tasks.letters_template import LINES, Block, DocxTemplate, Part, compile_template, load, member

_HEADING_NAMES: Final = ("", "一级标题", "二级标题", "三级标题", "四级标题")
_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - a .docx has no zone
_FAST: Final = 1
"""zlib's level: the letter is small, the time is not."""


def write_docx(letter: LetterText, path: Path, *, form: LetterForm | None = None, template: Path | None = None) -> None:
    """Write the letter to `path`, whole or not at all; the same letter gives the same bytes.

    Raises: UnavailableError when the disk is full or not writable; InputError, PolicyError for a bad template.
    """
    write_bytes(path, docx_bytes(letter, form=form, template=template))


def docx_bytes(letter: LetterText, *, form: LetterForm | None = None, template: Path | None = None) -> bytes:
    """The letter as a .docx file, with the questionnaire (征询意见表) behind it if there is one."""
    return filled(_builtin() if template is None else _own(template, template.stat().st_mtime_ns), letter, form)


def filled(found: DocxTemplate, letter: LetterText, form: LetterForm | None = None) -> bytes:
    """The letter in this template."""
    said = lines(letter)
    by_name = _by_name(letter, said)
    body = [opening(line.text) for line in said if line.role == "paragraph"]
    packed = io.BytesIO()
    packed.write(found.package)
    with zipfile.ZipFile(packed, "a", compresslevel=_FAST) as package:
        for part in found.parts:
            package.writestr(member(part.name), _xml(part, found, by_name, body, form), compresslevel=_FAST)
        package.writestr(member("docProps/core.xml"), _properties(letter))
    return packed.getvalue()


@cache
def _builtin() -> DocxTemplate:
    return compile_template(template_bytes(), "随附模板")


@cache
def _own(path: Path, changed_ns: int) -> DocxTemplate:  # noqa: ARG001 - read again when the file has changed
    return load(path)


def _by_name(letter: LetterText, said: tuple[Line, ...]) -> dict[str, list[str]]:
    """The letter's lines by the name a template calls them."""
    names = {role: name for name, role in LINES.items()}
    found: dict[str, list[str]] = {"机关": [clean_line(letter.agency)]}
    for line in said:
        if line.role in names:
            found.setdefault(names[line.role], []).append(line.text)
    return found


def _xml(
    part: Part, found: DocxTemplate, by_name: dict[str, list[str]], body: list[Opening], form: LetterForm | None
) -> str:
    """One part of the package with every block printed as often as the letter has lines for it."""
    apart = any("续附件" in block.names for block in part.blocks)
    made, waiting = [part.fixed[0]], body
    for block, behind in zip(part.blocks, part.fixed[1:], strict=True):
        if "正文" in block.names:
            made += _paragraphs(waiting, found)
            waiting = []
        else:
            made += _printed(block, by_name, apart=apart)
        made.append(behind)
    xml = "".join(made)
    if form is not None and part.name == "word/document.xml":
        at = xml.rindex("<w:sectPr")
        xml = xml[:at] + form_xml(form) + xml[at:]
    return xml


def _paragraphs(body: list[Opening], found: DocxTemplate) -> Iterator[str]:
    """The text; a level the template has no example for looks like plain text."""
    for part in body:
        level = part.level if part.level in found.levels else 0
        said = {"正文": part.rest, _HEADING_NAMES[level]: part.heading} if level else {"正文": part.heading + part.rest}
        xml = found.levels[level].filled(said)
        yield xml.replace("<w:keepNext/>", "") if part.rest else xml  # a heading alone stays with what follows


def _printed(block: Block, by_name: dict[str, list[str]], *, apart: bool) -> Iterator[str]:
    """A block's lines; several attachments look apart where the template shows how."""
    names = [name for name in block.names if name != "机关"]
    own = {"机关": by_name["机关"][0]}
    if not names:
        yield block.pieces.filled(own)
        return
    said = [_said(name, by_name, apart=apart) for name in names]
    count = max(map(len, said))
    for row in range(count):
        yield block.pieces.filled(
            own | {name: texts[row] for name, texts in zip(names, said, strict=True) if row < len(texts)}
        )
    if not count and block.stays:
        yield block.pieces.filled(own)


def _said(name: str, by_name: dict[str, list[str]], *, apart: bool) -> list[str]:
    match name:
        case "附件":
            return by_name.get("附件", [])[: 1 if apart else None]
        case "续附件":
            return by_name.get("附件", [])[1:]
        case _:
            return by_name.get(name, [])


def _properties(letter: LetterText) -> str:
    """docProps/core.xml. Dates come from the letter, so that writing it again gives the same file."""
    at = datetime.combine(letter.letter_on, time()) if letter.letter_on else _EPOCH
    title, agency = (escape(clean_line(text)[:255]) for text in (letter.title, letter.agency))
    subject = escape(clean_line(f"{letter.session} {letter.number}")[:255])
    dated = "".join(
        f'<dcterms:{what} xsi:type="dcterms:W3CDTF">{at:%Y-%m-%dT%H:%M:%S}Z</dcterms:{what}>'
        for what in ("created", "modified")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties '
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject><dc:creator>{agency}</dc:creator>"
        f"<cp:lastModifiedBy>{agency}</cp:lastModifiedBy><dc:language>zh-CN</dc:language>"
        f"<cp:keywords>{seal_of(letter)}</cp:keywords>"
        f"<cp:revision>1</cp:revision>{dated}</cp:coreProperties>"
    )
