"""Reading a published reply back out of its page (回读)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

from notifications.pages import plain

_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})


class _Reader(HTMLParser):
    """Collects the text of every element marked `data-line` inside the element `letter-text`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.found = False
        self._letter_depth = 0
        self._line_depth = 0

    def updatepos(self, i: int, j: int) -> int:  # noqa: ARG002 - named as the library does
        """Nobody asks for line and column, and counting them takes an eighth of the reading."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go one deeper where something is being read."""
        if tag in _VOID:
            return
        if self._letter_depth:
            self._letter_depth += 1
        elif attrs and dict(attrs).get("id") == "letter-text":
            self._letter_depth, self.found = 1, True
        if self._line_depth:
            self._line_depth += 1
        elif self._letter_depth and any(name == "data-line" for name, _ in attrs):
            self._line_depth = 1
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """Come up again."""
        if tag in _VOID:
            return
        self._letter_depth = max(0, self._letter_depth - 1)
        self._line_depth = max(0, self._line_depth - 1)

    def handle_data(self, data: str) -> None:
        """Keep what stands in a line."""
        if self._line_depth:
            self.lines[-1] += data


def text_of_page(page: str) -> str | None:
    """The reply's lines joined by line breaks, character by character; None where the page carries no reply."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return "\n".join(reader.lines) if reader.found else None


def difference(expected: str, got: str) -> str | None:
    """Where two texts part, character by character, in words; None when they are the same."""
    if expected == got:
        return None
    place = next(
        (at for at, (one, other) in enumerate(zip(expected, got, strict=False)) if one != other),
        min(len(expected), len(got)),
    )
    line = expected.count("\n", 0, place) + 1
    column = place - expected.rfind("\n", 0, place)
    return f"第{line}行第{column}个字：应为{_here(expected, place)}，页面上是{_here(got, place)}"


def _here(text: str, place: int) -> str:
    if place >= len(text):
        return "（已结束）"
    char, code = text[place], f"U+{ord(text[place]):04X}"
    near = plain(text[max(0, place - 6) : place + 7])
    return f"“{char if char.isprintable() else ''}”（{code}，见“{near}”）"
