"""Group robots and webhooks (企业微信、钉钉、飞书、webhook), given as Apprise URLs; the only module that knows Apprise.

Apprise reads the address, checks it and signs; for the four below we post ourselves, because Apprise answers only yes
or no: WeCom, DingTalk and Feishu refuse with an error number inside a 200 answer, which it takes for success, and a
429's Retry-After would be lost. Every other service Apprise knows is sent through Apprise.

A private deployment (政务微信、专有钉钉) is named with `at`: `wecombot://KEY/?at=https://qyapi.example.gov.cn`.
"""

from __future__ import annotations

import json
import logging
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import apprise

from models.errors import Fault, InputError
from notifications.messages import Message
from notifications.sending import Attachment, HandOver, Refused, Sent, split, unseen

TIMEOUT = 10.0
"""Seconds to wait for an answer."""
_ANSWER = 65536
_LONGEST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class _Post:
    url: str
    payload: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Service:
    """How one service is posted to and what its answers mean."""

    name: str
    limit_bytes: int
    post: Callable[[Any, Message, str], _Post]
    code: str = ""
    """The field of the answer that is 0 when the message was taken; empty when HTTP says it all."""
    hopeless: frozenset[int] = frozenset()
    """Error numbers that trying again cannot mend; every other one is tried again."""


def _wecom(plugin: Any, _message: Message, part: str) -> _Post:
    return _Post(plugin.api_url, {"msgtype": "text", "text": {"content": part}})


def _dingtalk(plugin: Any, _message: Message, part: str) -> _Post:
    url = plugin.notify_url.format(token=plugin.token)
    if plugin.secret:
        at, sign = plugin.get_signature()
        url += "&" + urlencode({"timestamp": at}) + f"&sign={sign}"
    people = {"atMobiles": list(plugin.targets), "isAtAll": False}
    return _Post(url, {"msgtype": "text", "text": {"content": part}, "at": people})


def _feishu(plugin: Any, _message: Message, part: str) -> _Post:
    url = getattr(plugin, "webhook_url", None) or plugin.notify_url.format(token=plugin.token)
    return _Post(url, {"msg_type": "text", "content": {"text": part}})


def _webhook(plugin: Any, message: Message, part: str) -> _Post:
    port = f":{plugin.port}" if plugin.port else ""
    query = f"?{urlencode(plugin.params)}" if plugin.params else ""
    headers = dict(plugin.headers)
    if plugin.user:
        headers["Authorization"] = "Basic " + b64encode(f"{plugin.user}:{plugin.password or ''}".encode()).decode()
    url = f"{'https' if plugin.secure else 'http'}://{plugin.host}{port}{plugin.fullpath}{query}"
    body = {"version": plugin.json_version, "id": message.id, "title": message.subject, "message": part, "type": "info"}
    return _Post(url, body, headers)


_SERVICES = {
    # developer.work.weixin.qq.com/document/path/99110: text.content ≤ 2048 bytes; path/90313: error numbers
    "wecombot": _Service("企业微信", 2048, _wecom, "errcode", frozenset({40008, 40058, 93000, 93004, 93008})),
    # open.dingtalk.com, custom robot: body ≤ 20000 bytes; 310000 key word, signature or address not allowed
    "dingtalk": _Service("钉钉", 19_000, _dingtalk, "errcode", frozenset({300001, 300005, 310000, 400101, 400102})),
    # open.feishu.cn, custom bot: body ≤ 20 KB; 9499 bad request, 19001 token, 19021 sign, 19022 address, 19024 word
    "feishu": _Service("飞书", 19_000, _feishu, "code", frozenset({9499, 19001, 19002, 19021, 19022, 19024})),
    "lark": _Service("飞书", 19_000, _feishu, "code", frozenset({9499, 19001, 19002, 19021, 19022, 19024})),
    "json": _Service("webhook", 1_000_000, _webhook),
    "jsons": _Service("webhook", 1_000_000, _webhook),
}


