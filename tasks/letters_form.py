"""The questionnaire (征询意见表) in WordprocessingML, behind the letter on a page of its own."""

from __future__ import annotations

from xml.sax.saxutils import escape

from notifications.letter_forms import LetterForm, Row

_LABEL, _SAID = 2250, 6600
"""Widths of the two columns in twentieths of a point: 156 mm together."""
_LINE = 440
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def form_xml(form: LetterForm) -> str:
    """A page break, the mark, the title, the table and the note."""
    return (
        _paragraph(form.mark, "黑体", 32, before="<w:pageBreakBefore/>")
        + _paragraph(form.title, "小标宋", 44, behind='<w:jc w:val="center"/>')
        + f'<w:tbl><w:tblPr><w:tblW w:w="{_LABEL + _SAID}" w:type="dxa"/><w:tblBorders>{_BORDERS}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid><w:gridCol w:w="{_LABEL}"/><w:gridCol w:w="{_SAID}"/>'
        f"</w:tblGrid>{''.join(map(_row, form.rows))}</w:tbl>" + _paragraph(form.note, "仿宋", 28)
    )


def _row(row: Row) -> str:
    height = f'<w:trPr><w:cantSplit/><w:trHeight w:val="{row.lines * _LINE + 200}"/></w:trPr>'
    label = _cell(row.label, _LABEL, '<w:jc w:val="center"/>')
    return f"<w:tr>{height}{label}{_cell(row.said, _SAID, '')}</w:tr>"


def _cell(text: str, width: int, behind: str) -> str:
    shape = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
    return f"<w:tc>{shape}{_paragraph(text, '仿宋', 28, behind=behind)}</w:tc>"


def _paragraph(text: str, face: str, half_points: int, *, before: str = "", behind: str = "") -> str:
    """One paragraph; `before` and `behind` are properties in the order the schema asks for."""
    faces = " ".join(f'w:{slot}="{face}"' for slot in ("ascii", "hAnsi", "eastAsia", "cs"))
    run = f'<w:rPr><w:rFonts {faces}/><w:sz w:val="{half_points}"/></w:rPr>'
    shape = f"<w:pPr>{before}{behind}</w:pPr>" if before or behind else ""
    return f'<w:p>{shape}<w:r>{run}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
