"""What people type into a field, read as what it means: days in any of the usual spellings, yes and no, lists."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Final

YES: Final = frozenset({"是", "有", "√", "✓", "1", "y", "yes", "true", "对"})
NO: Final = frozenset({"否", "无", "×", "0", "n", "no", "false", "不是", ""})

_DAY: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[\sT]+\d{1,2}:\d{2}(?::\d{2})?(?:\.0+)?)?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?")
_EXCEL_EPOCH: Final = date(1899, 12, 30)
"""Day 0 of a spreadsheet's day count, the non-existent 1900-02-29 allowed for."""
_BETWEEN: Final = re.compile(r"[、,\uff0c;\uff1b\n]+")


def parse_day(text: str) -> date | None:
    """2026-01-20, 2026/1/20, 2026.1.20, 2026年1月20日, 20260120 or a spreadsheet's serial number; None for the rest."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _SERIAL.fullmatch(plain):
        return _EXCEL_EPOCH + timedelta(days=int(float(plain)))
    found = _DAY.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def parse_flag(text: str) -> bool | None:
    """是 or 否 in its usual spellings; None for the rest."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return True if plain in YES else False if plain in NO else None


def parse_list(text: str) -> tuple[str, ...]:
    """The parts between 、 or commas, semicolons and line breaks."""
    return tuple(part for piece in _BETWEEN.split(text) if (part := piece.strip()))


def parse_lines(text: str) -> tuple[str, ...]:
    """The lines that hold something; within them 、 and commas belong to the text."""
    return tuple(part for line in text.splitlines() if (part := line.strip()))
