"""A file becomes numbered lines of text (.txt, .md, .html, .docx), whatever its encoding; what cannot be read is
refused in a sentence.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from models.errors import Fault, InputError
from tasks.documents_html import read_html
from tasks.documents_word import read_word

TEXT_LIMIT = 5 * 1024 * 1024
"""The longest text a proposal or letter may have, in bytes (issue: a 5 MB body is refused)."""

FILE_LIMIT = 50 * 1024 * 1024
"""A Word file holds pictures; above this size it is no letter."""

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff]"
)
_BREAKS = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|div|p|table|article|span|title|br)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_SIGNATURES = (
    (
        b"\xd0\xcf\x11\xe0",
        "是旧格式的 Office 文件(.doc),或者加了密码",
        "请在 Word 或 WPS 中取消密码，另存为 .docx 后再导入。",
    ),
    (b"%PDF", "是 PDF 文件，不能直接读取", "请导入原来的 .docx，或将文字复制到 .txt 后再导入。"),
    (b"{\\rtf", "是 RTF 文件，不能直接读取", "请在 Word 或 WPS 中另存为 .docx 后再导入。"),
    (b"\x89PNG", "是图片，没有文字可读", "请导入文字稿（.docx 或 .txt）。"),
    (b"\xff\xd8\xff", "是图片，没有文字可读", "请导入文字稿（.docx 或 .txt）。"),
    (b"GIF8", "是图片，没有文字可读", "请导入文字稿（.docx 或 .txt）。"),
    (b"\x1f\x8b", "是压缩文件", "请先解压，再导入里面的文件。"),
    (b"Rar!", "是压缩文件", "请先解压，再导入里面的文件。"),
    (b"7z\xbc\xaf", "是压缩文件", "请先解压，再导入里面的文件。"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text file, or one paragraph of a page or Word file, numbered from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read. `media` is txt, md, html or docx, by its bytes; `dropped` counts control characters."""

    path: Path
    lines: tuple[Line, ...]
    title_hint: str
    media: str
    encoding: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    dropped: int = 0

    @property
    def numbered(self) -> list[tuple[int, str]]:
        """The lines as `models.published.read_published` takes them."""
        return [(line.number, line.text) for line in self.lines]


def read_document(path: Path) -> Document:
    """Read a .txt, .md, .html or .docx file.

    Raises:
        InputError: the file is missing, empty, too large, broken, binary, or of another kind.

    """
    content = _content(path)
    if content.startswith(b"PK"):
        media, encoding = "docx", ""
        title, meta, raw = read_word(path.name, _opened(path, content))
    else:
        text, encoding = _decoded(path, content)
        if _HTML.search(text[:20_000]) and path.suffix.lower() != ".md":
            media, (title, meta, raw) = "html", read_html(text)
        else:
            media = "md" if path.suffix.lower() == ".md" else "txt"
            title, meta, raw = "", {}, _BREAKS.split(text)
    lines, dropped = _cleaned(_unmarked(raw) if media == "md" else raw)
    if not any(line.text.strip() for line in lines):
        raise InputError(Fault(path.name, "文件里没有文字", "请检查文件内容后再导入。"))
    if sum(len(line.text.encode("utf-8", "ignore")) for line in lines) > TEXT_LIMIT:
        raise _too_long(path)
    return Document(path, lines, title, media, encoding, meta, dropped)


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError(Fault(path.name, "是文件夹，不是文件", "请写出文件夹里要导入的文件。"))
        if size > FILE_LIMIT:
            raise _too_long(path)
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(Fault(str(path), "没有找到这个文件", "请核对文件名和所在的文件夹。")) from None
    except OSError as error:
        raise InputError(
            Fault(str(path), f"文件读不出来（{error.strerror}）", "请检查文件的权限，或换一份再试。")
        ) from None
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise InputError(Fault(path.name, "文件是空的", "请检查是否选错了文件。"))
    for signature, what, remedy in _SIGNATURES:
        if content.startswith(signature):
            raise InputError(Fault(path.name, what, remedy))
    if path.suffix.lower() == ".docx" and not content.startswith(b"PK"):
        raise InputError(Fault(path.name, "不是完整的 Word 文件", "请在 Word 或 WPS 中重新另存为 .docx 后再导入。"))
    return content


def _opened(path: Path, content: bytes) -> BytesIO:
    """The Word file, once it is known to be one and to stay small when unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            unpacked = sum(each.file_size for each in archive.infolist())
            words = sum(each.file_size for each in archive.infolist() if each.filename == "word/document.xml")
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise InputError(
            Fault(path.name, "文件已损坏，打不开", "请在 Word 或 WPS 中重新另存为 .docx 后再导入。"),
        ) from None
    if "xl/workbook.xml" in names:
        raise InputError(Fault(path.name, "是电子表格，不是文稿", "表格请用“banli receive”导入。"))
    if "word/document.xml" not in names:
        raise InputError(Fault(path.name, "是压缩文件，不是 Word 文件", "请先解压，再导入里面的文件。"))
    if unpacked > 4 * FILE_LIMIT or words > 8 * TEXT_LIMIT or len(names) > 5000:
        raise InputError(
            Fault(path.name, "解开后过大，不像一份正常的文稿", "请在 Word 或 WPS 中重新另存为 .docx 后再导入。")
        )
    return BytesIO(content)


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    if len(content) > TEXT_LIMIT:
        raise _too_long(path)
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" in text.rstrip("\x00"):
            break
        if encoding not in {"gb18030", "big5"} or _reads_chinese(text, encoding):
            return text, encoding
    if b"\x00" in content:
        raise InputError(Fault(path.name, "不是文本文件", "可以导入的有 .txt、.md、.html 和 .docx。"))
    raise InputError(
        Fault(
            path.name,
            "文字编码认不出来（不是 UTF-8、GB18030 或带标记的 UTF-16）",
            "请用记事本另存为 UTF-8 编码后再导入。",
        ),
    )


def _encodings(content: bytes) -> Iterator[str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16"
        return
    yield "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    declared = _CHARSET.search(content[:4096])
    if declared and declared[1].lower() == b"big5":
        yield "big5"
    yield "gb18030"


def _reads_chinese(text: str, encoding: str) -> bool:
    """Whether decoded text looks meant: foreign bytes become rare characters in GB18030 without an error."""
    if encoding == "big5":
        return True
    wide = [sign for sign in text if ord(sign) > 0x7F]
    common = sum(1 for sign in wide if _is_common(sign))
    return common >= 0.85 * len(wide)


def _is_common(sign: str) -> bool:
    try:
        return len(sign.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return sign in "\u00a0—·"


def _unmarked(lines: list[str]) -> list[str]:
    return [re.sub(r"^\s{0,3}(?:#{1,6}|>)\s+", "", line).replace("**", "") for line in lines]


def _cleaned(raw: list[str]) -> tuple[tuple[Line, ...], int]:
    dropped = 0
    lines: list[Line] = []
    for number, text in enumerate(raw, 1):
        clean = _CONTROLS.sub("", text)
        dropped += len(text) - len(clean)
        lines.append(Line(number, clean))
    return tuple(lines), dropped


def _too_long(path: Path) -> InputError:
    return InputError(Fault(path.name, "文字超过 5 MB", "请检查是否选错了文件，或拆成几份后再导入。"))
