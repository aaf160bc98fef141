"""What comes after an action: the way to take it back, a new link for one that no longer works, files as evidence."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from sqlalchemy import Engine

from deployments.web_guard import Seal
from models.actions.action import Action, Outcome
from models.actions.tracking import ReportPromise
from models.steps.retracting import retractable
from models.vocabulary import Retractable
from tasks import clock
from tasks.case_view import CaseView
from tasks.database import transaction
from tasks.links import Gone, Link, Wanted, find_link, hash_of, issue_links, recipient_of_link
from tasks.loading import load_cases
from tasks.renewing import send_new_link

TAKEN_BACK_AS: Final = {
    "沟通": Retractable.TALK,
    "请予说明": Retractable.QUESTION,
    "申请退办": Retractable.RETURN,
}
"""Which actions can be taken back, and as what."""
_ACTION: Final = "撤回"


def way_back(engine: Engine, seal: Seal, link: Link, view: CaseView, outcome: Outcome, *, path: str, key: str) -> str:
    """Where the action just done can be taken back; empty where it cannot.

    A link to one action is spent, so a further one is made that lasts until tonight. Its token follows from the form's
    key and our secret: the answer page may be loaded again without making another.
    """
    what = TAKEN_BACK_AS.get(outcome.action)
    if what is None or what not in retractable(view.case, view.viewer.agency):
        return ""
    if link.is_desk:
        return f"{path}?do={quote(_ACTION)}#form"
    token = seal.proof(link.token_sha256, _ACTION, key)[:48]
    wanted = Wanted(
        case_id=view.case.id,
        action=_ACTION,
        role=link.role,
        name=link.name,
        agency=link.agency,
        notice_key=None,
        stage=view.case.stage,
    )
    with transaction(engine) as connection:
        if find_link(connection, hash_of(token)) is None:
            issue_links(connection, [wanted], expires_on=clock.today(), tokens=[token])
    return f"/a/{token}"


def renewal_proof(seal: Seal, gone: Gone) -> str:
    """The token of the form that asks for a new link."""
    return seal.proof(gone.link.token_sha256, "重发链接") if gone.link is not None and gone.renewable else ""


def renew(engine: Engine, link: Link) -> bool:
    """Have a new link sent to the address on file; False where there is nobody to send it to."""
    with transaction(engine) as connection:
        case = load_cases(connection, [link.case_id])[link.case_id]
        recipient = recipient_of_link(case, link)
        if recipient is None:
            return False
        send_new_link(connection, case, recipient)
    return True


def takes_evidence(action: Action) -> bool:
    """Whether a file that came with the form is kept beside it."""
    return isinstance(action, ReportPromise)
