"""Statutory feasts (法定节日) of a year whose State Council notice is not out yet: enough for a provisional date.

Source: 全国年节及纪念日放假办法(2024)第二条; the lunar feasts by GB/T 33661-2017.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_FIXED: Final = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}
_LUNAR: Final = {
    2027: ((2, 5), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 25), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 12), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 2), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 22), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 10), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 30), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 18), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 7), (4, 5), (6, 10), (9, 16)),
}
"""Per year the first day off of 春节 (除夕), 清明节, 端午节 and 中秋节; years not listed have the fixed feasts only."""

_LUNAR_NAMES: Final = (("春节", 4), ("清明节", 1), ("端午节", 1), ("中秋节", 1))
"""Names and lengths in days, in the order of `_LUNAR`."""


def statutory(year: int) -> dict[date, str]:
    """The feasts of `year` that the law itself fixes, by day; two feasts on one day share the name."""
    days = {date(year, month, day): name for (month, day), name in _FIXED.items()}
    for (month, day), (name, length) in zip(_LUNAR.get(year, ()), _LUNAR_NAMES, strict=False):
        for offset in range(length):
            on = date(year, month, day) + timedelta(days=offset)
            days[on] = f"{days[on]}、{name}" if on in days else name
    return days
