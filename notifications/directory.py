"""Which channels reach a recipient (通知路由), read from the surroundings once.

- `BANLI_SMTP_URL`: the mail server, e.g. `smtp+starttls://user:password@mail.example.gov.cn?from=duban@example.gov.cn`.
- `BANLI_NOTIFY_URLS`: routes as in `notifications.audiences`, a .toml or .json file's path, or the JSON itself.
- `BANLI_NOTIFY_OFFICE`, `…_AGENCY`, `…_PROPOSER`, `…_DEFAULT`, `BANLI_NOTIFY_单位:市民政局`: one entry each, ways
  separated by blanks; they win over the file.

`secrets` (from Prefect Secret blocks) fill `${NAME}` before the environment does. With nothing set, everything goes
by e-mail where there is a server and an address, and to the mailbox otherwise.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from models.errors import Fault, InputError
from notifications.audiences import BY_MAIL, DEFAULT, TO_MAILBOX, Audience, check_routes, ways_for
from notifications.channels import WebhookChannel
from notifications.local_mailbox import MailboxChannel
from notifications.mail import MailChannel
from notifications.sending import Channel

Route = tuple[tuple[Channel, str], ...]
"""Channels with the address each is to use, the first one first."""

Bounced = Callable[[Collection[str]], frozenset[str]]
"""Which of some addresses refuse mail for good."""
_FILE = "BANLI_NOTIFY_URLS"
_PREFIX = "BANLI_NOTIFY_"
_SHORT = {
    "OFFICE": Audience.COORDINATOR.value,
    "AGENCY": Audience.AGENCY.value,
    "PROPOSER": Audience.PROPOSER.value,
    "DEFAULT": DEFAULT,
}
_MAILTO = "mailto:"


class Directory:
    """Answers, for a recipient, the channels in order; each channel is opened once."""

    def __init__(
        self,
        routes: Mapping[str, Sequence[str]],
        addresses: Callable[[str], Sequence[str]],
        *,
        mail: Channel | None,
        mailbox: Channel,
        bounced: Bounced = lambda _addresses: frozenset(),
    ) -> None:
        self._routes = routes
        self._bounced = bounced
        self._addresses = addresses
        self._mail = mail
        self._mailbox = mailbox
        self._hooks = {
            way: WebhookChannel(way)
            for ways in routes.values()
            for way in ways
            if way not in {BY_MAIL, TO_MAILBOX} and not _is_address(way)
        }
        if mail is None and any(way == BY_MAIL or _is_address(way) for ways in routes.values() for way in ways):
            remedy = "请设置 BANLI_SMTP_URL,或从通知路由中去掉邮件。"
            raise InputError(Fault(where=_FILE, what="路由中有邮件，但没有设置邮件服务器", remedy=remedy))

    def __call__(self, recipient: str) -> Route:
        """The channels with their addresses; ways without an address that takes mail are left out."""
        return tuple(pair for way in ways_for(recipient, self._routes) if (pair := self._one(recipient, way)))

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Within the block the connection to the mail server serves many messages."""
        with self._mail.staying() if isinstance(self._mail, MailChannel) else nullcontext():
            yield

    def _one(self, recipient: str, way: str) -> tuple[Channel, str] | None:
        if way == TO_MAILBOX:
            return self._mailbox, recipient
        if way not in self._hooks:
            given = way.removeprefix(_MAILTO).split(",") if _is_address(way) else self._addresses(recipient)
            bad = self._bounced([one.strip() for one in given])
            to = ",".join(one for one in given if one.strip() not in bad)
            return (self._mail, to) if self._mail and to else None
        return self._hooks[way], ""


def open_directory(
    environ: Mapping[str, str],
    *,
    secrets: Mapping[str, str],
    folder: Path,
    now: Callable[[], datetime],
    addresses: Callable[[str], Sequence[str]],
    bounced: Bounced = lambda _addresses: frozenset(),
) -> Directory:
    """The directory the surroundings ask for; `folder` is the local mailbox, `bounced` names addresses to pass over.

    Raises: InputError naming what is wrong and where.
    """
    url = environ.get("BANLI_SMTP_URL") or secrets.get("BANLI_SMTP_URL")
    given = {**_from_file(environ.get(_FILE, "")), **_from_names(environ)}
    routes = check_routes(given, where=_FILE, variables={**environ, **secrets})
    routes.setdefault(DEFAULT, (BY_MAIL, TO_MAILBOX) if url else (TO_MAILBOX,))
    mail = MailChannel(url, now) if url else None
    return Directory(routes, addresses, mail=mail, mailbox=MailboxChannel(folder, now), bounced=bounced)


def _from_names(environ: Mapping[str, str]) -> dict[str, Any]:
    named = {name.removeprefix(_PREFIX): value for name, value in environ.items() if name.startswith(_PREFIX)}
    named.pop(_FILE.removeprefix(_PREFIX), None)
    return {_SHORT.get(name, name): value.split() for name, value in named.items() if value.strip()}


def _from_file(given: str) -> dict[str, Any]:
    if not given.strip():
        return {}
    try:
        if given.lstrip().startswith("{"):
            read = json.loads(given)
        else:
            text = Path(given).read_text("utf-8")
            read = json.loads(text) if given.endswith(".json") else tomllib.loads(text)
    except OSError as error:
        fault = Fault(_FILE, f"读不到文件 {given}({error.strerror})", "请检查路径和权限。")
        raise InputError(fault) from error
    except ValueError as error:
        fault = Fault(_FILE, f"内容不是 TOML 或 JSON({error})", '请写成 "督办" = ["邮件"] 这样的条目。')
        raise InputError(fault) from error
    if not isinstance(read, dict):
        raise InputError(Fault(_FILE, "最外层应是一张表", '请写成 "督办" = ["邮件"] 这样的条目。'))
    return read


def _is_address(way: str) -> bool:
    """`mailto:a@b` is an address; `mailto://…` is a mail server, which Apprise understands."""
    return way.startswith(_MAILTO) and not way.startswith(f"{_MAILTO}//")
