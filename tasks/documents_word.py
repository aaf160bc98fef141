"""A Word file (.docx) becomes lines: its paragraphs and the rows of its tables, in the order of the document."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.table import Table, _Cell

from models.errors import Fault, InputError


def read_word(name: str, content: BytesIO) -> tuple[str, dict[str, str], list[str]]:
    """The title, nothing for the head, and the lines of a Word file.

    Raises:
        InputError: the file is damaged inside.

    """
    try:
        document = docx.Document(content)
        lines = [line for block in _texts(document) for line in block.split("\n")]
        title = _title(document)
    except Exception as error:  # noqa: BLE001 python-docx lets KeyError, XMLSyntaxError, BadZipFile and others through
        raise InputError(
            Fault(
                name,
                f"文件已损坏，读不出内容（{type(error).__name__}）",
                "请在 Word 或 WPS 中重新另存为 .docx 后再导入。",
            ),
        ) from None
    return title, {}, lines


def _texts(container: WordDocument | _Cell) -> Iterator[str]:
    for item in container.iter_inner_content():
        if not isinstance(item, Table):
            yield item.text
            continue
        for row in item.rows:
            cells = list({id(cell._tc): cell for cell in row.cells}.values())  # noqa: SLF001  merged cells repeat
            texts = ["\n".join(_texts(cell)).strip() for cell in cells]
            yield texts[0] if len(texts) == 1 else "\t".join(" ".join(text.split("\n")) for text in texts)


def _title(document: WordDocument) -> str:
    for paragraph in document.paragraphs:
        style = paragraph.style.name if paragraph.style is not None else ""
        if paragraph.text.strip() and style in {"Title", "Heading 1", "标题", "标题 1"}:
            return paragraph.text.strip()
    return str(document.core_properties.title).strip()
