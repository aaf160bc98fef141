"""What stands above a decision's form (决定说明), and what the form offers: read from the case, no contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import Connection, select

from models import schema
from models.decision_forms import Answer, form_of, form_of_many, label
from models.decisions import DECISIONS, DecisionKind
from models.forms import action_types
from models.lifecycle import STEP_OF, advance
from models.masking import mask
from models.rulings import OFFICE, Refused, World
from models.values.case import Case
from models.vocabulary import MaskKind, ProposalKind, Role
from notifications.rendering import render
from tasks import clock
from tasks.case_entries import Viewer
from tasks.case_view import CaseView, view_case
from tasks.decisions import Waiting
from tasks.differences import Mark, Passage
from tasks.loading import CASES, load_cases
from tasks.proofreading import hints_of
from tasks.world import world_on

TEXTS: Final = schema.PROPOSAL_TEXTS
EYES: Final = Viewer(Role.COORDINATOR, None, OFFICE)
LONGEST: Final = 6_000
"""Characters of one text above a form; the rest is read with `banli show` or on the case's page."""
ALL_KINDS: Final = tuple(MaskKind)


@dataclass(frozen=True, slots=True)
class Page:
    """One desk run as a person meets it: the form and what stands above it."""

    form: type[BaseModel]
    description: str


def page_of(
    connection: Connection, one: Waiting, today: date, *, problems: Sequence[str] = (), filled: Answer | None = None
) -> Page:
    """One decision. `problems` says why an answer was not taken, `filled` is that answer."""
    world = world_on(connection, today)
    case = load_cases(connection, [one.case.id], long=True)[one.case.id]
    view = view_case(connection, case, EYES, today=today)
    decision = DECISIONS[one.kind]
    suggested = {**one.pending.suggested, **_suggestion(connection, one.kind, view)}
    description = render(
        "desk/decision.md",
        problems=problems,
        question=decision.question,
        case=case,
        proposers="、".join(person.name for person in case.proposers),
        deadlines=[_deadline(one) for one in view.deadlines if not one.kind.is_window][:_DEADLINES],
        asked=one.pending.asked,
        facts=list(_facts(one.kind, view)),
        hints=list(_hints(connection, one.kind, view, suggested)),
        consequences=[(answer, consequence(answer, case, one, world)) for answer in decision.answers],
        texts=[(heading, shown(text)) for heading, text in _texts(one.kind, view) if text],
    )
    options = options_of(view.agencies, [key for key, _ in view.classes])
    options["readable"] = view.review.named_by_stars if view.review else ()
    form = form_of(decision, options, {**suggested, **(filled or {})})
    return Page(form, description)


_DEADLINES: Final = 4


def options_of(agencies: Sequence[str], classes: Sequence[str]) -> dict[str, Sequence[str]]:
    """Words to choose from, by field name."""
    return {"lead": agencies, "to": agencies, "co_handlers": agencies, "result_class": classes}


def page_of_many(
    connection: Connection,
    kind: DecisionKind,
    listed: Sequence[Waiting],
    *,
    problems: Sequence[str] = (),
    filled: Answer | None = None,
) -> Page:
    """Many decisions of a kind on one form."""
    decision = DECISIONS[kind]
    numbers = [one.case.number for one in listed]
    world = world_on(connection, clock.today())
    notes = _notes(connection, kind, listed)
    labels = [_label(one, numbers) for one in listed]
    rows = [
        {
            "number": one.case.number,
            "title": one.case.title,
            "due": f"{one.due.due_on}，{one.due.words}" if one.due else "",
            "note": notes.get(one.case.id, ""),
        }
        for one in listed
    ]
    first = listed[0]
    description = render(
        "desk/decisions.md",
        problems=problems,
        kind=kind,
        at=clock.now(),
        note=_NOTE[kind],
        rows=rows,
        consequences=[(answer, _usual_consequence(answer)) for answer in decision.answers],
    )
    classes = list(world.pack(first.case).classes.letters)
    return Page(form_of_many(decision, labels, options_of(sorted(world.agencies), classes), filled or {}), description)


_NOTE: Final[Mapping[DecisionKind, str]] = {
    DecisionKind.FILING: "提案人建议的单位",
    DecisionKind.ASSIGNMENT: "提案人建议的单位",
    DecisionKind.EXTENSION: "申请",
    DecisionKind.PUBLICATION: "公开意愿",
    DecisionKind.CLOSING: "反馈",
    DecisionKind.ARCHIVING: "现在",
}


