"""The built-in .docx template: the letter format of GB/T 9704-2012, 党政机关公文格式 (section 10.1, 信函格式).

An office that wants its own takes this one (`banli letter-template export`), changes it in Word and keeps it in its home.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from tasks.fonts import STAND_INS, WANTED

BODY, TITLE, SMALL, HEAD = Pt(16), Pt(22), Pt(14), Pt(32)
PITCH: Final = Pt(28.95)
"""22 lines on 225 mm."""
CHARACTER_SPACE: Final = -848
"""28 characters of 16 pt on 156 mm, in 4096ths of a point."""
RED: Final = RGBColor(0xD4, 0x00, 0x00)
_LEVELS: Final = (("一级标题", "黑体"), ("二级标题", "楷体"), ("三级标题", "仿宋"), ("四级标题", "仿宋"))


@cache
def template_bytes() -> bytes:
    """The built-in template as a .docx file."""
    document = Document()
    _set_page(document)
    _set_defaults(document)
    _head(document.sections[0])
    _right(document, "{{文号}}")
    _title(document)
    _write(document.add_paragraph(), "{{称谓}}")
    _body(document)
    _attachments(document)
    _signed(document)
    _contact(document)
    _copies(document)
    _page_numbers(document.sections[0])
    _font_table(document)
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(18), Mm(20)
    section.different_first_page_header_footer = True
    document.settings.odd_and_even_pages_header_footer = True
    grid = section._sectPr.find(qn("w:docGrid"))  # noqa: SLF001 - python-docx knows no grid
    for name, value in (("type", "linesAndChars"), ("linePitch", round(PITCH.pt * 20)), ("charSpace", CHARACTER_SPACE)):
        grid.set(qn(f"w:{name}"), str(value))


def _set_defaults(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.size = BODY
    _set_face(style.element.get_or_add_rPr(), "仿宋")
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH


def _set_face(run_properties: Any, face: str) -> None:
    fonts = run_properties.get_or_add_rFonts()
    for slot in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(slot), face)


def _write(paragraph: Any, text: str, face: str = "仿宋", size: Any = BODY) -> Any:
    run = paragraph.add_run(text)
    run.font.size = size
    _set_face(run._r.get_or_add_rPr(), face)  # noqa: SLF001 - python-docx has no way to name an East Asian face
    return run


def _head(section: Any) -> None:
    """版头 in the first page's header: class mark, the agency's name in red, double lines of 170 mm above and below."""
    header, footer = section.first_page_header, section.first_page_footer
    header.is_linked_to_previous = footer.is_linked_to_previous = False
    mark = header.paragraphs[0]
    mark.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _write(mark, "{{类别}}", "黑体")
    name = header.add_paragraph()
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    form = name.paragraph_format
    form.line_spacing_rule, form.space_before = WD_LINE_SPACING.SINGLE, Pt(4)
    _write(name, "{{机关}}", "小标宋", HEAD).font.color.rgb = RED
    _rule(name, "bottom", "thickThinSmallGap", space=11)
    line = footer.paragraphs[0]
    line.paragraph_format.line_spacing = Pt(2)
    _rule(line, "bottom", "thinThickSmallGap", space=1)


def _rule(paragraph: Any, side: str, form: str, *, space: int) -> None:
    """A double red line of 170 mm in the middle of the paper, 8 mm and 6 mm beyond the text."""
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.right_indent = Mm(-8), Mm(-6)
    borders = f'<w:{side} w:val="{form}" w:sz="24" w:space="{space}" w:color="D40000"/>'
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001 - python-docx knows no borders
        parse_xml(f"<w:pBdr {nsdecls('w')}>{borders}</w:pBdr>"),
        "w:shd",
        "w:tabs",
        "w:spacing",
        "w:ind",
        "w:jc",
        "w:rPr",
    )


def _right(document: Any, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.space_before = Pt(14)
    _write(paragraph, text)


def _title(document: Any) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    form = paragraph.paragraph_format
    form.space_before, form.space_after = PITCH, PITCH
    form.line_spacing, form.keep_with_next = Pt(32), True
    _write(paragraph, "{{标题}}", "小标宋", TITLE)


def _body(document: Any) -> None:
    """Indented by two characters; a numbered heading in its face, text behind it on the same line in 仿宋."""
    for name, face in _LEVELS:
        paragraph = _indented(document)
        paragraph.paragraph_format.keep_with_next = True
        _write(paragraph, f"{{{{{name}}}}}", face)
        _write(paragraph, "{{正文}}")
    _write(_indented(document), "{{正文}}")


def _attachments(document: Any) -> None:
    first = _indented(document)
    first.paragraph_format.space_before = PITCH
    _write(first, "{{附件}}")
    more = _indented(document)
    _indent(more, first=5)
    _write(more, "{{续附件}}")


def _signed(document: Any) -> None:
    """发文机关署名 over the middle of the date, which ends four characters from the right (盖章).

    Both stand in the middle of a column 7 characters wide each side of the date's middle.
    """
    for text, before in (("{{署名}}", Pt(PITCH.pt * 2)), ("{{日期}}", Pt(0))):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        form = paragraph.paragraph_format
        form.space_before, form.keep_with_next = before, text == "{{署名}}"
        _indent(paragraph, left=13)
        _write(paragraph, text)


def _contact(document: Any) -> None:
    _write(_indented(document), "{{附注}}")


def _copies(document: Any) -> None:
    """版记: 14 pt, one character in on either side; the letter format has no lines about it.

    It stands in a frame as wide as the text at the foot of the page the letter ends on (GB/T 9704-2012, 7.4).
    """
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.right_indent = Pt(14)
    form.first_line_indent, form.left_indent = Pt(-42), Pt(56)
    frame = parse_xml(
        f'<w:framePr {nsdecls("w")} w:w="{Mm(156).twips}" w:wrap="notBeside" w:vAnchor="margin" w:hAnchor="margin"'
        ' w:xAlign="left" w:yAlign="bottom"/>'
    )
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx knows no frames
    properties.insert_element_before(frame, "w:widowControl", "w:spacing", "w:ind", "w:jc")
    _write(paragraph, "{{抄送}}", size=SMALL)


def _indented(document: Any) -> Any:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _indent(paragraph, first=2)
    return paragraph


def _indent(paragraph: Any, *, first: int = 0, left: int = 0) -> None:
    """Indents in characters, so that they follow the face; Word wants the points as well."""
    form = paragraph.paragraph_format
    form.first_line_indent, form.left_indent = Pt(16 * first), Pt(16 * left)
    indent = paragraph._p.pPr.ind  # noqa: SLF001 - python-docx has no indents in characters
    indent.set(qn("w:firstLineChars"), str(first * 100))
    indent.set(qn("w:leftChars"), str(left * 100))


def _page_numbers(section: Any) -> None:
    """`— 2 —` in 14 pt 宋体, odd pages right, even pages left, one character in; none on page 1."""
    for footer, alignment, sides in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, (Pt(0), Pt(14))),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, (Pt(14), Pt(0))),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = alignment
        _number(paragraph, sides)


def _number(paragraph: Any, sides: Sequence[Any]) -> None:
    form = paragraph.paragraph_format
    form.left_indent, form.right_indent = sides
    form.space_after, form.line_spacing = Mm(3), Pt(16)
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
        f'<w:font w:name="{face}"><w:altName w:val="{",".join((*families, *STAND_INS[face]))}"/>'
        '<w:charset w:val="86"/></w:font>'
        for face, families in WANTED.items()
    )
    table = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'
    part._blob = table.encode()  # noqa: SLF001 - a part python-docx only carries along
