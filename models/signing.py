"""What signatures cover, and whose signature is still missing (审签)."""

from __future__ import annotations

import hashlib

from models.policy import Pack
from models.values.case import Case

COUNTERSIGN = "会签"
REVIEW = "预审"


def text_sha256(text: str) -> str:
    """The hash a signature covers: of the reply's words, so that any edit of them voids it."""
    return hashlib.sha256(text.encode()).hexdigest()


def missing_countersigners(case: Case) -> tuple[str, ...]:
    """Co-handlers who have not countersigned the newest version."""
    signed = {signature.agency for signature in case.valid_signatures if signature.level == COUNTERSIGN}
    return tuple(part.agency for part in case.co_handlers if part.agency not in signed)


def next_level(case: Case, pack: Pack) -> str | None:
    """The approval level whose turn it is (核稿 → … → 签发); None when all have signed."""
    signed = {signature.level for signature in case.valid_signatures}
    return next((level for level in pack.approval.levels if level not in signed), None)
