"""Handling (办理): talks with the proposer, clarification, extension, co-handlers' opinions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import clocks
from models.evolving import replace
from models.permissions import addressee_of, lead_part, part_of
from models.rulings import Effect, Refusal, World
from models.steps.assignment import put
from models.values.case import Case
from models.values.handling import Contact, Extension, Opinion, Pause
from models.vocabulary import AssignmentStatus, ClockKind

if TYPE_CHECKING:
    from models import actions as a

OPINION: Final = frozenset({ClockKind.CO_OPINION, ClockKind.CO_OPINION_REDO})
"""The terms for a co-handler's opinion."""


def record_contact(case: Case, action: a.RecordContact, world: World) -> Effect:
    """A talk with the proposer is on record (沟通)."""
    part = part_of(case, action) if action.by.agency else case.lead
    if part is None:
        raise Refusal("本件还没有交办", "交办以后再登记沟通记录。")
    if action.on > world.today:
        raise Refusal(f"沟通日期{action.on}还没有到", "请填写今天或以前的日期。")
    if action.on < case.received_on:
        raise Refusal(f"沟通日期{action.on}早于收件日期{case.received_on}", "请核对沟通日期。")
    contact = Contact(
        no=len(case.contacts) + 1,
        on=action.on,
        way=action.way,
        by_name=f"{part.agency}{action.by.name}",
        with_name=action.with_name,
        said=action.said,
    )
    case = replace(case, contacts=(*case.contacts, contact))
    if part.leads:
        case = clocks.stop(case, (ClockKind.FIRST_CONTACT,), world, part=part)
    return Effect(case, f"{part.agency}与{action.with_name}{action.way}沟通", part=part)


def waive_contact(case: Case, action: a.WaiveContact, world: World) -> Effect:
    """The proposer needs no meeting (免于沟通)."""
    one = addressee_of(case, action.proposer, action)
    contact = Contact(
        no=len(case.contacts) + 1,
        on=world.today,
        way=None,
        by_name=action.by.name,
        with_name=one.proposer.name,
        said=action.note,
    )
    case = clocks.stop(replace(case, contacts=(*case.contacts, contact)), (ClockKind.FIRST_CONTACT,), world)
    return Effect(case, f"{one.proposer.name}表示不需要见面沟通")


def ask_clarification(case: Case, action: a.AskClarification, world: World) -> Effect:
    """The lead asks the proposer a question (请予说明); the clock waits only where the place's rules say so."""
    part = lead_part(case, action)
    if case.asked_on is not None:
        raise Refusal(f"{case.asked_on}提出的问题还没有答复", "请等提案人说明后再提新的问题。")
    case = replace(case, asked_on=world.today)
    clock = clocks.reply_clock(case, part)
    waits = world.pack(case).pauses.clarification_stops_reply and clock is not None
    if clock is not None and waits:
        pause = Pause(
            no=len(case.pauses) + 1, clock_no=clock.no, from_on=world.today, until_on=None, reason="等待提案人说明"
        )
        case = clocks.rederive(replace(case, pauses=(*case.pauses, pause)), clock, world)
    said = "，期限暂停计算" if waits else ""
    return Effect(case, f"{part.agency}请提案人说明{said}", part=part, facts={"question": action.question})


def clarify(case: Case, action: a.Clarify, world: World) -> Effect:
    """The proposer answers (说明); a waiting clock runs on from today."""
    if case.asked_on is None:
        raise Refusal("没有等待说明的问题", "不需要说明。")
    return Effect(go_on(case, world), "提案人已作说明", facts={"text": action.text})


def go_on(case: Case, world: World) -> Case:
    """Nothing is waited for any more: a clock that stood still counts again from today."""
    case = replace(case, asked_on=None)
    for pause in case.pauses:
        if pause.until_on is None:
            closed = replace(pause, until_on=world.today)
            case = replace(case, pauses=tuple(closed if p.no == pause.no else p for p in case.pauses))
            case = clocks.rederive(case, case.clocks[pause.clock_no - 1], world)
    return case


def request_extension(case: Case, action: a.RequestExtension, world: World) -> Effect:
    """The lead asks for more time (申请延期), up to the cap of the place's rules and before the term ends."""
    part = lead_part(case, action)
    clock = clocks.reply_clock(case, part)
    if clock is None:
        raise Refusal("本件没有正在计算的答复期限", "不需要延期。")
    rule = clocks.rule_of(case, clock.kind, world, role=part.role) if not clocks.is_manual(clock) else None
    if rule is None or rule.extension is None:
        raise Refusal(f"{clock.kind}期限没有可以延长的规定", "请在期限内办理，或由督办单位另行协调。")
    if any(ext.clock_no == clock.no and ext.refused_on is None for ext in case.extensions):
        raise Refusal("本件已经申请过延期", "延期只能申请一次。")
    if clock.due_on < world.today:
        raise Refusal(f"答复期限已于{clock.due_on}届满", "延期应在期满以前申请，请尽快答复。")
    terms = rule.extension
    granted = terms.consent is None
    extension = Extension(
        no=len(case.extensions) + 1,
        clock_no=clock.no,
        asked_on=world.today,
        length=terms.total_length or terms.added_length or 0,
        unit=terms.unit,
        reason=action.reason,
        granted_on=world.today if granted else None,
    )
    case = replace(case, extensions=(*case.extensions, extension))
    if granted:
        case = clocks.rederive(case, clock, world)
    if clock.kind is ClockKind.REPLY:
        # Who asks for more time will not answer within the first term: the proposer is owed word before it ends.
        case = clocks.start(case, (ClockKind.INTERIM_REPLY,), world, from_on=clock.started_on)
    how = "依规定直接延期" if granted else "等待同意"
    facts = {"agency": part.agency, "reason": action.reason, "granted": granted}
    if granted:
        facts["due_on"] = case.clocks[clock.no - 1].due_on.isoformat()
    return Effect(case, f"{part.agency}申请延期（{how}）：{action.reason}", part=part, facts=facts)


