"""An action's fields from the command line (填写): `--set 项目=内容`, with files and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from models.errors import Fault, InputError

if TYPE_CHECKING:
    from models.actions.action import Action, Actor
    from models.forms import FormField


def action_type_of(word: str) -> type[Action]:
    """The action people call by this word. Raises: InputError with the nearest one."""
    from models.forms import action_types

    found = action_types().get(word)
    if found is None:
        hint = nearest(word, list(action_types()))
        raise InputError(Fault("", f"没有动作“{word}”", f"{hint}全部动作见 banli actions。"))
    return found


def nearest(word: str, words: Sequence[str]) -> str:
    """`是不是“…”？`, where one is near."""
    near = get_close_matches(word, words, n=1, cutoff=0.4)
    return f"是不是“{near[0]}”？" if near else ""


def texts_from(action_type: type[Action], given: Sequence[str]) -> dict[str, str]:
    """The texts by field name; a list's entries may be given one at a time.

    Raises: InputError for what is no `项目=内容`, an unknown field, or one given twice.
    """
    from models.forms import FieldType, fields_of

    fields = fields_of(action_type)
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for one in given:
        word, equals, value = one.partition("=")
        field = next((field for field in fields if word.strip() in {field.name, field.title}), None)
        if not equals or field is None:
            faults.append(_unknown(one, word.strip(), fields, has_value=bool(equals)))
        elif field.name in texts and field.type is not FieldType.LIST:
            faults.append(Fault(f"--set {word}", f"“{field.title}”写了两次", "请只写一次。"))
        else:
            text = _text(value)
            texts[field.name] = f"{texts[field.name]}\n{text}" if field.name in texts else text
    if faults:
        raise InputError(*faults)
    return texts


def _unknown(given: str, word: str, fields: Sequence[FormField], *, has_value: bool) -> Fault:
    titles = [field.title for field in fields]
    if not has_value:
        return Fault(f"--set {given[:40]}", "没有等号", "请写成 项目=内容，例如 --set 主办单位=民政局。")
    remedy = f"{nearest(word, titles)}可以填：{'、'.join(titles)}。" if titles else "这个动作不用填任何一项。"
    return Fault(f"--set {word}", f"没有“{word}”这一项", remedy)


def _text(value: str) -> str:
    """The value, or the text of the file it names behind an @."""
    if not value.startswith("@"):
        return value
    from tasks.documents import read_document

    return "\n".join(line.text.rstrip() for line in read_document(Path(value[1:])).lines).strip()


def build_action(action_type: type[Action], texts: Mapping[str, str], *, case: str, by: Actor) -> Action:
    """The action. Raises: InputError naming each field that is wrong."""
    from models.forms import build, faults_from

    try:
        return build(action_type, texts, case=case, by=by)
    except ValidationError as error:
        titled = faults_from(error, action_type)
        raise InputError(*(Fault(f"“{title}”", what, remedy) for title, what, remedy in titled)) from None