def _label(one: Waiting, numbers: Sequence[str]) -> str:
    return label(one.case.ref, one.case.title, alone=numbers.count(one.case.number) == 1)


def _notes(connection: Connection, kind: DecisionKind, listed: Sequence[Waiting]) -> dict[int, str]:
    if kind is DecisionKind.EXTENSION:
        return {one.case.id: one.pending.asked for one in listed}
    if kind is DecisionKind.PUBLICATION:
        return {one.case.id: _wishes(one.case) for one in listed}
    if kind is DecisionKind.CLOSING:
        return {
            one.case.id: "、".join(dict.fromkeys(said.result.value for said in one.case.feedback)) for one in listed
        }
    if kind is DecisionKind.ARCHIVING:
        return {one.case.id: one.case.stage.value for one in listed}
    ids = [one.case.id for one in listed]
    statement = select(TEXTS.c.case_id, TEXTS.c.suggested_agencies).where(TEXTS.c.case_id.in_(ids))
    return {n: "、".join(names) for n, names in connection.execute(statement.order_by(TEXTS.c.version)) if names}


def _wishes(case: Case) -> str:
    return "、".join(dict.fromkeys(one.wish.value for one in case.feedback)) or "未表示"


def _deadline(one: Any) -> dict[str, Any]:
    late = -one.left_workdays
    words = f"逾期{late}工作日" if late > 0 else f"剩{one.left_workdays}工作日" if one.left_workdays else "今天到期"
    return {
        "kind": one.kind,
        "due_on": one.due_on,
        "provisional": one.provisional,
        "agency": one.agency,
        "words": words,
    }


def shown(text: str) -> str:
    """A text without personal numbers, short enough to be read above a form."""
    plain = mask(text, ALL_KINDS).text
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}……\n（全文共{len(plain):,}字，见本件办理页面。）"


# ── what happens next ────────────────────────────────────────────────────────────────────────────────────────────


def consequence(answer: str, case: Case, one: Waiting, world: World) -> str:
    """What an answer leads to: worked out by the rules where nothing more need be said, else read off the table."""
    kind, usual = action_types()[answer], _usual_consequence(answer)
    settled = {name: value for name, value in one.pending.given.items() if name in kind.model_fields}
    needs = {name for name, info in kind.model_fields.items() if info.is_required()} - {"case"}
    if not needs <= settled.keys():
        return usual
    ruling = advance(case, kind.model_validate({"case": case.ref, **settled}), world)
    return f"现在还不能办：{ruling}" if isinstance(ruling, Refused) else f"{ruling.summary}；{usual}"


def _usual_consequence(answer: str) -> str:
    step = STEP_OF[answer]
    about = (action_types()[answer].__doc__ or "").strip().partition("\n")[0].partition("：")[2].rstrip("。")
    to = f"转入“{step.to}”" if step.to else ""
    told = "、".join(dict.fromkeys(audience.value for _, audience in step.tells))
    return "；".join(filter(None, (about, to, f"通知{told}" if told else "不另发通知"))) + "。"


# ── what to decide on ────────────────────────────────────────────────────────────────────────────────────────────


def _suggestion(connection: Connection, kind: DecisionKind, view: CaseView) -> dict[str, str]:
    """What the form offers beyond what the question itself suggests."""
    if kind is DecisionKind.ASSIGNMENT:
        lead = next((name for name in _wished(connection, view.case) if name in view.agencies), None)
        return {"lead": lead} if lead else {}
    return {}


def _wished(connection: Connection, case: Case) -> tuple[str, ...]:
    statement = select(TEXTS.c.suggested_agencies).where(TEXTS.c.case_id == case.id).order_by(TEXTS.c.version.desc())
    return tuple(connection.scalar(statement.limit(1)) or ())


def _facts(kind: DecisionKind, view: CaseView) -> Iterator[tuple[str, str]]:
    case = view.case
    if case.assignments:
        yield "承办单位", "、".join(f"{part.agency}（{part.role}，{part.status}）" for part in case.open_assignments)
    if kind not in {DecisionKind.PRE_REVIEW, DecisionKind.PUBLICATION, DecisionKind.REDO} or view.draft is None:
        return
    draft = view.draft.draft
    yield "答复稿", f"第{draft.no}稿，{draft.document_number or '没有文号'}"
    yield "办理结果类别", f"{draft.result_class or '未标'} {view.draft.class_meaning}".strip()
    yield "签字", "、".join(f"{one.level}{one.who}" for one in view.draft.signatures) or "无"
    yield "沟通", "；".join(f"{one.on} {one.way or '免于沟通'} {one.with_name}" for one in view.contacts) or "没有记录"
    if case.feedback:
        yield "公开意愿", _wishes(case)


