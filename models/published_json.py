"""A published page as plain values, for machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from models.asks import Ask
from models.published_contacts import Contacts
from models.published_people import Addressee
from models.published_text import Found, Place

FIELDS = (
    "kind", "session", "number", "title", "subject", "addressees", "agency", "agency_full", "result_class", "contacts",
    "document_number", "letter_on", "published_on", "body", "asks",
)  # fmt: skip
LISTS = ("numbers", "agencies", "damages")


def plain(published: object) -> dict[str, object]:
    """Every field as `{"value", "place", "text"}` or None, with `damaged` where something is wrong."""
    fields: dict[str, object] = {name: _field(getattr(published, name)) for name in FIELDS}
    return fields | {name: [_field(found) for found in getattr(published, name)] for name in LISTS}


def _field(found: Found[object] | None) -> dict[str, object] | None:
    if found is None:
        return None
    field: dict[str, object] = {"value": _value(found.value)}
    if found.damaged:
        field["damaged"] = found.damaged
    field |= {"place": _place(found.place), "text": found.text}
    if isinstance(found.value, Contacts):
        field["parts"] = {name: _field(getattr(found.value, name)) for name in Contacts.__dataclass_fields__}
    return field


def _place(place: Place) -> dict[str, object]:
    if place.meta:
        return {"meta": place.meta, "column": place.column}
    return {"line": place.line, "column": place.column}


def _value(value: object) -> object:
    for kind, spell in _SPELLINGS.items():
        if isinstance(value, kind):
            return spell(value)
    return value


def _contacts(contacts: Contacts) -> dict[str, object]:
    parts = {name: getattr(contacts, name) for name in Contacts.__dataclass_fields__}
    return {name: found.value if found else None for name, found in parts.items()}


def _addressee(each: Addressee) -> dict[str, object]:
    return {"name": each.name, "honorific": each.honorific, "kind": each.kind and each.kind.value, "lead": each.lead}


def _ask(ask: Ask) -> dict[str, object]:
    place = {"line": ask.line, "column": ask.column}
    return {"number": ask.number, "title": ask.title, "text": ask.text, "under": ask.under, "place": place}


_SPELLINGS: dict[type, Callable[..., object]] = {
    str: str,
    date: date.isoformat,
    tuple: lambda items: [_value(item) for item in items],
    Contacts: _contacts,
    Addressee: _addressee,
    Ask: _ask,
}
