"""Mail that servers refuse for good (退信): kept with their words until somebody clears it.

A dead address is passed over until then; one whose server refused only what was sent (size, content, policy) is not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, Select, func, select, update

from models import schema
from tasks.database import given, insert_into, is_given, reading
from tasks.notices_store import Notice

if TYPE_CHECKING:  # `banli next` counts bounces and needs no templates for it
    from notifications.sending import Bounce

BOUNCES: Final = schema.BOUNCES
_C: Final = BOUNCES.c


@dataclass(frozen=True, slots=True)
class Bounced:
    """One address with a refusal nobody has seen to; passed over where `dead`."""

    address: str
    recipient: str
    case_id: int
    code: int
    said: str
    dead: bool
    bounced_at: datetime
    times: int


def note_bounces(connection: Connection, bounces: Sequence[Bounce], notice: Notice, at: datetime) -> None:
    """Keep what a server refused for good while this notice was sent; a cleared address stands again."""
    for one in bounces:
        values = {
            "recipient": notice.recipient,
            "case_id": notice.case_id,
            "code": one.code,
            "said": one.said,
            "dead": one.dead,
        }
        statement = insert_into(connection, BOUNCES).values(
            address=one.address.casefold(), **values, bounced_at=at, times=1, cleared_at=None
        )
        again = {**values, "bounced_at": at, "times": _C.times + 1, "cleared_at": None}
        connection.execute(statement.on_conflict_do_update(index_elements=["address"], set_=again))


def bounced_in(engine: Engine) -> Callable[[Collection[str]], frozenset[str]]:
    """A function that tells which of some addresses are passed over; read afresh each time."""

    def bounced(addresses: Collection[str]) -> frozenset[str]:
        wanted = {one.casefold(): one for one in addresses}
        with reading(engine) as connection:
            found = connection.scalars(_dead_by(connection.dialect.name), given(connection, list(wanted)))
            return frozenset(wanted[one] for one in found)

    return bounced


@cache
def _dead_by(dialect: str) -> Select[Any]:
    """Statements are made once: putting one together costs as much as running it."""
    return select(_C.address).where(is_given(_C.address, dialect), _C.dead, _C.cleared_at.is_(None))


def standing(connection: Connection, recipients: Collection[str] | None = None) -> tuple[Bounced, ...]:
    """The refusals nobody has seen to, newest first; of some recipients, or all."""
    columns = [_C[name] for name in Bounced.__dataclass_fields__]
    statement = select(*columns).where(_C.cleared_at.is_(None)).order_by(_C.bounced_at.desc(), _C.address)
    if recipients is not None:
        statement = statement.where(_C.recipient.in_(list(recipients)))
    return tuple(Bounced(**row._mapping) for row in connection.execute(statement))  # noqa: SLF001 - a row's mapping


def clear(connection: Connection, addresses: Collection[str] | None, at: datetime) -> int:
    """Seen to: use these addresses again (all where None); returns how many stood."""
    statement = update(BOUNCES).where(_C.cleared_at.is_(None)).values(cleared_at=at)
    if addresses is not None:
        statement = statement.where(_C.address.in_([one.casefold() for one in addresses]))
    return connection.execute(statement).rowcount


def count_standing(connection: Connection) -> int:
    """How many addresses have a refusal nobody has seen to."""
    return connection.scalar(select(func.count()).where(_C.cleared_at.is_(None))) or 0
