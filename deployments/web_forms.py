"""An action's form as a page shows it: fields with the choices this case leaves, what was typed, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from models.actions.action import Action, Actor
from models.forms import Complaint, FieldType, FormField, action_types, build, faults_from, fields_of
from models.steps.retracting import retractable
from models.vocabulary import AssignmentStatus, Channel, PromiseStatus, Role
from tasks.case_actions import addressees_of
from tasks.case_entries import Viewer
from tasks.case_view import CaseView
from tasks.previews import Preview

NAME: Final = "by_name"
"""The field in which the person acting writes his own name."""
_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Controls, halves of characters, and marks that turn the direction of what follows or cannot be seen."""
_RADIOS: Final = 5
"""Up to so many choices are shown all at once."""

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field, ready to be drawn."""

    name: str
    title: str
    help: str
    widget: str
    """`line`, `text`, `date`, `number`, `radio`, `select`, `flag`."""
    required: bool
    value: str
    choices: Choices = ()
    suggestions: tuple[str, ...] = ()
    error: str = ""
    rows: int = 4
    autocomplete: str = "off"

    @property
    def id(self) -> str:
        """Its id on the page."""
        return f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class FormView:
    """One action's form."""

    kind: str
    heading: str
    explanation: str
    button: str
    fields: tuple[FieldView, ...]
    faults: tuple[tuple[str, str], ...] = ()
    """Field id and sentence, for the summary at the top."""
    refusal: str = ""
    note: str = ""
    """What just happened to the form, e.g. that a file was read into it."""
    preview: Preview | None = None

    @property
    def takes_file(self) -> bool:
        """Whether its text may come from a file."""
        return self.kind in TAKES_FILE

    @property
    def can_look(self) -> bool:
        """Whether its text can be looked at as the letter it will be."""
        return self.kind in LETTERS

    @property
    def keeps_file(self) -> bool:
        """Whether a file may come with it as evidence."""
        return self.kind == "承诺进展"


LETTERS: Final = frozenset({"起草", "改后审签"})
TAKES_FILE: Final = frozenset({"起草", "会办意见", "补正"})


BUTTONS: Final = {
    "签收": "确认签收", "申请退办": "提交退办申请", "沟通": "登记沟通记录", "会办意见": "提交会办意见",
    "起草": "提交送审", "会签": "同意会签", "审签": "同意并签发", "改后审签": "按改后的稿子签发", "退回修改": "退回修改", "反馈": "提交反馈意见",
    "说明": "提交说明", "补正": "重新提交", "撤案": "确认撤回", "答复": "发出答复函", "申请延期": "提交延期申请",
    "请予说明": "发送给提案人", "免于沟通": "确认不需要见面", "承诺进展": "提交进展",
    "阶段答复": "发给提案人", "定期报告": "提交报告", "撤回": "确认撤回", "更正答复": "按改正的稿子签发", "答复稿意见": "提交意见",
}  # fmt: skip


