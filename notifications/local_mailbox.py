"""The local mailbox (信箱): every message as an .eml file in a folder, and a list of them.

It stands in for mail servers and group robots where there are none: in the demonstration, in a rehearsal, and as the
last way for recipients without an address. A file is named by its message, so a repeat replaces itself, and many are put
there at once (`notifications.sending.ReplacingChannel`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from uuid import uuid4

from notifications.durable import sync_folder
from notifications.messages import Message
from notifications.rfc5322 import mail_bytes
from notifications.sending import Attachment, HandOver, Outgoing, Refused, Sent, unseen

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
        """One message."""
        hand_over()
        return self.send_all([Outgoing(address, message, tuple(attachments))])[0]

    def send_all(self, outgoing: Sequence[Outgoing]) -> list[Sent | Refused]:
        """Files first, then their lines in the index; a crash between the two leaves files the list still finds."""
        at = self._now()
        letters = [_letter(one, at) for one in outgoing]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with _drafts(self._folder, [mail for _, mail in letters]) as drafts:
                for (letter, _), draft in zip(letters, drafts, strict=True):
                    draft.replace(self._folder / letter.file)
            sync_folder(self._folder)
            lines = "".join(json.dumps(asdict(letter), ensure_ascii=False) + "\n" for letter, _ in letters)
            _append(self._folder / INDEX, lines)
        except OSError as error:
            refused = Refused(temporary=True, reason=f"信箱目录写不进去（{error.strerror or error}）")
            return [refused] * len(letters)
        return [Sent()] * len(letters)


def _letter(one: Outgoing, at: datetime) -> tuple[Letter, bytes]:
    """A message as the list shows it, and as its file."""
    to = one.message.to_name or one.address
    reader = Address(display_name=to, addr_spec=_NOWHERE)
    mail = mail_bytes(one.message, sender=SENDER, to=[reader], attachments=one.attachments, at=at)
    name = f"{hashlib.sha256((one.message.id or one.message.text).encode()).hexdigest()[:32]}.eml"
    files = tuple(file.name for file in one.attachments)
    return Letter(name, at.isoformat(), to, one.message.subject, files), mail


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


@contextmanager
def _drafts(folder: Path, contents: Sequence[bytes]) -> Iterator[list[Path]]:
    """Files with these contents, safe on the disk, to be renamed; those that were not are removed.

    All are written before the first is synced, so that the disk takes them together.
    """
    mark = uuid4().hex
    drafts = [folder / f".banli-{mark}-{number}" for number in range(len(contents))]
    handles: list[int] = []
    try:
        for draft, content in zip(drafts, contents, strict=True):
            handles.append(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            _write(handles[-1], content)
        for handle in handles:
            os.fsync(handle)
        yield drafts
    finally:
        for handle, draft in zip(handles, drafts, strict=False):
            os.close(handle)
            draft.unlink(missing_ok=True)


def _write(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _append(path: Path, lines: str) -> None:
    """One write to the end, so that lines of several senders never mix."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, lines.encode())
    finally:
        os.close(handle)
