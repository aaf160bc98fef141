"""Policy packs (规则包): one jurisdiction's rules as data, each value with its source. What no source gives is absent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.errors import Fault, PolicyError
from models.ladders import Ladder
from models.masking import MaskKind
from models.pack_checks import faults_of
from models.refusals import held_against, read_toml
from models.vocabulary import ClockKind, HandlingRole, ProposalKind, PublicationMode, StartEvent, Track, Unit

Text = Annotated[str, Field(min_length=1)]
Length = Annotated[int, Field(gt=0, le=1200)]
Confidence = Literal["V", "E", "M", "C", "I"]
"""V the rule's own text was read; E an excerpt of it; M on a mirror; C computed; I inferred or recommended."""


class Section(BaseModel):
    """Every part of a pack: strict, frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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
    source: Text
    confidence: Confidence


class Numbering(Section):
    """`[numbering]`: patterns of numbers; {serial:04} writes leading zeros, {prefix} and {year} stand for themselves."""

    proposal: Text
    recess: Text
    document: Text
    source: Text
    confidence: Confidence


class Titles(Section):
    """`[titles]`: patterns of a reply's title per kind, its salutation and opening paragraph.

    {title} is how the proposer is addressed, 代表 or 委员; {organ}, {place}, {session}, {number}, {subject}, {year},
    {name}, {names} and {count} speak for themselves.
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

    def rule(self, rule_id: str) -> ClockRule | None:
        """The clock rule with this id."""
        return next((rule for rule in self.clocks if rule.rule_id == rule_id), None)

    def class_meaning(self, letter: str) -> str | None:
        """What a letter means here; None when the scheme has no such letter."""
        return self.classes.letters.get(letter)


_OWN: Final = {"pack", "clocks", "lineage"}
_MERGED: Final = ("titles", "ladder", "ladders")
"""Sections a pack may change key by key; the others rest on one source and are replaced whole."""


def parse_pack(text: str, file: str, base: Pack | None = None) -> Pack:
    """Read one pack; sections it leaves out and clocks it does not name come from `base`, the pack it extends.

    Raises: PolicyError naming file, key and reason, with every mistake found.
    """
    return _build(read_toml(text, file), file, base)


def parse_packs(texts: Mapping[str, str]) -> dict[str, Pack]:
    """Read packs by file name, whatever their order, and put in what each inherits; by code.

    Raises: PolicyError, also for a code used twice, an unknown base or a circle in `extends`.
    """
    tables = {file: read_toml(text, file) for file, text in texts.items()}
    files: dict[str, str] = {}
    for file, table in tables.items():
        code = _code(table, file)
        if code in files:
            raise PolicyError(Fault(f"{file}·pack·code", f"{code} 已由 {files[code]} 使用", "请换一个代号。"))
        files[code] = file
    packs: dict[str, Pack] = {}
    for code in files:
        _resolve(code, files, tables, packs, ())
    return packs


def _resolve(
    code: str, files: Mapping[str, str], tables: Mapping[str, Any], packs: dict[str, Pack], above: tuple[str, ...]
) -> Pack:
    if code in packs:
        return packs[code]
    file = files[code]
    base = _meta(tables[file]).get("extends")
    if base in (*above, code):
        circle = " → ".join((*above, code, base))
        raise PolicyError(Fault(f"{file}·pack·extends", f"规则包相互继承成环:{circle}", "请去掉其中一个 extends。"))
    if base is not None and base not in files:
        raise PolicyError(Fault(f"{file}·pack·extends", f"没有规则包 {base}", f"可用的有:{'、'.join(sorted(files))}。"))
    inherited = None if base is None else _resolve(base, files, tables, packs, (*above, code))
    packs[code] = _build(tables[file], file, inherited)
    return packs[code]


def _code(table: Mapping[str, Any], file: str) -> str:
    """The pack's code, or the file's name where it has none that can be one; what else is wrong is told later."""
    for key in ("code", "extends"):
        if not isinstance(value := _meta(table).get(key, ""), str):
            raise PolicyError(Fault(f"{file}·pack·{key}", f"{value} 不是文字", f'请写成 {key} = "yunxi" 这样。'))
    return str(_meta(table).get("code", file))


def _meta(table: Mapping[str, Any]) -> Mapping[str, Any]:
    found = table.get("pack")
    return found if isinstance(found, dict) else {}


def _merged(inherited: Any, own: Any) -> Any:
    if isinstance(inherited, dict) and isinstance(own, dict):
        return inherited | {key: _merged(inherited.get(key), value) for key, value in own.items()}
    return own


def _build(table: dict[str, Any], file: str, base: Pack | None) -> Pack:
    named = _meta(table).get("extends")
    if named != (base.code if base else None):
        raise PolicyError(
            Fault(f"{file}·pack·extends", f"继承自 {named},但未随同给出", "请把它和所继承的规则包放在一起载入。")
        )
    whole = dict(table)
    if base is not None:
        inherited = base.model_dump(mode="json", by_alias=True)
        whole = {key: value for key, value in inherited.items() if key not in _OWN} | table
        whole |= {key: _merged(inherited[key], table.get(key, {})) for key in _MERGED}
        whole["lineage"] = [base.code, *base.lineage]
    pack = held_against(Pack, whole, file)
    if faults := faults_of(pack, base, file):
        raise PolicyError(*faults)
    own = sorted(pack.clocks, key=lambda rule: (rule.for_role is None, rule.in_recess is None))
    ids = {rule.rule_id for rule in own}
    inherited_clocks = (rule for rule in (base.clocks if base else ()) if rule.rule_id not in ids)
    return pack.model_copy(update={"clocks": (*own, *inherited_clocks)})
