"""Everything anybody can ask of a case (动作), as typed values.

An action is the form: its fields' titles and descriptions are what the action page, the Prefect form, the sheet and
the command line show. `kind` is the Chinese word people use for it, and is what sheets and history carry. Here is the
whole list; each action stands in the file of its stage.
"""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field

from models.actions.action import MAX_TEXT, SYSTEM, Action, Actor, Outcome
from models.actions.assignment import Assign, GrantReturn, RefuseReturn, RequestReturn, SignFor
from models.actions.feedback import CloseFeedback, GiveFeedback, OrderRedo, Uphold
from models.actions.handling import (
    AskClarification,
    Clarify,
    GiveOpinion,
    GrantExtension,
    InterimReply,
    RecordContact,
    RefuseExtension,
    RequestExtension,
    Retract,
    SendBackOpinion,
    WaiveContact,
)
from models.actions.publication import DecidePublication, Publish, TakeDown
from models.actions.receipt import (
    Accept,
    Merge,
    NotAccept,
    ProposerGiven,
    Receive,
    ReturnToProposer,
    Supplement,
    Unmerge,
    Withdraw,
)
from models.actions.reply import (
    Amend,
    Approve,
    AskAnswered,
    CorrectReply,
    Countersign,
    FollowMain,
    GiveView,
    PassReview,
    PromiseGiven,
    SendBack,
    SendReply,
    SubmitDraft,
)
from models.actions.tracking import Archive, Attached, Close, ReportProgress, ReportPromise
from models.actions.upkeep import ClockMoved, Rederive, RenewLinks

__all__ = [
    "MAX_TEXT", "SYSTEM", "Accept", "Action", "Actor", "Amend", "AnyAction", "Approve", "Archive", "AskAnswered",
    "AskClarification", "Assign", "Attached", "Clarify", "ClockMoved", "Close", "CloseFeedback", "CorrectReply",
    "Countersign", "DecidePublication", "FollowMain", "GiveFeedback", "GiveOpinion", "GiveView", "GrantExtension",
    "GrantReturn", "InterimReply", "Merge", "NotAccept", "OrderRedo", "Outcome", "PassReview", "PromiseGiven",
    "ProposerGiven", "Publish", "Receive", "RecordContact", "Rederive", "RefuseExtension", "RefuseReturn",
    "RenewLinks", "ReportProgress", "ReportPromise", "RequestExtension", "RequestReturn", "Retract",
    "ReturnToProposer", "SendBack", "SendBackOpinion", "SendReply", "SignFor", "SubmitDraft", "Supplement",
    "TakeDown", "Unmerge", "Uphold", "WaiveContact", "Withdraw",
]  # fmt: skip

AnyAction = Annotated[
    Union[  # noqa: UP007 - a discriminated union is written with Union
        Receive, Supplement, Withdraw, Accept, Merge, Unmerge, NotAccept, ReturnToProposer, Assign, SignFor,
        RequestReturn, GrantReturn, RefuseReturn, RecordContact, WaiveContact, AskClarification, Clarify, Retract,
        RequestExtension, GrantExtension, RefuseExtension, InterimReply, GiveOpinion, SendBackOpinion, SubmitDraft, GiveView,
        Countersign,
        Approve, Amend, SendBack, PassReview, SendReply, CorrectReply, FollowMain, GiveFeedback, CloseFeedback, OrderRedo, Uphold, DecidePublication,
        Publish, TakeDown, ReportPromise, ReportProgress, Close, Archive, Rederive, RenewLinks,
    ],
    Field(discriminator="kind"),
]  # fmt: skip
