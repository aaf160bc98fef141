"""Whether a letter's file still says what was sealed in it (验真): alone, and against the case it belongs to."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from models.errors import Fault, InputError
from models.values.case import Case
from models.values.reply import Signature
from notifications.letter_forms import TITLE
from notifications.letters import LetterText, full_text
from notifications.readback import difference, text_of_page
from notifications.seals import NAME, Seal, Verified, read_seal, squeeze, verify
from tasks.documents import read_document
from tasks.loading import load_cases
from tasks.replies import agencies, letter_for, with_form

_PAGE_NUMBER: Final = re.compile(r"(?m)^\s*[—-]\s*\d+\s*[—-]\s*$")
_META: Final = re.compile(rf'<meta\s+name="{NAME}"\s+content="([^"]+)"')
_WORD_PART: Final = re.compile(r"word/(?:document|header\d*)\.xml")
_WORD_TEXT: Final = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
LARGEST: Final = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileText:
    """A file's visible words and the seal it carries."""

    words: str
    seal: Seal | None


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the case file says of a sealed letter."""

    case: Case
    to: tuple[str, ...]
    text: str
    signatures: tuple[Signature, ...]
    version: int
    newest: int


def read_sealed(path: Path) -> FileText:
    """The words and the seal of a .docx, .pdf, .html or .txt file.

    Raises: InputError when it cannot be read.
    """
    if not path.is_file():
        raise InputError(Fault(str(path), "没有找到这个文件", "请核对文件名和所在的文件夹。"))
    if path.stat().st_size > LARGEST:
        raise InputError(Fault(path.name, "文件太大，不像一封答复函", "请核对是否选错了文件。"))
    content = path.read_bytes()
    if content.startswith(b"%PDF"):
        return _pdf(path, content)
    if content.startswith(b"PK"):
        read_document(path)  # refuses what is no Word file, in words
        return FileText(_words_of_word(content), _of_word(content))
    text = content.decode("utf-8", "replace")
    found = _META.search(text)
    letter = text_of_page(text) if found else None
    if found and letter is not None:
        return FileText(letter, read_seal(found[1]))
    return FileText("\n".join(line.text for line in read_document(path).lines), read_seal(text))


def _pdf(path: Path, content: bytes) -> FileText:
    import pypdfium2  # type: ignore[import-untyped]  # noqa: PLC0415 - a library only a PDF needs

    try:
        document = pypdfium2.PdfDocument(content)
        pages = [page.get_textpage().get_text_range() for page in document]
        keywords = document.get_metadata_dict().get("Keywords", "")
    except pypdfium2.PdfiumError as error:
        raise InputError(Fault(path.name, "PDF 文件已损坏，读不出内容", "请换一份完整的文件。")) from error
    return FileText("\n".join(_PAGE_NUMBER.sub("", page) for page in pages), read_seal(keywords))


def _words_of_word(content: bytes) -> str:
    """Every word a reader of a Word file sees: the text, then what stands in text boxes and headers."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        names = sorted(name for name in package.namelist() if _WORD_PART.fullmatch(name))
        parts = [package.read(name).decode("utf-8", "replace") for name in names]
    return "\n".join(unescape("".join(_WORD_TEXT.findall(part))) for part in parts)


def _of_word(content: bytes) -> Seal | None:
    with zipfile.ZipFile(BytesIO(content)) as package:
        names = [name for name in ("docProps/core.xml", "docProps/custom.xml") if name in package.namelist()]
        return next(filter(None, (read_seal(package.read(name).decode("utf-8", "replace")) for name in names)), None)


def check(file: FileText) -> Verified:
    """The file against its own seal; the questionnaire behind the letter is not part of what was signed.

    Raises: ValueError when it carries no seal.
    """
    if file.seal is None:
        raise ValueError("no seal")
    found = verify(file.seal, file.words)
    return Verified(found.changed, found.added, tuple(part for part in found.around if TITLE not in part))


def on_record(connection: Connection, seal: Seal, case_ids: list[int]) -> OnRecord | None:
    """The letter with this seal among what these cases' versions say; None where no case has such a letter."""
    names = {name: row.full_name for name, row in agencies(connection).items()}
    for case in load_cases(connection, case_ids, long=True).values():
        for draft_no, to, letter in _letters(case, names):
            text = full_text(letter)
            if _sha256(text) == seal.sha256:
                signed = tuple(one for one in case.signatures if one.draft_no == draft_no and one.voided_on is None)
                return OnRecord(case, to, text, signed, draft_no, case.drafts[-1].no)
    return None


def _letters(case: Case, names: dict[str, str]) -> Iterator[tuple[int, tuple[str, ...], LetterText]]:
    """Every letter of every version: to each addressee with and without the questionnaire, and as published."""
    for draft in reversed(case.drafts):
        if draft.text is None:
            continue
        groups = {case_id: tuple(one for one in case.addressees if one.case_id == case_id)
                  for case_id in dict.fromkeys(one.case_id for one in case.addressees)}  # fmt: skip
        for people in (*((one,) for one in case.addressees), *groups.values()):
            letter = letter_for(case, draft, people, full_names=names)
            to = tuple(one.proposer.name for one in people)
            yield draft.no, to, letter
            yield draft.no, to, with_form(letter, people[0], case)[0]


def _sha256(text: str) -> str:
    import hashlib  # noqa: PLC0415 - as light as the words around it

    return hashlib.sha256(text.encode()).hexdigest()


def first_difference(record: OnRecord, file: FileText) -> str | None:
    """Where the file's words first part from the record's, to the character; None where every line stands."""
    words = squeeze(file.words)
    for number, line in enumerate(record.text.split("\n"), 1):
        wanted = squeeze(line)
        if wanted in words:
            continue
        kept = next((size for size in range(len(wanted), 0, -1) if wanted[:size] in words), 0)
        start = words.find(wanted[:kept]) if kept else 0
        said = difference(wanted, words[start : start + len(wanted)])
        return f"第{number}行{(said or '').removeprefix('第1行').replace('页面上', '文件里')}"
    return None
