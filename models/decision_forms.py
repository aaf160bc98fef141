"""The form a decision is answered in (决定表单), made from the actions that answer it, and the answer read back.

No field is written here a second time: titles, help, choices and defaults are those of `models/actions/`. Where
several actions may answer, their fields stand on one form, each saying to which answer it belongs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from models.actions.action import Action
from models.decisions import Decision, Pending
from models.forms import Complaint, FieldType, FormField, action_types, faults_from, fields_of
from models.vocabulary import Channel

DECISION, NAME, CASES, EXCEPTIONS, CASE = "decision", "name", "cases", "exceptions", "case"
"""Fields of a form that are no action's own."""
LEFT_OPEN: Final = "暂不决定"
"""The exception that leaves a case as it is."""
_LONGEST_NAME: Final = 100

Options = Mapping[str, Sequence[str]]
"""Words to choose from, by field name: agencies, classes."""
Answer = Mapping[str, Any]


_MUST: Final = "must"
"""Marks a field that has to be filled in although the form offers something."""


def _as_a_person_fills_it(schema: dict[str, Any]) -> None:
    """A field without a default is left out of the answer, not sent as null, which its type would refuse; one that is
    needed is marked so even where something is offered.
    """
    properties = schema.get("properties", {})
    for one in properties.values():
        if one.get("default", "") is None:
            del one["default"]
    needed = {name for name, one in properties.items() if one.pop(_MUST, False)} | set(schema.get("required", ()))
    schema["required"] = [name for name in properties if name in needed]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=_as_a_person_fills_it)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One field of the form and the answers it belongs to."""

    field: FormField
    answers: tuple[str, ...]
    required_by: tuple[str, ...]


def form_of(decision: Decision, options: Options, offered: Answer) -> type[BaseModel]:
    """The form of one decision; `offered` fills it in where it may."""
    return _model("DecisionForm", "决定", _fields(decision, options, offered, one=True) | _name(offered))


def form_of_many(decision: Decision, labels: Sequence[str], options: Options, offered: Answer) -> type[BaseModel]:
    """The form that answers many cases in one go: all of them or some, the same for each, and the exceptions."""
    some: Any = list[_one_of(labels)]  # type: ignore[misc]  # a type made here
    picked = Field(default=offered.get(CASES, []), title="只决定这些件", description="不选，就是名单上的全部。")
    plain = _fields(decision, options, {}, one=False)
    row: dict[str, Any] = {CASE: (_one_of(labels), Field(title="案号"))}
    choice = _one_of([*decision.answers, LEFT_OPEN])
    row |= {DECISION: (choice, Field(title="决定")), **{name: one for name, one in plain.items() if name != DECISION}}
    exceptions: Any = list[_model("Exceptions", "例外", row)]  # type: ignore[misc]  # a type made here
    but = Field(default=offered.get(EXCEPTIONS, []), title="例外", description="与其余各件不同的，逐件写明。")
    fields = {CASES: (some, picked), **_fields(decision, options, offered, one=False), EXCEPTIONS: (exceptions, but)}
    return _model("DecisionsForm", "一并决定", fields | _name(offered))


def _one_of(words: Sequence[str]) -> Any:
    """The type of a choice among words known only now."""
    return Literal[*words]


def _model(name: str, title: str, fields: Mapping[str, Any]) -> type[BaseModel]:
    made: type[BaseModel] = create_model(name, __base__=_Form, __cls_kwargs__={"title": title}, **fields)
    return made


def _name(offered: Answer) -> dict[str, Any]:
    default = offered.get(NAME) or ...
    about = "谁作的决定，记入办理记录。"
    field = Field(
        default,
        title="经办人",
        description=about,
        min_length=1,
        max_length=_LONGEST_NAME,
        json_schema_extra={_MUST: True},
    )
    return {NAME: (str, field)}


def _wanted(decision: Decision, given: Mapping[str, str]) -> dict[str, _Wanted]:
    found: dict[str, _Wanted] = {}
    for answer in decision.answers:
        for field in fields_of(action_types()[answer]):
            if field.name in given:
                continue
            known = found.get(field.name, _Wanted(field, (), ()))
            required = (answer,) if field.required else ()
            found[field.name] = replace(
                known, answers=(*known.answers, answer), required_by=known.required_by + required
            )
    return found


def _fields(decision: Decision, options: Options, offered: Answer, *, one: bool) -> dict[str, Any]:
    """Field name → (annotation, FieldInfo), the decision itself first."""
    fields: dict[str, Any] = {}
    if len(decision.answers) > 1:
        words = _one_of(decision.answers)
        default = offered.get(DECISION, decision.first)
        shown = ... if default is None else default
        fields[DECISION] = (words, Field(shown, title="决定", json_schema_extra={_MUST: True}))
    alone = len(decision.answers) == 1
    for name, wanted in _wanted(decision, _settled(decision)).items():
        required = alone and one and bool(wanted.required_by)
        fields[name] = _field(wanted, options.get(name, ()), offered.get(name), required=required, alone=alone)
    return fields


def _settled(decision: Decision) -> Mapping[str, str]:
    """Fields that no form of this kind asks for, because the question settles them."""
    return {"agency": ""} if decision.answers[0] == "同意退办" else {}


_TYPES: Final[dict[FieldType, Any]] = {FieldType.DATE: date, FieldType.FLAG: bool, FieldType.NUMBER: int}


def _field(wanted: _Wanted, options: Sequence[str], offered: Any, *, required: bool, alone: bool) -> tuple[Any, Any]:
    field = wanted.field
    words = tuple(options) or field.choices
    one: Any = _one_of(words) if words else _TYPES.get(field.type, str)
    default = offered if offered and _may(words, offered) else _usual(field, alone=alone)
    kind: Any = list[one] if field.type is FieldType.LIST else one
    about = _help(wanted, alone=alone)
    shown = ... if required and not default else default
    must: Any = {_MUST: True} if required else None
    return kind, Field(shown, title=field.title, description=about or None, json_schema_extra=must)


def _may(words: Sequence[str], offered: Any) -> bool:
    """Whether something offered is among the words there are."""
    return not words or set(offered if isinstance(offered, (list, tuple)) else [offered]) <= set(words)


def _usual(field: FormField, *, alone: bool) -> Any:
    """What the form shows when nothing is offered; only a choice has a word of its own."""
    if field.type is FieldType.LIST:
        return []
    return field.default if alone and field.type is FieldType.CHOICE and field.default else None


def _help(wanted: _Wanted, *, alone: bool) -> str:
    field = wanted.field
    words = []
    if not alone:
        rest = [answer for answer in wanted.answers if answer not in wanted.required_by]
        words += [f"{'、'.join(wanted.required_by)}：必填"] if wanted.required_by else []
        words += [f"{'、'.join(rest)}：可填"] if rest else []
    if field.default and field.type is not FieldType.CHOICE:
        words.append(f"不填：{field.default}")
    return "；".join([*words, *([field.help] if field.help else [])]) + ("。" if words and not field.help else "")


# ── the answer read back ─────────────────────────────────────────────────────────────────────────────────────────


def action_of(
    decision: Decision, answer: Answer, *, case: str, pending: Pending, key: str
) -> Action | tuple[Complaint, ...]:
    """The action an answer stands for, or what is wrong with it, field by field."""
    chosen = str(answer.get(DECISION) or (decision.first if len(decision.answers) == 1 else ""))
    if chosen not in decision.answers:
        what = f"不认识的“{chosen}”" if chosen else "没有选择"
        return (("决定", what, f"请选择：{'、'.join(decision.answers)}。"),)
    if strange := _out_of_place(decision, answer, chosen, pending):
        return strange
    kind = action_types()[chosen]
    own = set(kind.model_fields) - {CASE, "by", "key", "kind"}
    values = {name: value for name, value in answer.items() if name in own and value not in (None, "", [])}
    actor = {"name": answer.get(NAME) or "", "channel": Channel.FORM}
    settled = {name: value for name, value in pending.given.items() if name in own}
    try:
        return kind.model_validate({**values, **settled, CASE: case, "by": actor, "key": key})
    except ValidationError as error:
        return tuple(faults_from(error, kind))


def _out_of_place(decision: Decision, answer: Answer, chosen: str, pending: Pending) -> tuple[Complaint, ...]:
    """What was filled in for another answer: most likely the decision itself was left as it stood."""
    found: list[Complaint] = []
    for name, wanted in _wanted(decision, _settled(decision)).items():
        value = answer.get(name)
        offered = (pending.suggested.get(name), _usual(wanted.field, alone=len(decision.answers) == 1))
        if value in (None, "", []) or chosen in wanted.answers or value in offered:
            continue
        others = "、".join(wanted.answers)
        found.append((wanted.field.title, f"填了内容，决定却是“{chosen}”", f"要{others}的，请改选；否则请清空这一项。"))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer for many says: actions by case, what is wrong with a case's own, and with the whole."""

    actions: Mapping[str, Action]
    refused: Mapping[str, tuple[Complaint, ...]]
    complaints: tuple[Complaint, ...] = ()