class WebhookChannel:
    """One group robot or webhook. The address is in the URL, so `send` needs none."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        scheme, plain, at = _take_at(url)
        self._plugin: Any = _instantiate(plain, scheme)
        self._service = _SERVICES.get(scheme)
        self._at = at
        self._timeout = timeout
        self.name = self._service.name if self._service else str(self._plugin.service_name)

    def send(
        self,
        address: str,  # noqa: ARG002 - a robot has one group
        message: Message,
        attachments: Sequence[Attachment] = (),  # noqa: ARG002 - and takes no files
        *,
        hand_over: HandOver = unseen,
    ) -> Sent | Refused:
        """Post the short text, in parts where the service counts bytes."""
        hand_over()
        if self._service is None:
            return _through_apprise(self._plugin, message, name=self.name)
        parts = split(message.brief, self._service.limit_bytes)
        for number, part in enumerate(parts, start=1):
            answer = self._post_part(self._service, message, part)
            if isinstance(answer, Refused):
                if number == 1:
                    return answer
                # Earlier parts are there already: a further try repeats them, so it counts as a possible repeat.
                reason = f"共{len(parts)}段，第{number}段未送达：{answer.reason}"
                return Refused(answer.temporary, reason, retry_after=answer.retry_after, uncertain=True)
        return Sent()

    def _post_part(self, service: _Service, message: Message, part: str) -> Sent | Refused:
        post = service.post(self._plugin, message, part)
        url = _elsewhere(post.url, self._at) if self._at else post.url
        body = json.dumps(post.payload, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "banli", **post.headers}
        return _post(Request(url, body, headers, method="POST"), service, timeout=self._timeout)  # noqa: S310 - http(s) only, checked below


class _Stay(HTTPRedirectHandler):
    """A redirected POST would arrive as a GET without its message."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Never."""


_OPENER = build_opener(_Stay)


def _post(request: Request, service: _Service, *, timeout: float) -> Sent | Refused:
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            return _read_answer(service, _read(answer, until=time.monotonic() + timeout))
    except HTTPError as error:
        with error:
            wait = _retry_after(error.headers.get("Retry-After"), error.headers.get("Date"))
        temporary = error.code in {408, 425, 429} or error.code >= 500
        return Refused(temporary, f"{service.name}拒收(HTTP {error.code})", retry_after=wait)
    except URLError as error:
        why = error.reason if isinstance(error.reason, str) else getattr(error.reason, "strerror", None)
        return Refused(temporary=True, reason=f"{service.name}连接不上（{why or type(error.reason).__name__}）")
    except (OSError, HTTPException) as error:
        reason = f"已递交{service.name}，没有收到回执（{type(error).__name__}）"
        return Refused(temporary=True, reason=reason, uncertain=True)


def _read(answer: Any, *, until: float) -> bytes:
    """An answer that drips in is cut off: the socket's own limit starts afresh with each byte. Raises: TimeoutError"""
    body = b""
    while len(body) < _ANSWER and (more := answer.read1(_ANSWER)):
        body += more
        if time.monotonic() > until:
            raise TimeoutError
    return body


def _read_answer(service: _Service, body: bytes) -> Sent | Refused:
    if not service.code:
        return Sent()
    try:
        answer = json.loads(body)
        code = int(answer.get(service.code, answer.get("StatusCode", 0)))
    except (ValueError, TypeError, AttributeError):
        return Refused(temporary=True, reason=f"{service.name}的回执读不懂", uncertain=True)
    if code == 0:
        return Sent()
    said = str(answer.get("errmsg") or answer.get("msg") or "")[:200]
    return Refused(code not in service.hopeless, f"{service.name}拒收({code} {said})")


def _retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds: as given, or from an HTTP date counted from the answer's own date."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - parsedate_to_datetime(date or "")).total_seconds()
        except ValueError:
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _through_apprise(plugin: Any, message: Message, *, name: str) -> Sent | Refused:
    with apprise.LogCapture(level=logging.WARNING) as said:  # type: ignore[no-untyped-call]  # Apprise has no types
        if plugin.notify(body=message.brief, title=message.subject):
            return Sent()
        why = " ".join(said.getvalue().split())[:200]
    return Refused(temporary=True, reason=f"{name}未接收（{why}）", uncertain=True)


def _instantiate(url: str, scheme: str) -> Any:
    plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        remedy = "应为 Apprise 地址，例如 wecombot://KEY、dingtalk://TOKEN、feishu://TOKEN、json://主机/路径。"
        raise InputError(Fault(where="通知地址", what=f"“{scheme}://…”写法不对", remedy=remedy))
    return plugin


def _take_at(url: str) -> tuple[str, str, str]:
    """Scheme, the URL without `at`, and `at`."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    at = next((value for key, value in query if key == "at"), "")
    if at and urlsplit(at).scheme not in {"http", "https"}:
        raise InputError(Fault("通知地址", f"at={at} 写法不对", "应以 https:// 或 http:// 开头。"))
    kept = urlencode([(key, value) for key, value in query if key != "at"])
    return parts.scheme.lower(), urlunsplit((parts.scheme, parts.netloc, parts.path, kept, "")) if at else url, at


def _elsewhere(url: str, at: str) -> str:
    """The same request at another host."""
    parts, base = urlsplit(url), urlsplit(at)
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, ""))
