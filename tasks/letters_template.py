"""An office's own .docx as a template (函件模板): what stands in {{ }} is filled in, everything else is kept as it is.

A paragraph with a slot is printed once for each line the letter has for it, in the paragraph's own format, and not at
all when there is none. No logic, no code: {{正文}} repeats, {{一级标题}}{{正文}} in one paragraph is how a heading and
what follows it look. Made once and used for every letter: a letter costs its own text, not the template's.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from lxml import etree

from models.errors import Fault, InputError, PolicyError

HEADINGS: Final = {"一级标题": 1, "二级标题": 2, "三级标题": 3, "四级标题": 4}
LINES: Final = {
    "类别": "class", "文号": "document-number", "标题": "title", "称谓": "salutation", "附件": "attachment",
    "续附件": "attachment-more", "署名": "agency", "日期": "date", "附注": "contact", "抄送": "copies",
}  # fmt: skip
"""What a slot is called, and the role of the lines that fill it."""
VARIABLES: Final = ("机关", *LINES, "正文", *HEADINGS)
REQUIRED: Final = ("标题", "称谓", "正文", "署名", "日期")
"""Without these a letter would not say what was signed."""
HEAD_WIDTH: Final = 440
"""Points within which 机关 in the red head must fit: a longer name is set smaller."""
LARGEST_BYTES: Final = 20 << 20

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_SLOT: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKED: Final = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_PARTS: Final = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_MARK: Final = "banli-slot"
_CUT: Final = re.compile(rf"<\?{_MARK}\s*\?>")
_BODY: Final = "word/document.xml"
_TAB: Final = '</w:t><w:tab/><w:t xml:space="preserve">'


@dataclass(frozen=True, slots=True)
class Pieces:
    """XML taken apart at its slots: text, slot, text, …, text."""

    parts: tuple[str, ...]

    def filled(self, values: Mapping[str, str]) -> str:
        """The XML with the slots filled; texts are escaped."""
        made = list(self.parts)
        for at in range(1, len(made), 2):
            name, _, most = made[at].partition(":")
            value = values.get(name, "")
            made[at] = str(min(int(most), HEAD_WIDTH * 2 // max(len(value), 1))) if most else as_text(value)
        return "".join(made)


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph with slots, and whether its place needs a paragraph even when there is nothing to say."""

    names: tuple[str, ...]
    pieces: Pieces
    stays: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One XML part of the package: fixed text, block, fixed text, …, fixed text."""

    name: str
    fixed: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class DocxTemplate:
    """A checked template, ready for any number of letters."""

    package: bytes
    """A zip of the members no letter changes."""
    parts: tuple[Part, ...]
    levels: Mapping[int, Pieces]
    """How a paragraph looks, by the level of the heading it opens with; 0 is plain text."""


def load(path: Path) -> DocxTemplate:
    """Read and check an office's template.

    Raises: InputError when it cannot be read; PolicyError naming paragraph and variable when it does not work.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(Fault(str(path), "模板太大", "请去掉图片，或换一个较小的 .docx。"))
        content = path.read_bytes()
    except OSError as error:
        what = f"模板读不了（{error.strerror or error}）"
        raise InputError(Fault(str(path), what, "请核对文件名和权限。")) from error
    return compile_template(content, str(path))


