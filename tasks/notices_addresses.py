"""The e-mail addresses on record (通讯录), by recipient."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, bindparam, select

from models import schema
from notifications.audiences import Audience, read_recipient
from tasks.database import reading

_AGENCIES = schema.AGENCY_CONTACTS
_PROPOSERS = schema.PROPOSER_CONTACTS
# Statements are made once: putting one together costs as much as running it.
_OF_PROPOSER = select(_PROPOSERS.c.email).where(
    _PROPOSERS.c.case_id == bindparam("case_id"), _PROPOSERS.c.no == bindparam("no")
)
_OF_AGENCY = (
    select(_AGENCIES.c.role, _AGENCIES.c.email)
    .where(_AGENCIES.c.agency == bindparam("agency"))
    .order_by(_AGENCIES.c.id)
)


def addresses_in(engine: Engine) -> Callable[[str], tuple[str, ...]]:
    """A function from a recipient to his addresses; read afresh each time, so a correction counts at once."""

    def addresses(recipient: str) -> tuple[str, ...]:
        with reading(engine) as connection:
            return addresses_of(connection, recipient)

    return addresses


def addresses_of(connection: Connection, recipient: str) -> tuple[str, ...]:
    """A proposer's address, or those of an agency's contacts; with `#role` only theirs, all where nobody has it."""
    who = read_recipient(recipient)
    if who.audience is Audience.PROPOSER:
        case_id, _, no = who.name.partition(".")
        found = connection.scalars(_OF_PROPOSER, {"case_id": int(case_id), "no": int(no)})
        return tuple(email for email in found if email)
    if who.audience is Audience.COORDINATOR:
        return ()
    contacts = connection.execute(_OF_AGENCY, {"agency": who.name}).all()
    reachable = [contact for contact in contacts if contact.email]
    of_role = [contact for contact in reachable if contact.role == who.role]
    return tuple(dict.fromkeys(contact.email for contact in of_role or reachable))