def clean(text: str) -> str:
    """Typed text with one kind of line break and without characters nobody can type or read."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def form_of(
    kind: str,
    view: CaseView,
    *,
    typed: Mapping[str, str] | None = None,
    complaints: tuple[Complaint, ...] = (),
    refusal: str = "",
) -> FormView:
    """The form for an action; `typed` is kept as it was sent."""
    action_type = action_types()[kind]
    values = typed or _first_values(kind, view)
    wrong = dict(_by_field(complaints))
    views: list[FieldView] = []
    for one in fields_of(action_type):
        choices = _choices(kind, one, view)
        if (kind, one.name) in _OWN and (choices is None or len(choices) <= 1):
            continue
        views.append(
            _field(one, kind, choices, view, value=values.get(one.name, one.default), error=wrong.get(one.title, ""))
        )
    if not view.viewer.is_proposer:
        views.append(_name_field(view.viewer, values.get(NAME, ""), wrong.get("姓名", "")))
    faults = tuple((one.id, f"{one.title}：{one.error}") for one in views if one.error)
    named = {one.title for one in views if one.error}
    faults += tuple(("", f"{title}：{text}") for title, text in wrong.items() if title not in named and title != "姓名")
    heading, _, explanation = (action_type.__doc__ or kind).strip().partition("：")
    return FormView(
        kind=kind,
        heading=heading.rstrip("。"),
        explanation=explanation.strip(),
        button=BUTTONS.get(kind, f"确认{kind}"),
        fields=tuple(views),
        faults=faults,
        refusal=refusal,
    )


def _by_field(complaints: tuple[Complaint, ...]) -> Iterator[tuple[str, str]]:
    """Field title and sentence; an entry of a list (承诺事项第 2 项·兑现日期) is named in the sentence."""
    for title, what, remedy in complaints:
        head = title.partition("·")[0].partition("第")[0]
        yield head, f"{'' if head == title else title.removeprefix(head) + '：'}{what}。{remedy}"


def _name_field(viewer: Viewer, value: str, error: str) -> FieldView:
    who = viewer.agency or "督办单位"
    return FieldView(
        name=NAME,
        title="您的姓名",
        help=f"记入办理记录。受{who}同事委托代办的，填写您本人的姓名。",
        widget="line",
        required=True,
        value=value,
        error=error,
        autocomplete="name",
    )


def _field(one: FormField, kind: str, choices: Choices | None, view: CaseView, *, value: str, error: str) -> FieldView:
    suggest = _SUGGESTIONS.get((kind, one.name))
    suggestions = suggest(view) if suggest else ()
    if choices is None and one.type is FieldType.CHOICE:
        choices = tuple((choice, choice) for choice in one.choices)
    if choices and not one.required and not one.default:
        choices = (("", "暂不填写"), *choices)
    widgets = {FieldType.LIST: "text", FieldType.CHOICE: "radio"}
    widget = widgets.get(one.type, one.type.value)
    if choices is not None:
        widget = "radio" if len(choices) <= _RADIOS else "select"
    return FieldView(
        name=one.name,
        title=one.title,
        help=one.help,
        widget=widget,
        required=one.required,
        value=value,
        choices=choices or (),
        suggestions=suggestions,
        error=error,
        rows=_ROWS.get((kind, one.name), 3 if one.type is FieldType.LIST else 6),
    )


_ROWS: Final = {
    ("起草", "text"): 18,
    ("改后审签", "text"): 18,
    ("更正答复", "text"): 18,
    ("补正", "text"): 14,
    ("会办意见", "text"): 10,
}
_OWN: Final = frozenset(
    {("反馈", "proposer"), ("答复稿意见", "proposer"), ("撤回", "what"), ("免于沟通", "proposer"), ("审签", "level"), ("同意退办", "agency"), ("不同意退办", "agency"),
     ("退回会办意见", "agency")}
)  # fmt: skip
"""Fields whose value follows from the link and the case, unless the case leaves a choice."""


_SUGGESTIONS: Final[Mapping[tuple[str, str], Callable[[CaseView], tuple[str, ...]]]] = {
    ("申请退办", "suggested_agency"): lambda view: view.agencies,
    ("同意退办", "to"): lambda view: view.agencies,
    ("交办", "lead"): lambda view: view.agencies,
    ("沟通", "with_name"): lambda view: tuple(one.proposer.name for one in view.case.addressees),
}


def _choices(kind: str, one: FormField, view: CaseView) -> Choices | None:
    """The choices this case leaves for a field; None where it says nothing about them."""
    found = _OF_CASE.get((kind, one.name))
    return None if found is None else found(view)


def _parts(*wanted: AssignmentStatus) -> Callable[[CaseView], Choices]:
    def choices(view: CaseView) -> Choices:
        return tuple((part.agency, part.agency) for part in view.case.open_assignments if part.status in wanted)

    return choices


def _selves(view: CaseView) -> Choices:
    """The addressees the viewer speaks for; the office may enter what any of them said."""
    ones = addressees_of(view.case, view.viewer) if view.viewer.is_proposer else view.case.addressees
    return tuple((one.key, f"{one.proposer.name}（第{one.number}号）") for one in ones)


def _classes(view: CaseView) -> Choices:
    return tuple((letter, f"{letter}　{meaning}") for letter, meaning in view.classes)


_OF_CASE: Final[Mapping[tuple[str, str], Callable[[CaseView], Choices]]] = {
    ("反馈", "proposer"): _selves,
    ("答复稿意见", "proposer"): _selves,
    ("撤回", "what"): lambda view: tuple((one, one) for one in retractable(view.case, view.viewer.agency)),
    ("免于沟通", "proposer"): _selves,
    ("审签", "level"): lambda _view: (),
    ("同意退办", "agency"): _parts(AssignmentStatus.RETURN_REQUESTED),
    ("不同意退办", "agency"): _parts(AssignmentStatus.RETURN_REQUESTED),
    ("退回会办意见", "agency"): _parts(AssignmentStatus.OPINION_GIVEN),
    ("起草", "result_class"): _classes,
    ("预审通过", "result_class"): _classes,
    ("承诺进展", "promise"): lambda view: tuple(
        (str(one.no), one.text)
        for one in view.case.promised
        if one.status is not PromiseStatus.KEPT and view.viewer.agency in {None, one.agency}
    ),
    ("承诺进展", "status"): lambda _view: (
        ("已兑现", "已兑现"), ("未到期", "仍在推进，尚未到期"), ("未兑现", "到期未兑现"),
    ),
}  # fmt: skip


def _first_values(kind: str, view: CaseView) -> dict[str, str]:
    """What a form starts with: for another version of the reply the one before, for a supplement the text as it is."""
    if kind == "补正":
        return {"title": view.case.title, "text": view.text}
    if kind in {"改后审签", "更正答复"} and view.draft is not None:
        return {"text": view.draft.draft.text or ""}
    if kind == "起草" and view.draft is None:
        return {"contact_unit": view.viewer.agency or ""}
    if kind == "起草" and view.draft is not None:
        names = (one.name for one in fields_of(action_types()[kind]))
        return {name: getattr(view.draft.draft, name, None) or "" for name in names}
    return {}


def read_form(
    kind: str, view: CaseView, typed: Mapping[str, str], *, key: str
) -> tuple[Action | None, tuple[Complaint, ...]]:
    """The action a form was filled in for, or what is wrong with it."""
    action_type = action_types()[kind]
    texts = dict(typed)
    for one in fields_of(action_type):
        own = _choices(kind, one, view) if (kind, one.name) in _OWN else None
        if own is None:
            continue
        allowed = [value for value, _ in own]
        if len(allowed) == 1:
            texts[one.name] = allowed[0]
        elif texts.get(one.name) not in allowed:
            texts.pop(one.name, None)
    name = view.viewer.name if view.viewer.is_proposer else texts.get(NAME, "").strip()
    complaints: list[Complaint] = [] if name else [("姓名", "没有填写", "请填写您的姓名。")]
    if len(name) > _NAME_LENGTH:
        complaints.append(("姓名", f"超过 {_NAME_LENGTH} 字", "请只填写姓名。"))
    role = view.viewer.role
    agency = view.viewer.agency if role in {Role.LEAD, Role.CO_HANDLER} else None
    by = Actor(role=role, name=name[:_NAME_LENGTH] or "—", agency=agency, channel=Channel.LINK)
    try:
        action = build(action_type, texts, case=view.case.ref, by=by, key=key)
    except ValidationError as error:
        return None, (*faults_from(error, action_type), *complaints)
    return (None, tuple(complaints)) if complaints else (action, ())


_NAME_LENGTH: Final = 60
