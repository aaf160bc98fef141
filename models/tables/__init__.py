"""The records (记录). Children of a case are addressed by the case and a number within it; see `models/values/`.

Rows are written and read in sets by `tasks/`; rules never see them. Here is the whole list: loading it declares them all.
"""

from models.tables.case import CaseRow, ProposalTextRow, ProposerContactRow, ProposerRow
from models.tables.fields import OfCase, core
from models.tables.handling import AssignmentRow, ClockRow, ContactRow, ExtensionRow, OpinionRow, PauseRow
from models.tables.history import HistoryRow, IdempotencyKeyRow
from models.tables.notices import BounceRow, NoticeRow
from models.tables.office import AgencyContactRow, AgencyRow, SessionRow, SubstitutionRow
from models.tables.pages import ActionLinkRow, AttemptRow, PostRow
from models.tables.reply import (
    DraftRow,
    FeedbackRow,
    LetterRow,
    PromiseRow,
    ProposerViewRow,
    PublicationRow,
    ReplySentenceRow,
    SignatureRow,
)

__all__ = [
    "ActionLinkRow", "AgencyContactRow", "AgencyRow", "AssignmentRow", "AttemptRow", "BounceRow", "CaseRow",
    "ClockRow", "ContactRow", "DraftRow", "ExtensionRow", "FeedbackRow", "HistoryRow", "IdempotencyKeyRow",
    "LetterRow", "NoticeRow", "OfCase", "OpinionRow", "PauseRow", "PostRow", "PromiseRow", "ProposalTextRow",
    "ProposerContactRow", "ProposerRow", "ProposerViewRow", "PublicationRow", "ReplySentenceRow", "SessionRow",
    "SignatureRow", "SubstitutionRow", "core",
]  # fmt: skip
