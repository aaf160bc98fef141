"""What everybody asks carries (动作的共同部分), who asks, and what became of it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from models.vocabulary import Channel, Role

MAX_TEXT = 200_000
"""Characters of one text; the longest real letters have about 15,000."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]

_BREAK: Final = re.compile("[\x0b\x0c]")
"""A line break within a paragraph, as word processors paste it, and a page break."""

_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


class Frozen(BaseModel):
    """Immutable, and no field that was not asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, given: Any) -> Any:
        """Control characters, which come along when text is pasted, mean nothing and cannot be stored everywhere."""
        return {name: _plain(value) for name, value in given.items()} if isinstance(given, dict) else given


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", _BREAK.sub("\n", value))
    return tuple(_plain(one) for one in value) if isinstance(value, (list, tuple)) else value


class Actor(Frozen):
    """Who acts, and on which way it came in."""

    role: Role = Field(default=Role.COORDINATOR, title="身份")
    name: Annotated[Line, Field(max_length=100)] = Field(default="督办单位经办人", title="姓名")
    agency: str | None = Field(default=None, max_length=120, title="单位")
    channel: Channel = Field(default=Channel.COMMAND, title="渠道")


SYSTEM = Actor(role=Role.SYSTEM, name="系统", channel=Channel.SYSTEM)


class Action(Frozen):
    """What every action carries."""

    case: Line = Field(title="案号", description="例如 2023128；号码不唯一时写全：市政协六届二次会议/2023128")
    by: Actor = Field(default_factory=Actor, title="经办人")
    key: str = Field(
        default_factory=lambda: uuid4().hex,
        min_length=1,
        max_length=160,
        title="防重标识",
        description="同一标识只办一次，一般不用填",
    )


class Outcome(BaseModel):
    """What became of one action."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    key: str
    case: str
    action: str
    result: Literal["已办理", "已办过", "未办理"]
    """Done now, done before under the same key, or refused."""
    message: str
    """What was recorded, or why it was refused and what would make it possible."""
    receipt: str | None = None
    """`<case id>-<history entry>`: where it stands in the history."""

    @property
    def refused(self) -> bool:
        """Whether nothing was recorded."""
        return self.result == "未办理"
