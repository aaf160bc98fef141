"""The form behind every action: one reading of its fields for pages, sheets and the command line.

An action's pydantic model is the form; here its fields become plain descriptions, typed texts become its values, and
what pydantic refuses becomes sentences a clerk can act on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from models.actions import AnyAction
from models.actions.action import Action, Actor
from models.form_texts import parse_day, parse_flag, parse_lines, parse_list

HIDDEN: Final = frozenset({"case", "by", "key", "kind", "attachment"})
"""What every action carries, and a file that comes along: no form asks for them by text."""

_SENTENCES: Final = frozenset({"asks", "readable", "hidden"})
"""Lists of sentences, one a line; in other lists 、 and commas part names."""

Complaint = tuple[str, str, str]
"""Field title, what is wrong, what to do."""


class FieldType(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    LINE = "line"
    DATE = "date"
    CHOICE = "choice"
    FLAG = "flag"
    LIST = "list"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. A list has one entry a line, `parts` naming what stands between its bars, if anything."""

    name: str
    title: str
    help: str
    type: FieldType
    choices: tuple[str, ...]
    required: bool
    default: str
    parts: tuple[str, ...] = ()


_ACTION_TYPES: Final[dict[str, type[Action]]] = {
    str(action_type.model_fields["kind"].default): action_type for action_type in get_args(get_args(AnyAction)[0])
}


def action_types() -> Mapping[str, type[Action]]:
    """Every action by the word people use for it, in the order of a case's life."""
    return _ACTION_TYPES


def fields_of(action_type: type[Action]) -> tuple[FormField, ...]:
    """The fields a person fills in, in order."""
    return tuple(_form_field(name, info) for name, info in action_type.model_fields.items() if name not in HIDDEN)


def build(
    action_type: type[Action], texts: Mapping[str, str], *, case: str, by: Actor, key: str | None = None
) -> Action:
    """An action from typed-in texts by field name; empty texts leave the default.

    Raises: pydantic.ValidationError, to be told by `faults_from`.
    """
    values: dict[str, Any] = {"case": case, "by": by} | ({} if key is None else {"key": key})
    for form_field in fields_of(action_type):
        if text := texts.get(form_field.name, "").strip():
            values[form_field.name] = _value(form_field, text, action_type)
    return action_type.model_validate(values)


def faults_from(error: ValidationError, action_type: type[BaseModel]) -> list[Complaint]:
    """What pydantic refused, as (field title, what, remedy) in the order of the form."""
    return [_complaint(dict(item), action_type) for item in error.errors(include_url=False)]


def _form_field(name: str, info: FieldInfo) -> FormField:
    kind, choices, parts = _kind_of(info.annotation, info.metadata)
    default = info.get_default(call_default_factory=True, validated_data={})
    help_text = info.description or ""
    if parts:
        help_text = "；".join(filter(None, (help_text, f"每行一项：{'|'.join(parts)}")))
    return FormField(
        name=name,
        title=info.title or name,
        help=help_text,
        type=kind,
        choices=choices,
        required=info.is_required(),
        default="" if info.is_required() else _default_text(default),
        parts=parts,
    )


def _default_text(default: Any) -> str:
    match default:
        case None | ():
            return ""
        case bool():
            return "是" if default else "否"
        case Enum():
            return str(default.value)
        case _:
            return str(default)


def _kind_of(annotation: Any, metadata: list[Any]) -> tuple[FieldType, tuple[str, ...], tuple[str, ...]]:
    """Field type, choices and the titles of a list entry's parts, from an annotation."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind_of(args[0], [*metadata, *args[1:]])
    if origin in {Union, UnionType}:
        return _kind_of(next(arg for arg in args if arg is not type(None)), metadata)
    if origin is Literal:
        return FieldType.CHOICE, tuple(str(getattr(arg, "value", arg)) for arg in args), ()
    if origin is tuple:
        return FieldType.LIST, (), _part_titles(args[0])
    if issubclass(annotation, Enum):
        return FieldType.CHOICE, tuple(str(member.value) for member in annotation), ()
    longest = max((getattr(item, "max_length", None) or 0 for item in metadata), default=0)
    written = FieldType.TEXT if longest > _LINE_LENGTH else FieldType.LINE
    return _PLAIN.get(annotation, written), (), ()


def _part_titles(entry: Any) -> tuple[str, ...]:
    """What stands between the bars of a list's line, where an entry is a form of its own."""
    if isinstance(entry, type) and issubclass(entry, BaseModel):
        return tuple(info.title or name for name, info in entry.model_fields.items())
    return ()


