"""Policy packs (规则包): one jurisdiction's rules as data, each value with its source. What no source gives is absent."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.ladders import Ladder
from models.vocabulary import (
    ClockKind,
    DraftView,
    HandlingRole,
    MaskKind,
    ProposalKind,
    PublicationMode,
    StartEvent,
    Track,
    Unit,
)

Text = Annotated[str, Field(min_length=1)]
Length = Annotated[int, Field(gt=0, le=1200)]
Confidence = Literal["V", "E", "M", "C", "I"]
"""V the rule's own text was read; E an excerpt of it; M on a mirror; C computed; I inferred or recommended."""


class Section(BaseModel):
    """Every part of a pack: strict, frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Meta(Section):
    """`[pack]`: whose rules these are and since when."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Text
    extends: str | None = None
    tracks: Annotated[tuple[Track, ...], Field(min_length=1)]
    in_force_from: date | None = None
    in_force_to: date | None = None
    version: Text
    source: Text


class ExtensionRule(Section):
    """How far a deadline may be put off (延期): a total length from the start, or a length on top."""

    total_length: Length | None = None
    added_length: Length | None = None
    unit: Unit
    consent: Text | None = None
    """Who consents; absent: the source names nobody."""
    inform_proposer: bool = False


class ClockRule(Section):
    """`[[clocks]]`: one deadline. Equal by value, hashed by its id."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    rule_id: Annotated[str, Field(alias="id", pattern=r"^[a-z0-9_.]+$")]
    step: ClockKind
    tracks: Annotated[tuple[Track, ...], Field(min_length=1)]
    in_recess: bool | None = None
    """True: proposals between sessions only; False: of a session only; absent: both."""
    for_role: HandlingRole | None = None
    length: Length | None = None
    unit: Unit | None = None
    start: StartEvent
    start_confidence: Confidence | None = None
    """Set where the source gives the length but is silent about the day it counts from."""
    month_day: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-[0-3]\d$")] | None = None
    """MM-DD, for a fixed date instead of a length."""
    roll: bool
    extension: ExtensionRule | None = None
    on_expiry: str = ""
    note: str = ""
    source: Text
    confidence: Confidence

    def __hash__(self) -> int:
        return hash((self.rule_id, self.length))


class ClassScheme(Section):
    """`[classes]`: what the letters of the handling result (办理结果分类) mean, whose scheme it is, since when."""

    owner: Text
    valid_from: date | None = None
    letters: Annotated[dict[str, Text], Field(min_length=1)]
    source: Text
    confidence: Confidence


class Approval(Section):
    """`[approval]`: who signs a reply, in order, and whether the supervising office sees it first (预审)."""

    levels: Annotated[tuple[Text, ...], Field(min_length=1)]
    office_pre_review: bool
    proposer_view: DraftView = DraftView.NOT_ASKED
    """Whether proposers are asked what they think of the draft, and who reads their answer."""
    substitute_signs_several: bool = False
    """Whether somebody who signs for another (代签) may sign more than one level of the same version."""
    source: Text
    confidence: Confidence


class SatisfactionRule(Section):
    """`[satisfaction]`: the scale, and that silence never counts as satisfied."""

    scale: Annotated[tuple[Text, ...], Field(min_length=2)]
    attitude_apart: bool
    reason_when_dissatisfied: bool
    source: Text
    confidence: Confidence


class PublicationRule(Section):
    """`[publication]`: how replies are published by default, what is masked, which metadata go with them."""

    default_mode: PublicationMode
    masked: tuple[MaskKind, ...]
    metadata: tuple[Text, ...]
    review_again_months: Annotated[int, Field(ge=1, le=120)] | None = None
    """After so many months what was refused is looked at again; None: only when somebody asks."""
    source: Text
    confidence: Confidence


class Numbering(Section):
    """`[numbering]`: patterns of numbers; {serial:04} writes leading zeros, {prefix} and {year} stand for themselves."""

    proposal: Text
    recess: Text
    document: Text
    opinion: Text = "{prefix}会〔{year}〕{serial}号"
    """Co-opinions have a series of their own, as agencies keep it (浙海渔提、浙海渔提函)."""
    source: Text
    confidence: Confidence


class Titles(Section):
    """`[titles]`: patterns of a reply's title per kind, its salutation and opening paragraph.

    A title is filled with {agency} (or {organ}), {session}, {number}, {subject} and {kind}. In a salutation or opening
    {title} is how the proposer is addressed, 代表 or 委员; {name}, {names} and {count} speak for themselves.
    """

    session: dict[ProposalKind, Text]
    recess: dict[ProposalKind, Text]
    co_opinion: Text
    salutation_one: Text
    salutation_many: Text
    salutation_organisation: Text
    opening_one: Text
    opening_many: Text
    source: Text
    confidence: Confidence


class LadderUse(Section):
    """`[ladder]`: which preset runs, and the hours in which nothing is sent (Beijing time)."""

    use: Text
    quiet_from_hour: Annotated[int, Field(ge=0, le=23)]
    quiet_until_hour: Annotated[int, Field(ge=0, le=23)]


class Pauses(Section):
    """`[pauses]`: whether asking the proposer for clarification stops the reply's clock."""

    clarification_stops_reply: bool
    source: Text
    confidence: Confidence


class Pack(Section):
    """One jurisdiction's complete rules, what it inherits already put in."""

    pack: Meta
    lineage: tuple[str, ...] = ()
    """Codes of the packs it inherits from, nearest first."""
    clocks: tuple[ClockRule, ...] = ()
    classes: ClassScheme
    approval: Approval
    satisfaction: SatisfactionRule
    publication: PublicationRule
    numbering: Numbering
    titles: Titles
    ladder: LadderUse
    ladders: dict[str, Ladder]
    pauses: Pauses

    @property
    def code(self) -> str:
        """The pack's name in commands and rows."""
        return self.pack.code

    @property
    def reminder_ladder(self) -> Ladder:
        """The ladder in use."""
        return self.ladders[self.ladder.use]

    def clock(
        self, step: ClockKind, *, track: Track, in_recess: bool, role: HandlingRole | None = None
    ) -> ClockRule | None:
        """The rule for `step`; the nearest pack and the narrowest wording win. None: no source gives one."""
        fitting = [
            rule
            for rule in self.clocks
            if rule.step is step
            and track in rule.tracks
            and rule.in_recess in {None, in_recess}
            and rule.for_role in {None, role}
        ]
        return fitting[0] if fitting else None

    @property
    def in_force(self) -> tuple[ClockRule, ...]:
        """The deadlines a case can meet: without those that a nearer pack or a narrower wording stands in for."""
        return tuple(
            rule
            for rule in self.clocks
            if any(
                self.clock(rule.step, track=track, in_recess=in_recess, role=rule.for_role) is rule
                for track in rule.tracks
                for in_recess in ((False, True) if rule.in_recess is None else (rule.in_recess,))
            )
        )

    def unsaid(self, track: Track) -> tuple[ClockKind, ...]:
        """The deadlines for which neither this place's sources nor those above it give a length."""
        said = {rule.step for rule in self.clocks if track in rule.tracks}
        return tuple(kind for kind in ClockKind if kind not in said and kind is not ClockKind.PROMISE)

    def rule(self, rule_id: str) -> ClockRule | None:
        """The clock rule with this id."""
        return next((rule for rule in self.clocks if rule.rule_id == rule_id), None)

    def class_meaning(self, letter: str) -> str | None:
        """What a letter means here; None when the scheme has no such letter."""
        return self.classes.letters.get(letter)
