"""Drafting, countersigning, approval and the reply (起草、会签、审签、答复)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import clocks
from models.answers import written
from models.evolving import replace
from models.permissions import lead_part
from models.rulings import Effect, Refusal, World
from models.signing import COUNTERSIGN, missing_countersigners, next_level, text_sha256
from models.steps.assignment import put
from models.steps.consulting import asks
from models.steps.handling import OPINION, go_on
from models.steps.publication import REDONE, due_again
from models.steps.tracking import follow_promises
from models.values.case import Case
from models.values.handling import Assignment
from models.values.reply import Draft, Letter, Promise
from models.vocabulary import (
    AssignmentStatus,
    PromiseStatus,
    ProposalKind,
    Publicity,
    Stage,
    StartEvent,
)

if TYPE_CHECKING:
    from models import actions as a


def submit_draft(case: Case, action: a.SubmitDraft, world: World) -> Effect:
    """A version of the reply goes round for signature (起草); what was signed under earlier ones is void."""
    part = lead_part(case, action)
    _check_ready(case, world)
    check_class(case, action.result_class, world)
    left = check_text(case, action.text, action.document_number, waiver=action.waiver, world=world)
    draft = Draft(
        no=len(case.drafts) + 1,
        assignment_no=part.no,
        drafted_on=world.today,
        sha256=text_sha256(action.text),
        result_class=action.result_class,
        document_number=action.document_number,
        round=case.round,
        contact_unit=action.contact_unit,
        contact_person=action.contact_person,
        contact_phone=action.contact_phone,
        contact_postcode=action.contact_postcode,
        heading=action.heading,
        answers=written(action.answers, action.text),
        view=world.pack(case).approval.proposer_view,
        text=action.text,
    )
    case = _promised(void_signatures(go_on(case, world), world), action.promises, part)
    case = replace(case, drafts=(*case.drafts, draft))
    stage = Stage.COUNTERSIGNING if missing_countersigners(case) else Stage.APPROVING
    facts = turn_of(case, world) | {"consults": asks(draft), "draft_no": draft.no}
    return Effect(replace(case, stage=stage), f"{part.agency}提交答复稿第{draft.no}稿{left}", part=part, facts=facts)


def _promised(case: Case, given: tuple[a.PromiseGiven, ...], part: Assignment) -> Case:
    """The promises of this version. What an unsent version gave in the same words is taken over; what it alone gave
    is never in force, and what a letter gave stands until a newer letter says otherwise.
    """
    sent = {letter.draft_no for letter in case.letters}
    draft_no = len(case.drafts) + 1
    promises = list(case.promises)
    for one in given:
        unsent = (n for n, p in enumerate(promises) if p.text == one.text and p.draft_no not in sent)
        place = next(unsent, None)
        promise = Promise(
            no=len(promises) + 1 if place is None else promises[place].no,
            text=one.text,
            due_on=one.due_on,
            agency=part.agency,
            status=PromiseStatus.OPEN,
            condition=one.condition,
            draft_no=draft_no,
        )
        if place is None:
            promises.append(promise)
        else:
            promises[place] = promise
    return replace(case, promises=tuple(promises))


def _check_ready(case: Case, world: World) -> None:
    if case.kind is not ProposalKind.RECOMMENDATION and not case.talks:
        raise Refusal("答复前还没有与提案人沟通", "请先登记沟通记录；提案人不需要见面的，登记免于沟通。")
    for part in case.open_assignments:
        if part.status is AssignmentStatus.RETURN_REQUESTED:
            raise Refusal(f"{part.agency}已申请退办，等待督办单位决定", "请先决定是否同意退办。")
    for part in case.co_handlers:
        if part.status in {AssignmentStatus.OPINION_GIVEN, AssignmentStatus.DONE}:
            continue
        clock = next((c for c in case.clocks if c.runs and c.assignment_no == part.no and c.kind in OPINION), None)
        if clock is None or clock.due_on >= world.today:
            until = f"（期限{clock.due_on}）" if clock else ""
            raise Refusal(
                f"会办单位{part.agency}还没有提出会办意见{until}", "请先取得会办意见；会办期限届满后可以先行起草。"
            )


def check_class(case: Case, letter: str | None, world: World) -> None:
    """Refuse a class the place's scheme does not have."""
    letters = world.pack(case).classes.letters
    if letter is not None and letter not in letters:
        raise Refusal(
            f"没有“{letter}”这一办理结果类别",
            "可选：" + ";".join(f"{key} {meaning}" for key, meaning in letters.items()) + "。",
        )