def _open_extension(case: Case) -> Extension:
    if case.open_extension is None:
        raise Refusal("没有待决定的延期申请", "请核对案号。")
    return case.open_extension


def grant_extension(case: Case, action: a.GrantExtension, world: World) -> Effect:
    """The office consents (同意延期); the date is derived anew."""
    asked = _open_extension(case)
    granted = replace(asked, granted_on=world.today, consented_by=action.by.name)
    case = replace(case, extensions=tuple(granted if ext.no == asked.no else ext for ext in case.extensions))
    case = clocks.rederive(case, case.clocks[asked.clock_no - 1], world)
    due_on = case.clocks[asked.clock_no - 1].due_on
    facts = {"reason": asked.reason, "due_on": due_on.isoformat()}
    return Effect(case, f"同意延期至{due_on}", facts=facts)


def refuse_extension(case: Case, action: a.RefuseExtension, world: World) -> Effect:
    """The office does not consent (不同意延期)."""
    asked = _open_extension(case)
    refused = replace(asked, refused_on=world.today)
    case = replace(case, extensions=tuple(refused if ext.no == asked.no else ext for ext in case.extensions))
    case = clocks.stop(case, (ClockKind.INTERIM_REPLY,), world)
    return Effect(case, f"不同意延期：{action.reason}", facts={"reason": action.reason})


def interim_reply(case: Case, action: a.InterimReply, world: World) -> Effect:
    """Word to every proposer before the first term ends (阶段答复); the reply itself stays owed."""
    part = lead_part(case, action)
    facts = {"agency": part.agency, "text": action.text}
    return Effect(case, f"{part.agency}作出阶段答复", part=part, facts=facts)


def give_opinion(case: Case, action: a.GiveOpinion, world: World) -> Effect:
    """A co-handler gives the lead its opinion (会办意见)."""
    part = part_of(case, action)
    if part.leads:
        raise Refusal(f"{part.agency}是本件的{part.role}单位", "会办意见由会办单位提出。")
    if part.status is AssignmentStatus.ASSIGNED:
        raise Refusal(f"{part.agency}还没有签收", "请先签收。")
    if part.status is AssignmentStatus.RETURN_REQUESTED:
        raise Refusal(f"{part.agency}已申请退办", "请等督办单位决定。")
    running = [c for c in case.clocks if c.runs and c.assignment_no == part.no and c.kind in OPINION]
    late = any(clock.due_on < world.today for clock in running)
    opinion = Opinion(
        no=len(case.opinions) + 1,
        assignment_no=part.no,
        given_on=world.today,
        late=late,
        text=action.text,
        document_number=action.document_number,
    )
    case = put(case, replace(part, status=AssignmentStatus.OPINION_GIVEN))
    case = clocks.stop(case, OPINION, world, part=part)
    case = replace(case, opinions=(*case.opinions, opinion))
    return Effect(
        case, f"{part.agency}提出会办意见{'(逾期)' if late else ''}", part=part, facts={"agency": part.agency}
    )


def send_back_opinion(case: Case, action: a.SendBackOpinion, world: World) -> Effect:
    """The lead demands a better opinion, once (退回会办意见)."""
    lead_part(case, action)
    part = next((p for p in case.co_handlers if p.agency == action.agency), None)
    if part is None or part.status is not AssignmentStatus.OPINION_GIVEN:
        raise Refusal(f"{action.agency}没有可退回的会办意见", "请核对会办单位。")
    given = [opinion for opinion in case.opinions if opinion.assignment_no == part.no]
    if any(opinion.sent_back_on for opinion in given):
        raise Refusal(f"{action.agency}的会办意见已退回过一次", "仍有分歧的，请由督办单位协调。")
    back = replace(given[-1], sent_back_on=world.today)
    case = replace(case, opinions=tuple(back if opinion.no == back.no else opinion for opinion in case.opinions))
    again = replace(part, status=AssignmentStatus.SIGNED)
    case = clocks.start(put(case, again), (ClockKind.CO_OPINION_REDO,), world, part=again)
    facts = {"agency": part.agency, "reason": action.reason}
    return Effect(case, f"退回{part.agency}的会办意见：{action.reason}", part=again, facts=facts)
