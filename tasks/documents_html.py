"""A web page becomes lines: one for each block of text, and the tags of its head."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree, html

_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "head", "iframe", "object", "svg", "select", "textarea"}
)
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol",
    "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")


def read_html(text: str) -> tuple[str, dict[str, str], list[str]]:
    """The title, the tags of the head by name, and the blocks of text in the order of the page."""
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(_DECLARATION.sub("", text).replace("\x00", ""), parser=parser)
    except (etree.ParserError, ValueError):
        return "", {}, []
    meta: dict[str, str] = {}
    for tag in root.iter("meta"):
        name = tag.get("name") or tag.get("property")
        if name and (content := tag.get("content", "").strip()):
            meta.setdefault(name.strip(), content)
    title = " ".join((root.findtext(".//title") or "").split())
    return title, meta, _blocks(root)


@dataclass(slots=True)
class _Blocks:
    """Lines in the making: words gather until a block begins or ends; a dropped element is skipped with its content."""

    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    skipped: Any = None

    def open(self, element: Any, tag: str) -> None:
        if self.skipped is None and (tag in _DROPPED or _HIDDEN.search(element.get("style", ""))):
            self.skipped = element
        if self.skipped is None:
            if tag in _BLOCKS:
                self.flush()
            self.words.append(_spaced(element.text))

    def close(self, element: Any, tag: str) -> None:
        if self.skipped is None and tag in _BLOCKS:
            self.flush()
        if self.skipped is None and tag in _CELLS:
            self.words.append("\t")
        if self.skipped is element:
            self.skipped = None
        if self.skipped is None:
            self.words.append(_spaced(element.tail))

    def flush(self) -> None:
        line = re.sub(r"[ \n\r\f]+", " ", "".join(self.words))
        self.words.clear()
        if line := re.sub(r" ?\t[ \t]*", "\t", line).strip(" \t"):
            self.lines.append(line)


def _blocks(root: Any) -> list[str]:
    blocks = _Blocks()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        act = blocks.open if event == "start" else blocks.close
        act(element, element.tag if isinstance(element.tag, str) else "")
    blocks.flush()
    return blocks.lines


def _spaced(text: str | None) -> str:
    return (text or "").replace("\t", " ")
