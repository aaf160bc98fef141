"""Is a letter template good? A sample letter with everything a letter can have is set in it (模板核对)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from models.errors import Fault, InputError
from models.vocabulary import ProposalKind
from notifications.letter_forms import feedback_form
from notifications.letters import LetterText
from tasks.letters import filled
from tasks.letters_pdf import pdf_bytes
from tasks.letters_template import load

SAMPLE: Final = LetterText(
    title="某市某局关于某市政协某届某次会议第0001号提案答复的函",
    number="0001",
    session="某市政协某届某次会议",
    kind=ProposalKind.PROPOSAL,
    salutation="某某某委员：",
    paragraphs=(
        "您提出的提案收悉。现答复如下：",
        "一、已经办理。",
        "（一）某项",
        "1.某点。",
        "（1）某处。",
        "特此函复。",
    ),
    agency="某市某局",
    letter_on=date(2026, 7, 5),
    result_class="A",
    document_number="某函〔2026〕1号",
    contact_unit="办公室",
    contact_phone="0000-00000000",
    copies=("某市某办",),
    attachments=("某某表", "某某清单"),
)


def check_template(path: Path) -> str:
    """Set the sample letter in an office's template; returns what was found in it.

    Raises: InputError, PolicyError with file, place and variable.
    """
    match path.suffix.lower():
        case ".docx":
            found = load(path)
            filled(found, SAMPLE)
            names = dict.fromkeys(name for part in found.parts for block in part.blocks for name in block.names)
            return f"有 {'、'.join(names)}"
        case ".typ":
            if not path.is_file():
                raise InputError(Fault(str(path), "没有这个文件", "请核对文件名。"))
            form = feedback_form(SAMPLE, subject="某事", proposer="某某某", scale=("满意", "不满意"), days="")
            pdf_bytes(SAMPLE, form=form, template=path.resolve())
            return "样函已排成"
        case other:
            raise InputError(Fault(str(path), f"不认识的模板类型“{other}”", "函件模板是 .docx 或 .typ 文件。"))
