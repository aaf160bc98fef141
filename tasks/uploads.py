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

from models.errors import Fault, InputError
from tasks.atomic import write_bytes
from tasks.documents import read_document

NAME_LENGTH: Final = 60
"""Characters of a file's own name that are kept, its ending included."""
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

    Raises: InputError when it is empty, of another kind than .docx or text, broken, too large or carries macros.
    """
    shown = safe_name(name)
    _refuse_macros(shown, content)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / shown
        path.write_bytes(content)
        document = read_document(path)
    sha256 = hashlib.sha256(content).hexdigest()
    write_bytes(folder / sha256[:2] / sha256, content)
    text = "\n".join(line.text.rstrip() for line in document.lines).strip()
    return Upload(shown, document.media, text, sha256)


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
