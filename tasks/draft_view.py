"""What a page shows of the newest version of a reply: what changed, who signed, what the check-up finds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from models.proofreading.coverage import Covered
from models.proofreading.letter import Remark
from models.rulings import World
from models.signing import COUNTERSIGN, next_level
from models.steps.consulting import BEFORE_SIGNED, asks
from models.substituting import standing_in
from models.values.case import Case
from models.values.reply import Draft, Signature, Substitution
from models.vocabulary import Role
from tasks.case_entries import Viewer
from tasks.differences import Passage, compare, lines_of
from tasks.proofreading import coverage_of, remarks_now


@dataclass(frozen=True, slots=True)
class DraftView:
    """A version of the reply, with what changed since the one its reader signed, or the one before it."""

    draft: Draft
    class_meaning: str
    compared_with: int
    """The number of the version it is compared with; 0 where there is none."""
    changes: tuple[Passage, ...]
    """Empty for a first version."""
    signatures: tuple[Signature, ...]
    remarks: tuple[Remark, ...] = ()  # of the check-up, until the reply is sent; never shown to a proposer
    coverage: tuple[Covered, ...] = ()
    """Which paragraphs answer which ask; never shown to a proposer."""
    standing_in: tuple[Substitution, ...] = ()
    """Who signs today for one of the reader's own agency who is away."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text, line by line."""
        return lines_of(self.draft.text)


def draft_view(connection: Connection, case: Case, viewer: Viewer, world: World) -> DraftView | None:
    """The newest version; to a proposer the one that was sent to him, or is shown to him before it is signed."""
    versions = case.drafts
    if viewer.is_proposer and not (case.stage in BEFORE_SIGNED and asks(case.draft)):
        sent = {letter.draft_no for letter in case.letters}
        versions = tuple(draft for draft in versions if draft.no in sent)
    if not versions:
        return None
    newest = versions[-1]
    before = None if viewer.is_proposer else _last_seen(case, viewer, newest, world)
    signed = tuple(one for one in case.signatures if one.draft_no == newest.no and one.voided_on is None)
    return DraftView(
        draft=newest,
        class_meaning=(newest.result_class and world.pack(case).class_meaning(newest.result_class)) or "",
        compared_with=before.no if before else 0,
        changes=compare(before.text, newest.text) if before else (),
        signatures=() if viewer.is_proposer else signed,
        remarks=() if viewer.is_proposer else remarks_now(connection, case, newest, today=world.today),
        coverage=() if viewer.is_proposer else coverage_of(connection, case, newest),
        standing_in=standing_in(case, world, viewer.agency),
    )


def _last_seen(case: Case, viewer: Viewer, newest: Draft, world: World) -> Draft | None:
    """The earlier version whose turn's signer signed last, so that he reads what changed since; else the one before."""
    earlier = {draft.no: draft for draft in case.drafts if draft.no < newest.no and draft.round == newest.round}
    level = COUNTERSIGN if viewer.role is Role.CO_HANDLER else next_level(case, world.pack(case))
    signed = [
        one.draft_no
        for one in case.signatures
        if one.draft_no in earlier and one.level == level and one.agency == viewer.agency
    ]
    return earlier[max(signed or earlier)] if earlier else None
