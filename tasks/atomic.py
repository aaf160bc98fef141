"""Files are written whole or not at all: a reader never sees half a letter or half a page."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from models.errors import Fault, UnavailableError

PREFIX = ".banli-"
"""Every file in the making starts so; whatever a killed process left behind is known by it."""


def write_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path`: a new file in the same folder, synced, then renamed over the old one.

    Raises: UnavailableError when the disk is full or not writable; the old file is then untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise UnavailableError(_fault(path, error)) from error


def write_text(path: Path, text: str) -> None:
    """`write_bytes` for UTF-8 text."""
    write_bytes(path, text.encode())


def remove_leftovers(folder: Path) -> int:
    """Delete files in the making that a killed process left below `folder`; only under a lock. Returns how many."""
    leftovers = [path for path in folder.rglob(f"{PREFIX}*") if path.is_file()]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)  # mkstemp makes it private; a web server must be able to read it
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _fault(path: Path, error: OSError) -> Fault:
    return Fault(
        where=str(path),
        what=f"文件没有写成（{error.strerror or error}），原有文件未被改动",
        remedy="请检查磁盘空间和目录权限后重试。",
    )
