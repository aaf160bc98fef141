"""Files sent through a page (上传): checked by content, read as text, kept by hash outside anything that is served."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from models.actions.tracking import Attached
from models.errors import Fault, InputError, UnavailableError
from tasks.atomic import write_bytes
from tasks.documents import read_document
from tasks.documents_pdf import check_pdf, read_pdf

NAME_LENGTH: Final = 60
"""Characters of a file's own name that are kept, its ending included."""
EVIDENCE_LIMIT: Final = 5 * 1024 * 1024
PDF: Final = b"%PDF"
PICTURES: Final = ((b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"))
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\u202a-\u202e]")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that was read: the name it came under, what it is, its text, where its bytes are kept."""

    name: str
    media: str
    text: str
    sha256: str


def take_upload(folder: Path, name: str, content: bytes) -> Upload:
    """Check, read and keep a file.

    Raises: InputError when it is empty, of another kind than .docx, .pdf or text, broken, locked, too large or carries macros.
    """
    shown = safe_name(name)
    if content.startswith(PDF):
        text = "\n".join(read_pdf(shown, content))
        return Upload(shown, "pdf", text, _kept(folder, content))
    _refuse_macros(shown, content)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / shown
        path.write_bytes(content)
        document = read_document(path)
    text = "\n".join(line.text.rstrip() for line in document.lines).strip()
    return Upload(shown, document.media, text, _kept(folder, content))


def take_evidence(folder: Path, name: str, content: bytes) -> Attached:
    """Check and keep a file as it is, unread: a PDF, a Word file or a picture.

    Raises: InputError when it is of another kind or not what it says it is, carries macros or scripts, or is too large.
    """
    shown = safe_name(name)
    if len(content) > EVIDENCE_LIMIT:
        raise InputError(Fault(shown, "文件超过 5 MB", "请压缩图片或拆成几份，只上传最能说明情况的一份。"))
    if content.startswith(PDF):
        check_pdf(shown, content)
        ending = ".pdf"
    elif content.startswith(b"PK"):
        take_upload(folder, shown, content)
        ending = ".docx"
    else:
        ending = next((ending for magic, ending in PICTURES if content.startswith(magic)), "")
    if not ending:
        raise InputError(Fault(shown, "不是可以接收的文件", "可以上传 PDF、.docx、.jpg 和 .png。"))
    stem = shown.rpartition(".")[0] or shown
    return Attached(name=f"{stem}{ending}", sha256=_kept(folder, content))


def kept_file(folder: Path, sha256: str) -> bytes:
    """The bytes kept under a hash. Raises: UnavailableError when they are gone."""
    try:
        return (folder / sha256[:2] / sha256).read_bytes()
    except OSError as error:
        raise UnavailableError(Fault("", "文件读不出来", "请联系督办单位核对文件是否还在。")) from error


def _kept(folder: Path, content: bytes) -> str:
    """Keep a file under its hash; the same file twice is one file."""
    sha256 = hashlib.sha256(content).hexdigest()
    write_bytes(folder / sha256[:2] / sha256, content)
    return sha256


def safe_name(name: str) -> str:
    """The file's own name without folders or characters that mean something to a file system or a terminal."""
    plain = _UNSAFE.sub("", PurePosixPath(name.replace("\\", "/")).name).strip(" .") or "文件"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 5:
        return plain[:NAME_LENGTH]
    return f"{stem[: NAME_LENGTH - len(ending) - 1] or '文件'}.{ending}"


def _refuse_macros(name: str, content: bytes) -> None:
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            inside = [entry.lower() for entry in archive.namelist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return  # broken files are named so when they are read
    if any(entry.endswith("vbaproject.bin") or "/activex/" in entry for entry in inside):
        raise InputError(Fault(name, "文件里有宏，不能接收", "请另存为不带宏的 .docx 后再上传。"))
