"""What pages turned away (被拒的尝试): kept without secrets, counted by address, the same for every web process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

from sqlalchemy import Connection, Engine, bindparam, delete, func, select

from models import schema
from tasks import clock
from tasks.database import reading, transaction

ATTEMPTS: Final = schema.ATTEMPTS
LIMIT: Final = 20
WINDOW: Final = timedelta(minutes=10)
"""After so many wrong links within so long an address must wait."""
KEPT: Final = timedelta(days=180)
"""How long attempts are kept. Source: 网络安全法第二十三条 asks for logs of six months."""
BAD_LINK: Final = "链接无效"
BAD_FORM: Final = "表单不是本页的"
TOO_MANY: Final = "提交过多"
TOO_LARGE: Final = "内容过大"


_NEWEST: Final = (
    select(ATTEMPTS.c.id)
    .where(ATTEMPTS.c.address == bindparam("address"), ATTEMPTS.c.at > bindparam("since"))
    .limit(bindparam("most"))
    .subquery()
)
_RECENT: Final = select(func.count()).select_from(_NEWEST)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of them."""

    at: datetime
    address: str
    what: str
    token_hint: str


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64 a single customer is given."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counted in the database, so that several web processes count together."""

    engine: Engine
    limit: int = LIMIT

    def blocked(self, address: str) -> bool:
        """Whether this address has tried too often."""
        with reading(self.engine) as connection:
            return self.blocked_on(connection, address)

    def blocked_on(self, connection: Connection, address: str) -> bool:
        """The same on a connection that is open already."""
        asked = {"address": network_of(address), "since": clock.now() - WINDOW, "most": self.limit}
        return (connection.scalar(_RECENT, asked) or 0) >= self.limit

    def note(self, address: str, what: str = BAD_LINK, *, token_sha256: str = "") -> None:
        """One more; those older than they are kept go with it."""
        at = clock.now()
        row = {"at": at, "address": network_of(address), "what": what, "token_hint": token_sha256[:8]}
        with transaction(self.engine) as connection:
            connection.execute(ATTEMPTS.insert(), [row])
            connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.at < at - KEPT))


def latest(engine: Engine, limit: int = 50) -> list[Attempt]:
    """The newest, newest first."""
    statement = select(ATTEMPTS.c.at, ATTEMPTS.c.address, ATTEMPTS.c.what, ATTEMPTS.c.token_hint)
    with reading(engine) as connection:
        rows = connection.execute(statement.order_by(ATTEMPTS.c.at.desc(), ATTEMPTS.c.id.desc()).limit(limit))
        return [Attempt(*row) for row in rows]


def count_since(engine: Engine, since: datetime) -> tuple[int, int]:
    """How many there were since then, and from how many addresses."""
    statement = select(func.count(), func.count(ATTEMPTS.c.address.distinct())).where(ATTEMPTS.c.at > since)
    with reading(engine) as connection:
        count, addresses = connection.execute(statement).one()
    return count, addresses
