"""Personal data in a letter that will be read by many (体检：个人信息)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.masking import mask
from models.proofreading.letter import Hit, Known, Letter, within
from models.published_contacts import is_contact
from models.vocabulary import MaskKind

_GRAVE: Final = (MaskKind.ID_CARD, MaskKind.BANK_CARD, MaskKind.HOME_ADDRESS)
_LONG: Final = re.compile(r"[0-9][0-9 \-]{13}")
"""Only where so many digits stand together can there be an identity or card number: most paragraphs have none."""
_PART_OF_HOUSE: Final = re.compile(r"[号室栋幢单户](?<=[\d\s一二三四五六七八九十][号室栋幢单户])")
"""What every door has; far faster to look for than a door."""
_DOOR: Final = re.compile(r"\d+\s*(?:号|室|栋|幢|单元|户)|[一二三四五六七八九十]+(?:单元|栋|幢|室)")


def personal_data(letter: Letter, _known: Known) -> Iterator[Hit]:
    """An identity number, a bank card or somebody's home, down to the door."""
    if not _likely("\n".join(row.text for row in letter.rows)):
        return
    for row in letter.rows:
        likely = _likely(row.text)
        for span in mask(row.raw, likely).spans if likely else ():
            if span.kind is not MaskKind.HOME_ADDRESS or _DOOR.search(span.original):
                yield within(row, (span.start, span.end), f"有{span.kind}", "请删去；确需保留的，写明理由。")


def _likely(text: str) -> tuple[MaskKind, ...]:
    """What may stand in a paragraph at all, told by quick looks."""
    if _LONG.search(text):
        return _GRAVE
    return (MaskKind.HOME_ADDRESS,) if _PART_OF_HOUSE.search(text) and _DOOR.search(text) else ()


def mobile_number(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A mobile number; in the contact line an office telephone is what should stand there."""
    for row in letter.rows:
        for span in mask(row.raw, (MaskKind.MOBILE,)).spans:
            remedy = "请改用办公电话。" if is_contact(row) else "请删去。"
            yield within(row, (span.start, span.end), "有手机号码", remedy)