def check_text(case: Case, text: str, number: str | None, *, waiver: str | None, world: World) -> str:
    """What the check-up (复文体检) leaves, for the history; a Refusal where it must be mended first."""
    from models.proofreading.waiving import must_mend, waived  # noqa: PLC0415 - patterns only a draft needs

    return waived(must_mend(case, text, document_number=number, pack=world.pack(case), today=world.today), waiver)


def void_signatures(case: Case, world: World) -> Case:
    """Nothing that was signed so far counts any more."""
    return replace(
        case,
        signatures=tuple(
            signature if signature.voided_on else replace(signature, voided_on=world.today)
            for signature in case.signatures
        ),
    )


def turn_of(case: Case, world: World) -> dict[str, object]:
    """Who is to sign next, for the notice."""
    missing = missing_countersigners(case)
    return {"level": COUNTERSIGN if missing else next_level(case, world.pack(case)), "agencies": list(missing)}


def send_reply(case: Case, action: a.SendReply, world: World) -> Effect:
    """One letter to each addressee under his own number (答复); every clock of the reply stops."""
    part = lead_part(case, action)
    draft = case.drafts[-1]
    signed = [signature for signature in case.valid_signatures if signature.level in world.pack(case).approval.levels]
    if not signed or any(signature.sha256 != draft.sha256 for signature in signed):
        raise Refusal("签字与现在的答复稿不一致", "请重新送审，签齐后再答复。")
    if action.dated_on is not None and action.dated_on > world.today:
        raise Refusal(f"成文日期{action.dated_on}还没有到", "请填写今天或以前的日期。")
    dated_on = None if action.date_note else action.dated_on or world.today
    letters = tuple(
        Letter(
            no=len(case.letters) + index,
            addressee=one.key,
            draft_no=draft.no,
            sha256=draft.sha256,
            number=one.number,
            name=one.proposer.name,
            sent_on=world.today,
            document_number=draft.document_number,
            result_class=draft.result_class,
            dated_on=dated_on,
            date_note=action.date_note,
        )
        for index, one in enumerate(case.addressees, start=1)
    )
    case = put(case, replace(part, status=AssignmentStatus.DONE))
    case = replace(case, letters=(*case.letters, *letters), replied_on=world.today)
    case = due_again(case, REDONE)
    if case.publicity is Publicity.TAKEN_DOWN:
        case = replace(case, publicity=Publicity.DECIDED)
    case = follow_promises(clocks.end_report(case, StartEvent.ASSIGNED, world), world)
    facts = {"result_class": draft.result_class, "draft_no": draft.no}
    return Effect(
        case, f"向{len(letters)}位提案人分别答复", part=part, facts=facts, follow_ups=_following(case, action)
    )


def _following(main: Case, action: a.SendReply) -> tuple[a.FollowMain, ...]:
    """What is asked of the cases merged into this one, which it answers too."""
    from models import actions as asked  # noqa: PLC0415 - forms nobody needs who only looks at cases

    return tuple(
        asked.FollowMain(case=one.ref, by=asked.SYSTEM, key=f"{action.key}:{one.id}", main=main.ref)
        for one in main.merged
    )


def follow_main(case: Case, action: a.FollowMain, world: World) -> Effect:
    """A merged case was answered with its main case, by its own letter."""
    return Effect(replace(case, replied_on=world.today), f"已随{action.main}一并办理，单独答复")
