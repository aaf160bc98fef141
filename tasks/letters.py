"""The reply letter as .docx in the letter format of GB/T 9704-2012, 党政机关公文格式 (section 10.1, 信函格式)."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from notifications.letters import LetterText, Line, clean_line, lines, opening
from tasks.atomic import write_bytes

BODY, TITLE, SMALL, HEAD = Pt(16), Pt(22), Pt(14), Pt(32)
PITCH: Final = Pt(28.95)
"""22 lines on 225 mm."""
RED: Final = RGBColor(0xD4, 0x00, 0x00)
CHARACTERS: Final = 28
"""Full-width characters on a line of 156 mm at 16 pt."""

FACES: Final = {
    "仿宋": "FangSong_GB2312,FangSong,STFangsong,Noto Serif CJK SC",
    "黑体": "SimHei,STHeiti,Noto Sans CJK SC",
    "楷体": "KaiTi_GB2312,KaiTi,STKaiti,Noto Serif CJK SC",
    "小标宋": "方正小标宋简体，FZXiaoBiaoSong-B05S,STZhongsong,Noto Serif CJK SC",
    "宋体": "SimSun,STSong,Noto Serif CJK SC",
}
"""The faces the standard asks for, and what stands in for each where it is not installed (written to fontTable)."""

_LEVEL_FACES: Final = {0: "仿宋", 1: "黑体", 2: "楷体", 3: "仿宋", 4: "仿宋"}
_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - neither .docx nor zip has a zone
_ZIP_EPOCH: Final = struct.pack("<HH", 0, (1 << 5) | 1)
"""1 January 1980, midnight, as MS-DOS writes it."""


def write_docx(letter: LetterText, path: Path) -> None:
    """Write the letter to `path`, whole or not at all; the same letter gives the same bytes.

    Raises: UnavailableError when the disk is full or not writable.
    """
    write_bytes(path, docx_bytes(letter))


def docx_bytes(letter: LetterText) -> bytes:
    """The letter as a .docx file."""
    document = Document()
    _set_page(document)
    _set_defaults(document)
    _set_properties(document, letter)
    _head(document, clean_line(letter.agency))
    for line in lines(letter):
        _WRITERS[line.role](document, line)
    _page_numbers(document.sections[0])
    _font_table(document)
    return _packed(document)


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    section.different_first_page_header_footer = True
    document.settings.odd_and_even_pages_header_footer = True


def _set_defaults(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.size = BODY
    _set_face(style.element.get_or_add_rPr(), "仿宋")
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH


def _set_properties(document: Any, letter: LetterText) -> None:
    """Dates come from the letter, so that writing it again gives the same file."""
    properties = document.core_properties
    at = datetime.combine(letter.letter_on, time()) if letter.letter_on else _EPOCH
    properties.created = properties.modified = at
    agency = clean_line(letter.agency)[:255]
    properties.title, properties.author, properties.last_modified_by = clean_line(letter.title)[:255], agency, agency
    properties.subject = clean_line(f"{letter.session} {letter.number}")[:255]
    properties.comments, properties.language, properties.revision = "", "zh-CN", 1


def _set_face(run_properties: Any, face: str) -> None:
    fonts = run_properties.get_or_add_rFonts()
    for slot in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(slot), face)


def _write(paragraph: Any, text: str, face: str = "仿宋", size: Any = BODY) -> Any:
    run = paragraph.add_run(text)
    run.font.size = size
    _set_face(run._r.get_or_add_rPr(), face)  # noqa: SLF001 - python-docx has no way to name an East Asian face
    return run


def _head(document: Any, agency: str) -> None:
    """版头: the agency's name in red and the upper double line; the lower one lies in the first page's footer."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    # A long name is set smaller rather than broken over two lines.
    size = Pt(min(HEAD.pt, 440 / max(len(agency), 1)))
    _write(paragraph, agency, "小标宋", size).font.color.rgb = RED
    _rule(paragraph, "bottom", "thickThinSmallGap")
    footer = document.sections[0].first_page_footer
    footer.is_linked_to_previous = False
    _rule(footer.paragraphs[0], "top", "thinThickSmallGap")


def _rule(paragraph: Any, side: str, form: str) -> None:
    borders = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:{side} w:val="{form}" w:sz="24" w:space="4" w:color="D40000"/></w:pBdr>'
    )
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001 - python-docx knows no borders
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _right(document: Any, line: Line) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _write(paragraph, line.text, "黑体" if line.role == "class" else "仿宋")


def _title(document: Any, line: Line) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    form = paragraph.paragraph_format
    form.space_before, form.space_after = PITCH, PITCH
    form.line_spacing, form.keep_with_next = Pt(32), True
    _write(paragraph, line.text, "小标宋", TITLE)


def _flush(document: Any, line: Line) -> None:
    _write(document.add_paragraph(), line.text)