_PLAIN: Final[dict[Any, FieldType]] = {date: FieldType.DATE, bool: FieldType.FLAG, int: FieldType.NUMBER}
_LINE_LENGTH: Final = 300


def _value(form_field: FormField, text: str, action_type: type[Action]) -> Any:
    """The text as the field's value, or the text itself for pydantic to refuse."""
    match form_field.type:
        case FieldType.DATE:
            return parse_day(text) or text
        case FieldType.FLAG:
            flag = parse_flag(text)
            return text if flag is None else flag
        case FieldType.LIST if form_field.parts:
            entry = get_args(action_type.model_fields[form_field.name].annotation)[0]
            return [_entry(line, entry) for line in parse_lines(text)]
        case FieldType.LIST:
            return parse_lines(text) if form_field.name in _SENTENCES else parse_list(text)
        case FieldType.TEXT | FieldType.LINE | FieldType.CHOICE | FieldType.NUMBER:
            return text


def _entry(line: str, model: type[BaseModel]) -> dict[str, Any]:
    """One line of a list as the parts between its bars."""
    parts = [part.strip() for part in line.replace("\uff5c", "|").split("|")]
    if len(parts) > len(model.model_fields):
        return {"_": line}  # more bars than parts: pydantic names the surplus
    values: dict[str, Any] = {}
    for (name, info), part in zip(model.model_fields.items(), parts, strict=False):
        if part:
            kind, _, _ = _kind_of(info.annotation, info.metadata)
            values[name] = (parse_day(part) or part) if kind is FieldType.DATE else part
    return values


_REASONS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("没有填写", "请填写。"),
    "string_too_short": ("没有填写", "请填写。"),
    "too_short": ("没有填写", "请至少写一项。"),
    "string_too_long": ("超过 {max_length:,} 字", "请精简后重新填写。"),
    "enum": ("不认识的「{value}」", "只能填：{choices}。"),
    "literal_error": ("不认识的「{value}」", "只能填：{choices}。"),
    "date_from_datetime_parsing": ("「{value}」不是日期", "请写成 2026-01-20 这样。"),
    "date_from_datetime_inexact": ("「{value}」不是日期", "请写成 2026-01-20 这样。"),
    "date_parsing": ("「{value}」不是日期", "请写成 2026-01-20 这样。"),
    "date_type": ("「{value}」不是日期", "请写成 2026-01-20 这样。"),
    "bool_parsing": ("「{value}」看不出是或否", "请填 是 或 否。"),
    "int_parsing": ("「{value}」不是整数", "请填整数。"),
    "int_from_float": ("「{value}」不是整数", "请填整数。"),
    "int_parsing_size": ("「{value}」太大", "请核对。"),
    "greater_than_equal": ("「{value}」太小", "不得小于 {ge}。"),
    "extra_forbidden": ("「{value}」多出了内容", "请按填写说明删去多出的部分。"),
    "string_type": ("不是文字", "请填文字。"),
    "string_unicode": ("含有无法识别的字符", "请删去该字符。"),
}
"""Pydantic's error types in a clerk's words."""
_OTHER: Final = ("「{value}」无法识别", "请核对后重新填写。")


def _complaint(item: dict[str, Any], action_type: type[BaseModel]) -> Complaint:
    titles, choices = _titles(item["loc"], action_type)
    what, remedy = _REASONS.get(item["type"], _OTHER)
    words = {"value": str(item["input"])[:30], "choices": "、".join(choices), **item.get("ctx", {})}
    return titles, what.format(**words), remedy.format(**words)


def _titles(loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, tuple[str, ...]]:
    """A place within a model as titles: `承诺事项第 2 项·兑现日期`; and the words allowed there."""
    words: list[str] = []
    choices: tuple[str, ...] = ()
    here: type[BaseModel] | None = model
    for step in loc:
        if isinstance(step, int):
            words[-1] += f"第 {step + 1} 项"
        elif here is not None and step in here.model_fields:
            info = here.model_fields[step]
            words.append(info.title or step)
            _, choices, parts = _kind_of(info.annotation, info.metadata) if step not in HIDDEN else (None, (), ())
            here = get_args(info.annotation)[0] if parts else None
    return "·".join(words), choices
