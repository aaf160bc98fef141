"""What people decide in the demonstration (演示剧本), read from a file: one chapter for each proposal."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import Fault, InputError
from models.vocabulary import ContactWay, PublicationMode, PublicationWish, Satisfaction, Stage


class Part(BaseModel):
    """A part of a chapter; unknown keys are refused so that a typing error is not silently no story."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Talk(Part):
    """A talk with the proposer."""

    way: ContactWay = ContactWay.FACE_TO_FACE
    with_name: str
    said: str


class Said(Part):
    """One proposer's feedback."""

    proposer: str
    attitude: Literal[Satisfaction.SATISFIED, Satisfaction.MOSTLY, Satisfaction.DISSATISFIED] = Satisfaction.SATISFIED
    result: Literal[Satisfaction.SATISFIED, Satisfaction.MOSTLY, Satisfaction.DISSATISFIED] = Satisfaction.SATISFIED
    reasons: str | None = None
    wish: PublicationWish = PublicationWish.AGREES


class Vow(Part):
    """Something promised, and what became of it."""

    text: str
    due_on: date | None = None
    condition: str | None = None
    evidence: str | None = None
    """The evidence, where it was kept by the end of the story."""


class Decision(Part):
    """How the reply is published."""

    mode: PublicationMode = PublicationMode.FULL
    reason: str | None = None
    summary: str | None = None


class NotFiled(Part):
    """不予立案."""

    reason: str
    destination: str = "转为意见建议"


class Amended(Part):
    """退回补正."""

    reason: str
    amended: str | None = None


class Reason(Part):
    """Just a reason."""

    reason: str


class Returned(Part):
    """退办, granted."""

    by: str
    reason: str
    to: str


class RefusedReturn(Part):
    """退办, refused."""

    by: str
    reason: str
    refusal: str


class MoreTime(Part):
    """延期."""

    reason: str
    granted: bool = True


class Question(Part):
    """请予说明."""

    question: str
    answer: str


class Again(Part):
    """退回会办意见."""

    agency: str
    reason: str
    second: str


class SentBack(Part):
    """退回修改."""

    remark: str
    second_reply: str


class Redo(Part):
    """重新办理."""

    reason: str
    reply: str
    feedback: tuple[Said, ...] = ()
    promises: tuple[Vow, ...] = ()


class Chapter(Part):
    """One proposal's story."""

    number: str
    session: Literal["政协", "人大"]
    lead: str = ""
    mode: Literal["主办", "独办", "分办"] = "主办"
    co_handlers: tuple[str, ...] = ()
    contact: Talk | None = None
    opinions: dict[str, str] = Field(default_factory=dict)
    reply: str = ""
    result_class: str | None = None
    document_number: str | None = None
    contact_person: str | None = None
    contact_phone: str | None = None
    promises: tuple[Vow, ...] = ()
    feedback: tuple[Said, ...] = ()
    publication: Decision = Decision()
    merge_into: str | None = None
    not_filed: NotFiled | None = None
    return_to_proposer: Amended | None = None
    withdrawn: Reason | None = None
    returned: Returned | None = None
    refused_return: RefusedReturn | None = None
    extension: MoreTime | None = None
    clarification: Question | None = None
    opinion_back: Again | None = None
    send_back: SentBack | None = None
    redo: Redo | None = None
    uphold: Reason | None = None
    overdue: bool = False
    waits: Literal["退办", "延期", "公开审查", ""] = ""
    """What the office has not decided yet when the story ends, besides what its stage says."""
    silent: tuple[str, ...] = ()
    due_on: date | None = None
    stop: Stage | Literal[""] = ""


class Story(Part):
    """All chapters."""

    case: tuple[Chapter, ...]


def read_story(path: Path) -> Story:
    """Read a story. Raises: InputError naming chapter and key."""
    try:
        return Story.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InputError(Fault(str(path), f"不是有效的 TOML（{error}）", "请改正后重试。")) from error
    except ValidationError as error:
        faults = [
            Fault(f"{path} {'.'.join(str(part) for part in found['loc'])}", found["msg"], "请改正后重试。")
            for found in error.errors()
        ]
        raise InputError(*faults) from error
