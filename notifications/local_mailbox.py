"""The local mailbox (信箱): every message as an .eml file in a folder, and a list of them.

It stands in for mail servers and group robots where there are none: in the demonstration, in a rehearsal, and as the
last way for recipients without an address. A file is named by its message, so a repeat replaces itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from notifications.messages import Message
from notifications.rfc5322 import mail_bytes
from notifications.sending import Attachment, HandOver, Refused, Sent, unseen

INDEX = "index.jsonl"
SENDER = Address(display_name="办理系统", addr_spec="banli@localhost")
_NOWHERE = "unknown@localhost"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the folder, as the list shows it."""

    file: str
    at: str
    """ISO instant."""
    to: str
    subject: str
    attachments: tuple[str, ...] = ()


class MailboxChannel:
    """Writes each message into the folder."""

    name = "信箱"

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def send(
        self, address: str, message: Message, attachments: Sequence[Attachment] = (), *, hand_over: HandOver = unseen
    ) -> Sent | Refused:
        """File first, then its line in the index; a crash between the two leaves a file the list still finds."""
        at = self._now()
        to = message.to_name or address
        reader = Address(display_name=to, addr_spec=_NOWHERE)
        mail = mail_bytes(message, sender=SENDER, to=[reader], attachments=attachments, at=at)
        name = f"{hashlib.sha256((message.id or message.text).encode()).hexdigest()[:32]}.eml"
        letter = Letter(name, at.isoformat(), to, message.subject, tuple(file.name for file in attachments))
        hand_over()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._folder / name, mail)
            _append(self._folder / INDEX, json.dumps(asdict(letter), ensure_ascii=False) + "\n")
        except OSError as error:
            return Refused(temporary=True, reason=f"信箱目录写不进去（{error.strerror or error}）")
        return Sent()


def render_mailbox(folder: Path) -> tuple[Letter, ...]:
    """What is in the folder, newest first; each message once, half-written index lines left out."""
    index = folder / INDEX
    letters: dict[str, Letter] = {}
    for line in index.read_text("utf-8", "replace").splitlines() if index.exists() else ():
        try:
            found = json.loads(line)
            letters[found["file"]] = Letter(**{**found, "attachments": tuple(found["attachments"])})
        except (ValueError, TypeError, KeyError):
            continue  # a line cut off by a crash; its file follows below
    for path in folder.glob("*.eml"):
        if path.name not in letters:
            letters[path.name] = _from_file(path)
    return tuple(sorted(letters.values(), key=lambda letter: (letter.at, letter.file), reverse=True))


def read_letter(folder: Path, file: str) -> EmailMessage:
    """One message of the folder.

    Raises: FileNotFoundError for a name that is not in the list.
    """
    if file not in {letter.file for letter in render_mailbox(folder)}:
        raise FileNotFoundError(file)
    return _read(folder / file)


def _from_file(path: Path) -> Letter:
    mail = _read(path)
    names = tuple(part.get_filename() or "" for part in mail.iter_attachments())
    at = mail["Date"].datetime.isoformat()
    return Letter(path.name, at, mail["To"].addresses[0].display_name, str(mail["Subject"]), names)


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), EmailMessage, policy=SMTP)


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".banli-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _append(path: Path, line: str) -> None:
    """One write to the end, so that lines of several senders never mix."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)
