"""Who signed a reply (承办单位): by the signature, else by the heading, else by what the page calls its source."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.published_text import HAN, Found, Page, Place, Row, is_organisation, label, labelled, squeeze

_SEAL = re.compile(r"\s*\((?:盖章|公章|印章|章|代章|印)\)\s*$")
_BEFORE_ABOUT = re.compile(rf"\s*(?P<name>[{HAN}()、]{{3,40}}?)(?:关于|对|办理)")
_SOURCE_LABEL = re.compile(
    label(["来源", "信息来源", "发布机构", "发文机关", "发布单位", "发文单位", "制发单位", "承办单位", "公开机构"])
)
_SOURCE = re.compile(rf"[{HAN}()]{{2,40}}+(?!\s*:)")
_META_SOURCES = ("contentsource", "source")
_PLACED = re.compile(r"[省市县区州盟旗]")
_NOT_PLACE = re.compile(
    r"欢迎|访问|光临|来到|来源|主办|承办|单位|版权|所有|关于|由|网站|首页|的|机构|发布|机关|作者|政府|公开|关注"
)


def read_agencies(
    signers: Sequence[tuple[Row, int, int]], letterhead: Sequence[Row], outside: Sequence[Row], page: Page
) -> tuple[Found[str], ...]:
    """Every office that signed, in the order of the signature; failing that, the one the page names."""
    if signers:
        return tuple(_signed(row, start, end) for row, start, end in signers)
    for row in letterhead:
        match = _BEFORE_ABOUT.match(row.text)
        if match and is_organisation(match["name"]):
            return (row.found(match["name"], match.start("name"), match.end("name")),)
        if len(row.bare) > 4 and is_organisation(row.text):
            return (row.whole(squeeze(row.raw)),)
    for row, start in labelled(outside, _SOURCE_LABEL):
        if (match := _SOURCE.match(row.text, start)) and is_organisation(match.group()):
            return (row.found(match.group(), match.start(), match.end()),)
    for name in _META_SOURCES:
        written, content = page.meta.get(name, ("", ""))
        if is_organisation(content):
            words = content.strip()
            return (Found(words, Place(0, content.index(words) + 1, written), words),)
    return ()


def _signed(row: Row, start: int, end: int) -> Found[str]:
    seal = _SEAL.search(row.text, start, end)
    end = seal.start() if seal else end
    return row.found(squeeze(row.raw[start:end]), start, end)


def read_full_name(agency: Found[str] | None, outside: Sequence[Row], page: Page) -> Found[str] | None:
    """The full name of an office that signs short (省民政厅), where the page says it once and only one way."""
    if agency is None or not agency.value:
        return None
    longer = re.compile(rf"(?P<before>[{HAN}]{{2,14}}){re.escape(agency.value)}(?!\s*长)")
    found: dict[str, Found[str]] = {}
    for row in outside:
        for match in longer.finditer(row.text):
            before = _place_before(match["before"], agency.value)
            if before:
                name = before + agency.value
                found.setdefault(name, row.found(name, match.end() - len(name), match.end()))
    for written, content in page.meta.values():
        for match in longer.finditer(content):
            before = _place_before(match["before"], agency.value)
            if before:
                name = before + agency.value
                found.setdefault(name, Found(name, Place(0, match.end() - len(name) + 1, written), name))
    longest = max(found, key=len, default="")
    return found[longest] if longest and all(longest.endswith(name) for name in found) else None


def _place_before(words: str, signed: str) -> str:
    """The name of a place that may stand before a signature: 某某 before 省…, 某某市 before 某某区…."""
    words = re.split(_NOT_PLACE, words)[-1]
    if _PLACED.match(signed):
        return words if 2 <= len(words) <= 9 else ""
    return words if len(words) >= 2 and _PLACED.search(words[-1]) else ""