def _hints(connection: Connection, kind: DecisionKind, view: CaseView, suggested: Mapping[str, str]) -> Iterator[str]:
    case = view.case
    if kind in {DecisionKind.FILING, DecisionKind.ASSIGNMENT}:
        yield from _twins(connection, case)
        if wished := _wished(connection, case):
            yield f"提案人建议承办单位：{'、'.join(wished)}"
    if kind is DecisionKind.ASSIGNMENT:
        lead = suggested.get("lead")
        yield (
            f"表单已填主办单位“{lead}”：提案人建议，请核对职责"
            if lead
            else "提案人没有建议名册里的单位，请选择主办单位"
        )
    if kind in {DecisionKind.PRE_REVIEW, DecisionKind.PUBLICATION} and view.draft is not None:
        yield from _draft_hints(view)
    if kind is DecisionKind.PRE_REVIEW:
        yield "各类别含义：" + "；".join(f"{key} {meaning}" for key, meaning in view.classes)


def _twins(connection: Connection, case: Case) -> Iterator[str]:
    """Cases of the same session with the very same title."""
    same = (CASES.c.session == case.session) & (CASES.c.title == case.title) & (CASES.c.id != case.id)
    for row in connection.execute(select(CASES.c.number, CASES.c.stage).where(same).limit(5)):
        yield f"与{row.number}（{row.stage}）案由相同，可以考虑并案"


def _draft_hints(view: CaseView) -> Iterator[str]:
    draft = view.draft.draft if view.draft else None
    if draft is None:
        return
    found = view.review.findings if view.review else ()
    if hidden := dict.fromkeys(one.kind.value for one in found):
        yield f"公开时按规定隐去{'、'.join(hidden)}（{len(found)}处），见下面的“公开时隐去”"
    if view.review and view.review.businesses:
        yield f"提到的企业，是否涉及商业秘密请核对：{'、'.join(view.review.businesses)}"
    missing = [
        name
        for name, value in (("文号", draft.document_number), ("类别", draft.result_class), ("联系人", draft.contact_person),
                            ("联系电话", draft.contact_phone))
        if not value
    ]  # fmt: skip
    if missing:
        yield f"答复稿没有写：{'、'.join(missing)}"
    yield from map(shown, hints_of(view.draft.remarks if view.draft else ()))
    if view.case.kind is not ProposalKind.RECOMMENDATION and not view.contacts:
        yield "没有与提案人沟通的记录"
    late = [one.agency for one in view.opinions if one.late]
    if late:
        yield f"会办意见逾期提出：{'、'.join(late)}"


def _texts(kind: DecisionKind, view: CaseView) -> Iterator[tuple[str, str]]:
    on_reply = {DecisionKind.PRE_REVIEW, DecisionKind.PUBLICATION, DecisionKind.REDO}
    if kind is DecisionKind.REDO:
        said = (f"{one.result}：{one.reasons or '没有写明理由'}" for one in view.feedback)
        yield "提案人的意见", "\n".join(said)
    if kind in on_reply and view.draft is not None:
        yield "答复稿", view.draft.draft.text or ""
        if view.draft.changes:
            yield "与上一稿相比", "\n".join(_passage(one) for one in view.draft.changes if one.pieces)
        yield "会办意见", "\n".join(f"{one.agency}（{one.given_on}）：{one.text}" for one in view.opinions)
    if kind is DecisionKind.PUBLICATION and view.review:
        # Prefect keeps what stands above a form: the stars say what is hidden, the originals are on the case's page.
        yield "公开时隐去", "\n".join(f"{one.place}　{one.kind}：{one.shown}" for one in view.review.findings)
    yield ("所提建议" if view.asks else "正文"), "\n".join(view.asks) or view.text
    if view.asks:
        yield "正文", view.text


_MARKS: Final = {Mark.SAME: "", Mark.NEW: "增", Mark.OLD: "删"}


def _passage(one: Passage) -> str:
    """A changed paragraph: what was put in as 【增：…】, what was taken out as 【删：…】."""
    return "".join(f"【{_MARKS[p.mark]}：{p.text}】" if _MARKS[p.mark] else p.text for p in one.pieces)