def compile_template(content: bytes, where: str) -> DocxTemplate:
    """The template in these bytes; `where` names it in errors."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = {info.filename: package.read(info) for info in package.infolist()}
        changing = {name: etree.fromstring(members[name], _parser()) for name in members if _PARTS.fullmatch(name)}
        changing[_BODY]
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, RuntimeError, NotImplementedError) as error:
        raise InputError(Fault(where, "不是 .docx 文件，或已损坏", "请用 Word 或 WPS 另存为 .docx。")) from error
    parts: list[Part] = []
    faults: list[Fault] = []
    for name, root in changing.items():
        blocks = []
        for number, paragraph in enumerate(list(root.iter(f"{_W}p")), 1):
            found = _block(paragraph, f"{where}{'' if name == _BODY else ' ' + _part_word(name)} 第{number}段", faults)
            if found is not None:
                blocks.append(found)
        fixed = _CUT.split(etree.tostring(root, encoding="unicode"))
        parts.append(Part(name, tuple(fixed), tuple(blocks)))
    faults += _wanting([name for part in parts for block in part.blocks for name in block.names], where)
    if faults:
        raise PolicyError(*faults)
    steady = {name: data for name, data in members.items() if name not in changing and name != "docProps/core.xml"}
    return DocxTemplate(_packed(steady), tuple(parts), _levels(parts))


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _part_word(name: str) -> str:
    return "页眉" if "header" in name else "页脚"


def _block(paragraph: Any, where: str, faults: list[Fault]) -> Block | None:
    """Cut a paragraph with slots out of its part; a slot spread over several runs takes the first one's format."""
    texts = list(paragraph.iter(f"{_W}t"))
    whole = "".join(each.text or "" for each in texts)
    if "{{" not in whole and "}}" not in whole:
        return None
    slots = list(_SLOT.finditer(whole))
    faults += _unknown([found[1] for found in slots], _SLOT.sub("", whole), where)
    for found in reversed(slots):
        _put(texts, found.start(), found.end(), f"{_OPEN}{found[1]}{_CLOSE}")
    for each in texts:
        each.set(_SPACE, "preserve")
        if each.text and f"{_OPEN}机关{_CLOSE}" in each.text:
            _fit(each.getparent())
    parent, tail = paragraph.getparent(), paragraph.tail
    instruction = etree.ProcessingInstruction(_MARK)
    instruction.tail, paragraph.tail = tail, None
    parent.replace(paragraph, instruction)
    xml = etree.tostring(paragraph, encoding="unicode")
    for prefix, uri in parent.nsmap.items():  # declared where the paragraph goes back to
        xml = xml.replace(f' xmlns:{prefix}="{uri}"', "", 1)
    stays = parent.tag != f"{_W}body"
    return Block(tuple(found[1] for found in slots), Pieces(tuple(_MARKED.split(xml))), stays)


def _put(texts: Sequence[Any], start: int, end: int, word: str) -> None:
    """Replace characters `start` to `end` of a paragraph by `word`, in the run where they begin."""
    at = 0
    for each in texts:
        said = each.text or ""
        first, last = max(start - at, 0), min(end - at, len(said))
        if first < last:
            each.text = said[:first] + (word if start >= at else "") + said[last:]
        at += len(said)


def _fit(run: Any) -> None:
    """Let the size of the run with the agency's name depend on how long that is."""
    for size in run.iter(f"{_W}sz", f"{_W}szCs"):
        size.set(f"{_W}val", f"{_OPEN}机关:{size.get(f'{_W}val')}{_CLOSE}")


def _unknown(names: Sequence[str], rest: str, where: str) -> Iterator[Fault]:
    for name in names:
        if name not in VARIABLES:
            near = get_close_matches(name, VARIABLES, n=1, cutoff=0.3)
            hint = f"是不是“{near[0]}”？" if near else ""
            every = "、".join(VARIABLES)
            yield Fault(where, f"模板里有不认识的变量 {{{{{name}}}}}", f"{hint}可以写：{every}。")
    if "{{" in rest or "}}" in rest:
        yield Fault(where, "花括号不成对", "变量要写成 {{标题}} 的样子，并且在同一段里。")


def _wanting(names: Sequence[str], where: str) -> Iterator[Fault]:
    for name in REQUIRED:
        if name not in names:
            yield Fault(where, f"模板里没有 {{{{{name}}}}}", f"请在该处写上 {{{{{name}}}}}，否则函件会缺这一行。")
    for name in LINES:
        if names.count(name) > 1:
            yield Fault(where, f"{{{{{name}}}}} 写了{names.count(name)}处", "同一行只能印一次，请只留一处。")


def _levels(parts: Sequence[Part]) -> dict[int, Pieces]:
    found: dict[int, Pieces] = {}
    for part in parts:
        for block in part.blocks:
            if "正文" in block.names:
                level = next((HEADINGS[name] for name in block.names if name in HEADINGS), 0)
                found.setdefault(level, block.pieces)
    return found


def _packed(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(member(name), data)
    return made.getvalue()


def member(name: str) -> zipfile.ZipInfo:
    """An entry dated the first day a zip can hold: the same letter gives the same bytes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def as_text(text: str) -> str:
    """Text for within `w:t`."""
    return escape(text).replace("\t", _TAB)
