"""E-mail (邮件) over SMTP.

Apprise sends mail too, but answers only yes or no: it cannot tell a full mailbox (try later) from an unknown one (use
the next channel), nor which of several addresses was refused, nor whether the server broke off before or after it had
the whole message, and it makes a new Message-ID for a repeat. So SMTP is spoken here with the standard library.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

from models.errors import Fault, InputError
from notifications.messages import Message
from notifications.rfc5322 import mail_bytes
from notifications.sending import Attachment, Bounce, HandOver, Refused, Sent, unseen

TIMEOUT = 20.0
"""Seconds to wait for one answer of the server."""
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_ADDRESS = re.compile(r"([^\s@<>,;:]{1,2})[^\s@<>,;:]*(@[^\s<>,;]+)")
_LINE_DOT = re.compile(rb"(?m)^\.")
_WRONG_URL = Fault(
    where="BANLI_SMTP_URL",
    what="邮件服务器地址写法不对",
    remedy="应写作 smtp://用户：口令@主机：端口？from=发件人地址；加密连接用 smtps 或 smtp+starttls。",
)
_MOST_ON_ONE = 100
"""Messages on one connection; some servers hang up after so many."""
_IDLE = 15.0
"""Seconds after which a connection is not trusted any more: a firewall may have forgotten it without a word."""
_DATA_FOLLOWS = 354
_TEMPORARY = range(400, 500)
_ENHANCED = re.compile(r"\s*[245]\.(\d{1,3}\.\d{1,3})\b")
_DEAD = frozenset({"1.0", "1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1"})
"""RFC 3463 and 7505: no such mailbox or host, moved, takes no mail, disabled. 1.7 and 1.8 blame the sender, 2.2 (full),
2.3, 3.4 (too large), 6.x (content) and 7.x (policy) what was sent or the moment."""
_DEAD_AT_RCPT = frozenset({550, 551, 553})
"""RFC 5321 4.2.3, of a server without enhanced codes: unavailable, not local, not allowed; 552 is full, 554 anything."""


@lru_cache(maxsize=4096)
def checked(address: str) -> Address:
    """An address taken apart.

    Raises: ValueError or MessageError for one that is none.
    """
    return Address(addr_spec=address)


@dataclass(frozen=True, slots=True)
class _Server:
    scheme: str
    host: str
    port: int
    user: str
    password: str
    sender: Address


def _read_url(url: str) -> _Server:
    """`smtp://user:password@host:port?from=办理系统 <duban@example.gov.cn>`; smtps and smtp+starttls encrypt.

    Raises: InputError
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        given = parse_qs(parts.query).get("from", [f"{unquote(parts.username or 'banli')}@{parts.hostname}"])[0]
        name, spec = parseaddr(given)
        sender = Address(display_name=name, addr_spec=spec)
    except (ValueError, KeyError, MessageError) as error:
        raise InputError(_WRONG_URL) from error
    if not parts.hostname or not sender.domain:
        raise InputError(_WRONG_URL)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return _Server(parts.scheme, parts.hostname, port, user=user, password=password, sender=sender)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A connection that stayed, and when it was used last."""

    smtp: smtplib.SMTP
    at: float


class MailChannel:
    """Mail to one or several addresses, separated by commas."""

    name = "邮件"

    def __init__(self, url: str, now: Callable[[], datetime], *, timeout: float = TIMEOUT) -> None:
        self._server = _read_url(url)
        self._now = now
        self._timeout = timeout
        self._stays, self._served = False, 0
        self._kept: _Kept | None = None

    def send(
        self, address: str, message: Message, attachments: Sequence[Attachment] = (), *, hand_over: HandOver = unseen
    ) -> Sent | Refused:
        """Hand the message to the server for all addresses at once; `Sent` when it took at least one."""
        to = [one for one in (part.strip() for part in address.split(",")) if one]
        try:
            mail = mail_bytes(
                message,
                sender=self._server.sender,
                to=[checked(one) for one in to],
                attachments=attachments,
                at=self._now(),
            )
        except (ValueError, MessageError):
            return Refused(temporary=False, reason=f"邮件地址写法不对：{masked(address)}")
        if not to:
            return Refused(temporary=False, reason="没有登记邮件地址")
        try:
            smtp = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            return Refused(temporary=True, reason=f"邮件服务器 {self._server.host} 连接不上（{_said(error)}）")
        broken = True
        try:
            sender = self._server.sender.addr_spec
            answer = _hand_over(smtp, sender, to, content=mail, about_to=hand_over)
            broken = isinstance(answer, Refused) and answer.uncertain
        except (smtplib.SMTPException, OSError) as error:
            answer = Refused(temporary=True, reason=f"邮件服务器 {self._server.host} 中断了连接（{_said(error)}）")
        finally:
            self._keep(smtp) if self._stays and not broken else _leave(smtp)
        return answer

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Within the block a connection serves many messages: to greet, encrypt and log in costs more than a message."""
        self._stays = True
        try:
            yield
        finally:
            self._stays = False
            if self._kept:
                _leave(self._kept.smtp)
            self._kept = None

    def _keep(self, smtp: smtplib.SMTP) -> None:
        served = self._served + 1
        if served >= _MOST_ON_ONE:
            self._served = 0
            return _leave(smtp)
        self._kept, self._served = _Kept(smtp, time.monotonic()), served
        return None

    def _connected(self) -> smtplib.SMTP:
        """The connection that stayed, where it still answers and forgets what was refused on it; else a new one.

        Raises: SMTPException or OSError
        """
        kept, self._kept = self._kept, None
        if kept and time.monotonic() - kept.at < _IDLE:
            with suppress(smtplib.SMTPException, OSError):  # the server has hung up meanwhile, as it may
                if kept.smtp.rset()[0] < min(_TEMPORARY):
                    return kept.smtp
        if kept:
            kept.smtp.close()
        self._served = 0
        return self._open()

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.scheme == "smtp+starttls":
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if server.user and server.password:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _hand_over(
    smtp: smtplib.SMTP, sender: str, to: Sequence[str], *, content: bytes, about_to: HandOver
) -> Sent | Refused:
    """MAIL, RCPT for each, DATA. Only after the last dot can the outcome be uncertain."""
    options = () if all(one.isascii() for one in to) else ("SMTPUTF8",)
    code, said = smtp.mail(sender, options)
    if code >= min(_TEMPORARY):
        return Refused(temporary=code in _TEMPORARY, reason=f"发件地址被拒收({code} {_words(said)})")
    refused = [(one, *answer) for one in to if (answer := smtp.rcpt(one))[0] >= min(_TEMPORARY)]
    bounces = tuple(
        Bounce(one, code, _words(said), dead=_dead(_words(said), plain=code in _DEAD_AT_RCPT))
        for one, code, said in refused
        if code not in _TEMPORARY
    )
    notes = "；".join(f"{masked(one)} 被拒收({code} {masked(_words(said))})" for one, code, said in refused)
    if len(refused) == len(to):
        return Refused(temporary=len(bounces) < len(to), reason=notes, bounces=bounces)
    about_to()
    code, said = smtp.docmd("DATA")
    if code != _DATA_FOLLOWS:
        return Refused(temporary=code in _TEMPORARY, reason=f"邮件服务器不接收正文({code} {_words(said)})")
    smtp.send(_LINE_DOT.sub(b"..", content) + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    try:
        code, said = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        return Refused(temporary=True, reason=f"邮件已递交，服务器没有回执（{_said(error)}）", uncertain=True)
    if code >= min(_TEMPORARY):
        taken = [one for one in to if one not in {address for address, _, _ in refused}]
        # Of several accepted addresses the answer to the text does not say which one it means.
        dead = len(taken) == 1 and _dead(_words(said), plain=False)
        more = () if code in _TEMPORARY else tuple(Bounce(one, code, _words(said), dead=dead) for one in taken)
        reason = f"邮件被拒收({code} {masked(_words(said))})"
        return Refused(temporary=code in _TEMPORARY, reason=reason, bounces=(*bounces, *more))
    return Sent(note=notes, bounces=bounces)


def _leave(smtp: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):  # the answer stands, whatever the farewell
        smtp.quit()
    smtp.close()


def masked(text: str) -> str:
    """Every address in a text with its name hidden: `z***@example.org`."""
    return _ADDRESS.sub(r"\1***\2", text)


def _dead(words: str, *, plain: bool) -> bool:
    """Whether a refusal for good blames the address; `plain` where the server gives no enhanced code (RFC 3463)."""
    found = _ENHANCED.match(words)
    return found[1] in _DEAD if found else plain


def _words(said: bytes) -> str:
    return said.decode("utf-8", "replace").replace("\n", " ")[:200]


def _said(error: Exception) -> str:
    """What went wrong, in the library's words, without anything we told it."""
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return f"{error.smtp_code} {_words(reply) if isinstance(reply, bytes) else reply[:200]}"
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
