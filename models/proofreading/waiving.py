"""What must be mended before a version goes round (必改), or waived by a person with a reason (不改的理由)."""

from __future__ import annotations

from datetime import date
from typing import Final

from models.policy import Pack
from models.proofreading.letter import Known, Remark, Severity, read_body
from models.proofreading.rules import proofread
from models.rulings import Refusal
from models.values.case import Case

_TOLD: Final = 3
"""So many remarks are told in a refusal; the page lists all."""


def must_mend(case: Case, text: str, *, document_number: str | None, pack: Pack, today: date) -> tuple[Remark, ...]:
    """The serious remarks on the text of a version: what its own words and the case's facts are enough to tell."""
    known = Known(
        today=today,
        numbers=tuple(dict.fromkeys(one.number for one in case.addressees)),
        session=case.session,
        titles=tuple(dict.fromkeys(one.title for one in case.addressees)),
        classes=pack.classes.letters,
    )
    letter = read_body(text, document_number=document_number)
    return proofread(letter, known, whole=False, only=Severity.SERIOUS)


def waived(remarks: tuple[Remark, ...], waiver: str | None) -> str:
    """What the history says of remarks that stay; empty where there are none.

    Raises: Refusal when something must be mended and nobody has said why it stays.
    """
    if not remarks:
        return ""
    if not waiver:
        said = "；".join(str(one).rstrip("。") for one in remarks[:_TOLD])
        more = f"；另有{len(remarks) - _TOLD}处" if len(remarks) > _TOLD else ""
        remedy = "请改正后再提交；确需保留的，在“体检不改的理由”里写明。"
        raise Refusal(f"复文体检有{len(remarks)}处必改：{said}{more}", remedy)
    titles = "、".join(dict.fromkeys(one.title for one in remarks))
    return f"；复文体检{len(remarks)}处必改未改（{titles}），理由：{waiver}"
