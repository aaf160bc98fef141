"""Who acts, as written on a command line (身份:姓名[:单位]), and in which part of a case an agency acts."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from sqlalchemy import Connection, select

from models import schema
from models.actions.action import Action, Actor
from models.errors import Fault, InputError
from models.vocabulary import Channel, Role
from tasks.case_actions import role_in
from tasks.loading import load_cases, resolve

AGENCY: Final = "单位"
"""The role of an agency's clerk who leads one case and helps in another; which it is, each case says."""
_ROLES: Final = {role.value: role for role in Role if role is not Role.SYSTEM} | {
    "督办": Role.COORDINATOR,
    "主办": Role.LEAD,
    "会办": Role.CO_HANDLER,
    AGENCY: Role.LEAD,
}
_OF_AGENCY: Final = frozenset({Role.LEAD, Role.CO_HANDLER})


def actor_from(text: str, connection: Connection, channel: Channel = Channel.COMMAND) -> tuple[Actor, bool]:
    """The actor, and whether his role is to be read off each case. Raises: InputError naming the part that is wrong."""
    if not text.strip():
        return Actor(channel=channel), False
    role, name, agency = ([part.strip() for part in text.replace("\uff1a", ":").split(":", 2)] + ["", ""])[:3]
    where = f"--by {text}"
    if role not in _ROLES:
        words = [word for word in _ROLES if word not in {"督办", "主办", "会办"}]
        near = get_close_matches(role, words, n=1, cutoff=0.4)
        hint = f"是不是“{near[0]}”？" if near else ""
        raise InputError(Fault(where, f"不认识的身份“{role}”", f"{hint}可以写：{'、'.join(words)}。"))
    if not name:
        raise InputError(Fault(where, "没有写姓名", "请写成 身份:姓名，承办单位再加单位，例如 主办单位:王某:民政局。"))
    if _ROLES[role] in _OF_AGENCY and not agency:
        raise InputError(Fault(where, "没有写单位", f"请写成 {role}:{name}：单位名称。"))
    if agency:
        check_agency(agency, where, connection)
    return Actor(role=_ROLES[role], name=name, agency=agency or None, channel=channel), role == AGENCY


def fit_roles(connection: Connection, actions: Sequence[Action]) -> list[Action]:
    """The same actions, each by the agency in the role it has in that case; where it has none, as they are."""
    ids = resolve(connection, {action.case for action in actions})
    cases = load_cases(connection, {found for found in ids.values() if isinstance(found, int)})
    fitted: list[Action] = []
    for action in actions:
        found = ids.get(action.case)
        role = role_in(cases[found], action.by.agency or "") if isinstance(found, int) else None
        by = action.by.model_copy(update={"role": role}) if role else action.by
        fitted.append(action.model_copy(update={"by": by}))
    return fitted


def check_agency(agency: str, where: str, connection: Connection) -> None:
    """Raises: InputError with the nearest name when nobody knows this agency."""
    names = list(connection.scalars(select(schema.AGENCIES.c.name)))
    if agency not in names:
        near = get_close_matches(agency, names, n=1, cutoff=0.3)
        remedy = f"是不是“{near[0]}”？请改正。" if near else "请用 banli agencies list 查看已登记的单位。"
        raise InputError(Fault(where, f"没有登记单位“{agency}”", remedy))