def actions_of(decision: Decision, answer: Answer, *, listed: Mapping[str, Pending], key: str) -> Answered:
    """The answers to the cases listed (by reference). A mistake in what holds for all stops all of them."""
    exceptions: dict[str, Answer] = {}
    unknown: list[Complaint] = []
    for row in answer.get(EXCEPTIONS) or ():
        ref = _ref(str(row.get(CASE, "")), listed) if isinstance(row, Mapping) else None
        if ref is None:
            unknown.append(
                ("例外", f"名单上没有“{row.get(CASE, '') if isinstance(row, Mapping) else row}”", "请从名单中选择。")
            )
        else:
            exceptions[ref] = {**row, NAME: answer.get(NAME)}
    picked = [(word, _ref(str(word), listed)) for word in answer.get(CASES) or ()]
    unknown += [("只决定这些件", f"名单上没有“{word}”", "请从名单中选择。") for word, ref in picked if ref is None]
    usual = [ref for ref in ([ref for _, ref in picked if ref] or listed) if ref not in exceptions]
    actions: dict[str, Action] = {}
    refused: dict[str, tuple[Complaint, ...]] = {}
    for ref, own in [*((ref, answer) for ref in usual), *exceptions.items()]:
        if own.get(DECISION) == LEFT_OPEN:
            if strange := _out_of_place(decision, own, LEFT_OPEN, listed[ref]):
                refused[ref] = strange
            continue
        made = action_of(decision, own, case=ref, pending=listed[ref], key=f"{key}:{ref}")
        if isinstance(made, Action):
            actions[ref] = made
        elif own is answer:
            return Answered({}, {}, made)
        else:
            refused[ref] = made
    return Answered({}, {}, tuple(unknown)) if unknown else Answered(actions, refused)


def label(case: str, title: str, *, alone: bool) -> str:
    """A case in a list to choose from: its number (with the session where others bear it too) and its title."""
    return f"{case.rpartition('/')[2] if alone else case} {title[:_TITLE]}"


_TITLE: Final = 30


def _ref(word: str, listed: Mapping[str, Pending]) -> str | None:
    """The listed case a label, a full reference or a bare number stands for."""
    name = word.partition(" ")[0]
    found = [ref for ref in listed if word == ref or name in {ref, ref.rpartition("/")[2]}]
    return found[0] if len(found) == 1 else None
