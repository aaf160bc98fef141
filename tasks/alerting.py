"""A word to the office that something went wrong (告警), by the routes its notices take."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from sqlalchemy import Engine

from models.settings import Settings
from notifications.audiences import Audience
from notifications.messages import Message
from notifications.sending import Sent
from tasks import clock
from tasks.posting import directory_of

SUBJECT: Final = "【办理系统】"
"""What an alert's subject begins with."""


@dataclass(frozen=True, slots=True)
class Told:
    """By which way it went; None and the reason when none took it."""

    way: str | None
    why: str = ""


def tell_office(
    engine: Engine, settings: Settings, *, what: str, lines: Sequence[str], secrets: Mapping[str, str]
) -> Told:
    """Send one message to the first way of 督办 that takes it."""
    at = clock.now().astimezone(clock.BEIJING)
    text = "\n".join((what, *filter(None, lines), f"北京时间 {at:%Y-%m-%d %H:%M}"))
    html = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
    name = hashlib.sha256(text.encode()).hexdigest()[:32]  # two alerts are two mails to whoever counts by Message-ID
    message = Message(f"{SUBJECT}{what}", text, html, text, to_name=settings.office, id=name)
    refusals: list[str] = []
    for channel, address in directory_of(engine, settings, secrets)(Audience.COORDINATOR.value):
        answer = channel.send(address, message)
        if isinstance(answer, Sent):
            return Told(channel.name)
        refusals.append(answer.reason)
    return Told(None, "；".join(refusals) or "没有通往督办单位的渠道")
