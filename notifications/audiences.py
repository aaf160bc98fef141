"""To whom we write (收件人), how to address them, and on which ways a message may reach them.

A recipient is written `督办`, `单位:市民政局`, `单位:市民政局#负责人` (only contacts of that role) or
`提案人:<case id>.<no>`. Routes are plain data: for a recipient, an ordered list of ways, the first one first and the
others as fall-backs. The most exact entry wins:

    "单位:市民政局" = ["wecombot://KEY", "邮件"]    # its group robot, then its contacts' e-mail
    "单位"          = ["邮件"]                       # every other agency
    "提案人"        = ["邮件"]
    "督办"          = ["dingtalk://TOKEN", "mailto:duban@example.gov.cn"]
    "默认"          = ["信箱"]                       # the local mailbox folder

`邮件` is the e-mail address on record, `信箱` the local mailbox, `mailto:` an explicit address, anything else an
Apprise URL. `${NAME}` inside a way is filled from the surroundings, so that no secret need stand in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.errors import Fault, InputError
from models.rulings import HEAD
from models.vocabulary import ProposerKind

BY_MAIL = "邮件"
TO_MAILBOX = "信箱"
DEFAULT = "默认"

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_HONORIFICS = {ProposerKind.MEMBER: "委员", ProposerKind.DEPUTY: "代表"}


class Audience(StrEnum):
    """Whom a message is for; decides tone and salutation."""

    COORDINATOR = "督办"
    AGENCY = "单位"
    PROPOSER = "提案人"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient taken apart: `单位:市民政局#分管领导` is (AGENCY, 市民政局, 分管领导)."""

    audience: Audience
    name: str = ""
    role: str = ""


def read_recipient(recipient: str) -> Recipient:
    """Take a recipient apart.

    Raises: InputError for a recipient that is none of the three.
    """
    head, _, rest = recipient.partition(":")
    if head not in set(Audience) or (head == Audience.COORDINATOR) == bool(rest):
        raise InputError(
            Fault(where="收件人", what=f"不认识“{recipient}”", remedy="应写作“督办”“单位:名称”或“提案人:案号.序号”。")
        )
    name, _, role = rest.partition("#")
    return Recipient(Audience(head), name=name, role=role)


def salutation(recipient: str, name: str, *, proposer_kind: ProposerKind | None = None) -> str:
    """`尊敬的张某委员：` to a person who proposes, `市民政局：` to an office, `市民政局负责同志：` to its head."""
    honorific = _HONORIFICS.get(proposer_kind) if proposer_kind else None
    who = read_recipient(recipient)
    if who.audience is not Audience.PROPOSER:
        return f"{name}{'负责同志' if who.role == HEAD else ''}："
    if honorific is None:
        return f"尊敬的{name}："
    return f"尊敬的{name}{'' if name.endswith(honorific) else honorific}："


def ways_for(recipient: str, routes: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The ordered ways for a recipient: its own entry, else without the role, else its audience's, else 默认."""
    who = read_recipient(recipient)
    for name in (recipient, f"{who.audience}:{who.name}", who.audience.value, DEFAULT):
        if name in routes:
            return tuple(routes[name])
    return ()


def check_routes(
    given: Mapping[str, object], *, where: str, variables: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Validate routes as read from a file and fill in `${NAME}`.

    Raises: InputError naming every entry that is wrong.
    """
    faults: list[Fault] = []
    routes: dict[str, tuple[str, ...]] = {}
    for name, value in given.items():
        place = f"{where} “{name}”"
        if name != DEFAULT and name.partition(":")[0] not in set(Audience):
            faults.append(Fault(place, "收件人写法不对", "应写作“督办”“单位”“单位:名称”“提案人”或“默认”。"))
            continue
        ways = [value] if isinstance(value, str) else value
        if not isinstance(ways, (list, tuple)) or not ways or not all(isinstance(way, str) for way in ways):
            faults.append(Fault(place, "应是一个地址或地址的列表", '请写成 ["wecombot://KEY", "邮件"] 这样的形式。'))
            continue
        missing = sorted({n for way in ways for n in _VARIABLE.findall(way) if n not in variables})
        if missing:
            faults.append(Fault(place, f"没有找到 {'、'.join(missing)} 的值", "请设置同名环境变量或 Secret 块。"))
            continue
        routes[name] = tuple(_VARIABLE.sub(lambda found: variables[found[1]], way) for way in ways)
    if faults:
        raise InputError(*faults)
    return routes
