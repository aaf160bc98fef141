"""The form of a whole step (步骤表单): one flat form for several cases and all the step's actions.

A custom run in the Prefect UI is filled in by people, and its classic form shows a choice between models as raw JSON.
So the fields of a step's actions stand side by side, each saying for which action it is meant; what comes back is split
into one action a case, which is checked as every other action is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from models.actions.action import Action, Actor
from models.actions.receipt import Receive
from models.form_texts import parse_list
from models.forms import HIDDEN
from models.vocabulary import Channel

_OWN: Final = ("cases", "kind", "by_name", "by_agency")
_NOISE: Final = frozenset({"additionalProperties", "minLength", "maxLength", "minItems", "const"})
_CASES: Final[dict[str, Any]] = {
    "title": "案号",
    "description": "可填多件，一行一件；号码不唯一时写全：市政协六届二次会议/2023128",
    "type": "array",
    "items": {"type": "string"},
}
_BY: Final[dict[str, dict[str, Any]]] = {
    "by_name": {"title": "经办人姓名", "description": "记入办理记录", "type": "string", "default": "督办单位经办人"},
    "by_agency": {"title": "代哪个单位登记", "description": "登记承办单位来函、来电的，填单位名称", "type": "string"},
}


def word_of(kind: type[Action]) -> str:
    """The word people use for an action."""
    return str(kind.model_fields["kind"].default)


def schema_of(*kinds: type[Action], alone: bool = False) -> dict[str, Any]:
    """The form as a JSON schema without references, its fields in the order of the actions.

    `alone`: the step has something to do without any case, too.
    """
    words = [word_of(kind) for kind in kinds]
    about = "  \n".join((kind.__doc__ or "").strip().splitlines()[0] for kind in kinds)
    properties: dict[str, Any] = {"cases": _CASES}
    if len(kinds) > 1:
        properties["kind"] = {
            "title": "办理什么", "description": about, "type": "string", "enum": words, "default": words[0],
        }  # fmt: skip
    meant: dict[str, list[tuple[str, dict[str, Any], bool]]] = {}
    for kind in kinds:
        given = kind.model_json_schema()
        for name, schema in given["properties"].items():
            if name not in HIDDEN:
                plain = _plain(schema, given.get("$defs", {}))
                meant.setdefault(name, []).append((word_of(kind), plain, name in given.get("required", ())))
    properties |= {name: _merged(uses, len(kinds)) for name, uses in meant.items()} | _BY
    needed = [name for name, uses in meant.items() if len(uses) == len(kinds) and all(must for _, _, must in uses)]
    positioned = {name: {**field, "position": place} for place, (name, field) in enumerate(properties.items())}
    must = [] if alone else needed if Receive in kinds else ["cases", *needed]
    help_text = about if len(kinds) == 1 else "一次可以办多件；先选办理什么，再填写标明用于该项的栏目，其余留空。"
    return {"description": help_text, "type": "object", "properties": positioned, "required": must}


def actions_in(given: Mapping[str, Any], *kinds: type[Action]) -> Iterator[dict[str, Any]]:
    """What a filled-in form asks for, one plain action a case; without a case only a receipt is asked for."""
    chosen = {word_of(kind): kind for kind in kinds}.get(given.get("kind") or word_of(kinds[0]), kinds[0])
    properties = schema_of(*kinds)["properties"]
    values = {
        name: value
        for name, value in given.items()
        if name not in _OWN and value not in (None, "", []) and _belongs(name, value, chosen, properties)
    }
    by = {"channel": Channel.FORM, "name": given.get("by_name"), "agency": given.get("by_agency")}
    actor = Actor.model_validate({name: value for name, value in by.items() if value})
    word = given.get("kind") or word_of(chosen)
    for case in _cases(given.get("cases") or ()) or ([""] if chosen is Receive else []):
        yield {"case": case, "kind": word, "by": actor, **values}


def _cases(given: Sequence[str] | str) -> list[str]:
    return [case for text in ([given] if isinstance(given, str) else given) for case in parse_list(text)]


def _belongs(name: str, value: Any, kind: type[Action], properties: Mapping[str, Any]) -> bool:
    """A default the form filled in for another of its actions is left out; what a person wrote there is refused."""
    return name in kind.model_fields or value != properties.get(name, {}).get("default")


def _merged(uses: Sequence[tuple[str, dict[str, Any], bool]], kinds: int) -> dict[str, Any]:
    """One field for all the actions that have it, with the words of each."""
    _, first, _ = uses[0]
    field = dict(first)
    field["title"] = "／".join(dict.fromkeys(str(schema["title"]) for _, schema, _ in uses))
    notes = [str(schema["description"]) for _, schema, _ in uses if schema.get("description")]
    if len({str(schema.get("default")) for _, schema, _ in uses}) > 1:
        field.pop("default", None)
    if kinds > 1:
        notes.append("用于" + "、".join(f"{word}（必填）" if must else word for word, _, must in uses))
    field.pop("description", None)
    return field | ({"description": "；".join(dict.fromkeys(notes))} if notes else {})


def _plain(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Without references, without "or nothing", and without what speaks to programs."""
    found = {name: value for name, value in schema.items() if name not in _NOISE}
    if reference := found.pop("$ref", ""):
        target = {**definitions[reference.rpartition("/")[2]], **found}
        if "description" not in found:
            target.pop("description", None)  # a class speaks to programmers
        return _plain({"title": schema.get("title", ""), **target, **found}, definitions)
    if choices := [one for one in found.pop("anyOf", ()) if one.get("type") != "null"]:
        return _plain({**choices[0], **found}, definitions)
    if found.get("default", ...) in (None, []):
        found.pop("default")
    if "items" in found:
        found["items"] = _plain(found["items"], definitions)
    if "properties" in found:
        found["properties"] = {name: _plain(value, definitions) for name, value in found["properties"].items()}
    return found