def _body(document: Any, line: Line) -> None:
    """Indented by two characters; a numbered heading in its face, text behind it on the same line in 仿宋."""
    part = opening(line.text)
    paragraph = _indented(document)
    if part.heading:
        _write(paragraph, part.heading, _LEVEL_FACES[part.level])
        paragraph.paragraph_format.keep_with_next = not part.rest
    if part.rest:
        _write(paragraph, part.rest)


def _attachment(document: Any, line: Line) -> None:
    paragraph = _indented(document)
    if line.text.startswith("附件："):
        paragraph.paragraph_format.space_before = PITCH
    else:
        _indent(paragraph, first=5)
    _write(paragraph, line.text)


def _agency(document: Any, line: Line) -> None:
    """发文机关署名, its middle above the middle of the date, which ends four characters from the right (盖章)."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    form = paragraph.paragraph_format
    form.space_before, form.keep_with_next = Pt(PITCH.pt * 2), True
    date_width = 7
    from_right = max(0, min(10, 4 + (date_width - len(line.text)) // 2))
    _indent(paragraph, right=from_right)
    _write(paragraph, line.text)


def _date(document: Any, line: Line) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _indent(paragraph, right=4)
    _write(paragraph, line.text)


def _contact(document: Any, line: Line) -> None:
    paragraph = _indented(document)
    paragraph.paragraph_format.space_before = PITCH
    _write(paragraph, line.text)


def _copies(document: Any, line: Line) -> None:
    """版记: between two rules, 14 pt, one character in on either side."""
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before, form.left_indent, form.right_indent = PITCH, Pt(14), Pt(14)
    form.first_line_indent, form.left_indent = Pt(-42), Pt(56)
    _write(paragraph, line.text, size=SMALL)
    borders = "".join(f'<w:{side} w:val="single" w:sz="6" w:space="2" w:color="000000"/>' for side in ("top", "bottom"))
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001 - python-docx knows no borders
        parse_xml(f"<w:pBdr {nsdecls('w')}>{borders}</w:pBdr>"),
        "w:shd",
        "w:tabs",
        "w:spacing",
        "w:ind",
        "w:jc",
        "w:rPr",
    )


def _indented(document: Any) -> Any:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _indent(paragraph, first=2)
    return paragraph


def _indent(paragraph: Any, *, first: int = 0, right: int = 0) -> None:
    """Indents in characters, so that they follow the face; Word wants the points as well."""
    form = paragraph.paragraph_format
    form.first_line_indent, form.right_indent = Pt(16 * first), Pt(16 * right)
    indent = paragraph._p.pPr.ind  # noqa: SLF001 - python-docx has no indents in characters
    indent.set(qn("w:firstLineChars"), str(first * 100))
    indent.set(qn("w:rightChars"), str(right * 100))


def _page_numbers(section: Any) -> None:
    """`— 2 —` in 14 pt 宋体, odd pages right, even pages left, one character in; none on page 1."""
    for footer, alignment, right in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, True),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, False),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = alignment
        form = paragraph.paragraph_format
        form.left_indent, form.right_indent = (Pt(0), Pt(14)) if right else (Pt(14), Pt(0))
        _write(paragraph, "— ", "宋体", SMALL)
        run = _write(paragraph, "", "宋体", SMALL)
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            xml = (
                f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'
                if kind
                else f"<w:instrText {nsdecls('w')}>{text}</w:instrText>"
            )
            run._r.append(parse_xml(xml))  # noqa: SLF001 - python-docx knows no fields
        _write(paragraph, " —", "宋体", SMALL)


def _font_table(document: Any) -> None:
    """Name what stands in for a face that is not installed."""
    part = next(part for part in document.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    fonts = "".join(
        f'<w:font w:name="{face}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for face, others in FACES.items()
    )
    table = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'
    part._blob = table.encode()  # noqa: SLF001 - a part python-docx only carries along


def _packed(document: Any) -> bytes:
    """The package with every member's date set to the first a zip can hold; it else carries the minute of making."""
    packed = io.BytesIO()
    document.save(packed)
    with zipfile.ZipFile(packed) as members:
        starts, at = [info.header_offset for info in members.infolist()], members.start_dir
    content = bytearray(packed.getvalue())
    for start in starts:
        # Offsets of time and date, then of the three lengths: APPNOTE.TXT 4.3.7 (local) and 4.3.12 (central).
        content[start + 10 : start + 14] = content[at + 12 : at + 16] = _ZIP_EPOCH
        at += 46 + sum(struct.unpack_from("<3H", content, at + 28))
    return bytes(content)


_WRITERS: Final = {
    "class": _right,
    "document-number": _right,
    "title": _title,
    "salutation": _flush,
    "paragraph": _body,
    "attachment": _attachment,
    "agency": _agency,
    "date": _date,
    "contact": _contact,
    "copies": _copies,
}
