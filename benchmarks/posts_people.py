"""The people of benchmarks/posts.py (众人): each opens his page and sends its form back, in one of three ways."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass
class Round:
    """What one round of people saw."""

    gets: list[float] = field(default_factory=list)
    posts: list[float] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)


async def _ask(reader: Any, writer: Any, head: str, body: bytes = b"") -> tuple[int, str]:
    writer.write(f"{head} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode())
    if body:
        writer.write(f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n".encode())
    writer.write(b"\r\n" + body)
    head_bytes = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head_bytes.lower())
    content = await reader.readexactly(int(length[1])) if length else b""
    return int(head_bytes[9:12]), content.decode()


class _Person:
    """Somebody with a link: the page, then the form it holds."""

    def __init__(self, port: int, token: str, seen: Round) -> None:
        self.port, self.token, self.seen = port, token, seen
        self.fields: dict[str, str] = {}
        self.reader: Any = None
        self.writer: Any = None

    async def open(self) -> None:
        """Read the page."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        began = time.perf_counter()
        _, page = await _ask(self.reader, self.writer, f"GET /a/{self.token}")
        self.seen.gets.append(time.perf_counter() - began)
        self.fields = {name: unescape(value) for name, value in HIDDEN.findall(page)} | {"by_name": "赵经办"}

    async def press(self, *, anew: bool = False) -> None:
        """Send the form; `anew`: over a new connection, as browsers do when some seconds have passed."""
        began = time.perf_counter()
        if anew:
            self.writer.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        status, page = await _ask(self.reader, self.writer, f"POST /a/{self.token}", urlencode(self.fields).encode())
        self.seen.posts.append(time.perf_counter() - began)
        right = status == 200 and "已办理：签收" in page
        self.seen.said["answered" if right else f"{status}"] += 1
        self.writer.close()


async def _closed_loop(port: int, tokens: Sequence[str], seen: Round, at_once: int) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(token: str) -> None:
        async with gate:
            person = _Person(port, token, seen)
            with _counted(seen):
                await person.open()
                await person.press()

    await asyncio.gather(*map(one, tokens))


async def _burst(port: int, tokens: Sequence[str], seen: Round, at_once: int) -> None:
    """So many have read; all press now. Then the next so many."""
    for first in range(0, len(tokens), at_once):
        people = [_Person(port, token, seen) for token in tokens[first : first + at_once]]
        for person in people:
            with _counted(seen):
                await person.open()

        async def press(person: _Person) -> None:
            with _counted(seen):
                await person.press(anew=True)

        await asyncio.gather(*map(press, people))


async def _readers(port: int, tokens: Sequence[str], seen: Round, at_once: int) -> None:
    """Everybody has a pile of cases and takes his time."""

    async def one(first: int) -> None:
        random = Random(first)
        await asyncio.sleep(random.uniform(0, 7.5))
        for token in tokens[first::at_once]:
            person = _Person(port, token, seen)
            with _counted(seen):
                await person.open()
                await asyncio.sleep(random.uniform(5, 10))
                await person.press(anew=True)

    await asyncio.gather(*map(one, range(at_once)))


WAYS: Final = {"closed loop": _closed_loop, "burst": _burst, "readers": _readers}


@contextmanager
def _counted(seen: Round) -> Iterator[None]:
    """A connection that breaks is counted by its error."""
    try:
        yield
    except (OSError, asyncio.IncompleteReadError) as error:
        seen.said[type(error).__name__] += 1
