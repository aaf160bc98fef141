"""What one letter and one public page cost (每封函、每页的开销), beside the bare library doing the same in the same run.

    .venv/bin/python benchmarks/render.py [N]

Each pair is measured in turns, a round of ours and a round of the library's, and the best round of each counts. A
letter has about 2,400 characters and its own number, so that nothing can be reused; memory is the process's peak after
all N. The last line is one JSON object.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models.values.case import Proposer
from models.vocabulary import PromiseStatus, ProposalKind, ProposerKind, PublicationMode
from notifications.case_page import case_page
from notifications.letters import LetterText, compose, lines, opening
from notifications.pages import Office, PublicPromise, SiteCase, TimelineRow
from notifications.rendering import TEMPLATES, environment, zh_date
from tasks.fonts import faces, installed
from tasks.letters import docx_bytes
from tasks.letters_builtin import template_bytes
from tasks.letters_pdf import TEMPLATE, pdf_bytes

ROUNDS = 5
TITLES = {ProposalKind.PROPOSAL: "{agency}关于{session}第{number}号{kind}答复的函"}
SENTENCE = "推进居民公约规范修订，督促各街道建立健全审核、备案、公布和督促落实机制。"


def letter(number: int) -> LetterText:
    """One of N letters, each in its own words."""
    text = "".join(
        f"{mark}、第{number}号的第{mark}项。一是推进协商。\n{SENTENCE * 8}{number}\n" for mark in "一二三四五六七八"
    )
    return compose(
        titles=TITLES, kind=ProposalKind.PROPOSAL, session="云州市政协六届二次会议", number=f"{number:04}",
        subject="关于加强社区服务的提案", agency="云州市民政局", text=text, letter_on=date(2026, 7, 5), result_class="A",
        proposers=[Proposer(1, "周一青", ProposerKind.MEMBER, is_lead=True)], document_number=f"云民函〔2026〕{number}号",
        contact_unit="基层政权科", contact_phone="0576-88550012", copies=["市政府督查室"],
    )  # fmt: skip


def bare_docx(one: LetterText) -> bytes:
    """python-docx opening the same template and replacing what is in its paragraphs."""
    from docx import Document

    document = Document(io.BytesIO(template_bytes()))
    last = document.paragraphs[-1]
    for line in lines(one):
        last.insert_paragraph_before().add_run(line.text)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def bare_typst() -> Callable[[LetterText], bytes]:
    """Typst given the same template and the same values."""
    import typst

    compiler = typst.Compiler(root=TEMPLATE.parent, font_paths=installed(), ignore_system_fonts=True)
    families = {name: face.chain for name, face in faces().items()}

    def make(one: LetterText) -> bytes:
        parts = [opening(text) for text in one.paragraphs]
        values = {
            "agency": one.agency, "class-mark": f"办理结果：{one.result_class}类", "title": one.title,
            "document-number": one.document_number, "salutation": one.salutation, "attachments": [],
            "paragraphs": [{"level": part.level, "heading": part.heading, "rest": part.rest} for part in parts],
            "signed-by": one.agency, "date": "2026年7月5日", "contact": "（联系电话：0576-88550012）",
            "copies": "抄送：市政府督查室。", "form": None, "faces": families, "seal": "",
        }  # fmt: skip
        said = json.dumps(values, ensure_ascii=False)
        made: bytes = compiler.compile(TEMPLATE, sys_inputs={"letter": said}, pdf_standards="a-2u")
        return made

    return make


def measured(make: Callable[[Any], Any], given: list[Any]) -> float:
    """CPU milliseconds for each."""
    began = time.process_time()
    for one in given:
        make(one)
    return 1000 * (time.process_time() - began) / len(given)


def compared(ours: Callable[[Any], Any], bare: Callable[[Any], Any], given: list[Any]) -> dict[str, float]:
    """Both in turns on letters neither has seen in this round; the best round counts."""
    share = max(1, len(given) // (2 * ROUNDS))
    batches = [given[at : at + share] for at in range(0, len(given), share)]
    best_ours = best_bare = float("inf")
    for own, other in zip(batches[::2], batches[1::2], strict=False):
        best_ours = min(best_ours, measured(ours, own))
        best_bare = min(best_bare, measured(bare, other))
    return {
        "ms": round(best_ours, 2),
        "bare_ms": round(best_bare, 2),
        "ratio": round(best_ours / best_bare, 2),
        "per_second": round(1000 / best_ours),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


OFFICE = Office(name="云州市政府督查室")
PROPOSAL = "\n".join([SENTENCE * 3] * 8)
TIMELINE = tuple(
    TimelineRow(date(2026, month, 12), words)
    for month, words in ((1, "收件"), (2, "立案"), (2, "交办"), (6, "答复"), (7, "公开"))
)
PROMISES = (PublicPromise("年内建成三处社区服务点", date(2026, 12, 31), PromiseStatus.OPEN, "资金到位后"),)


def page_of(one: LetterText) -> SiteCase:
    """The reply as it is published."""
    return SiteCase(
        ref=f"{one.session}/{one.number}", slug=one.number, place=1, session=one.session, kind=one.kind, number=one.number,
        title="关于加强社区服务的提案", agency=one.agency, mode=PublicationMode.FULL, letter=one,
        published_on=date(2026, 7, 20), letter_on=one.letter_on, document_number=one.document_number,
        result_class="A", class_meaning="已经解决", proposal_text=PROPOSAL, timeline=TIMELINE, promises=PROMISES,
        co_handlers=("云州市财政局", "云州市公安局"), proposers=("周一青",),
    )  # fmt: skip


def our_page(one: LetterText) -> str:
    return case_page(page_of(one), office=OFFICE, base_url="https://example.invalid/")


def plain_environment() -> Environment:
    """Jinja2 as its manual sets it up, for the same templates."""
    plain = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=select_autoescape(enabled_extensions=("html",)),
    )  # fmt: skip
    plain.filters.update(environment().filters)
    return plain


def given_values() -> list[tuple[str, dict[str, Any]]]:
    """What our own page of one letter hands to its templates."""
    from notifications import case_page as module

    asked: list[tuple[str, dict[str, Any]]] = []
    render = module.render

    def noted(template: str, **values: Any) -> str:
        asked.append((template, values))
        return render(template, **values)

    module.render = noted  # type: ignore[attr-defined]  # imported there, not exported
    our_page(letter(0))
    module.render = render  # type: ignore[attr-defined]  # as above
    return asked


def ready_jinja() -> Callable[[LetterText], str]:
    """Jinja2 given the same templates, and the values of one page worked out beforehand."""
    plain, asked = plain_environment(), given_values()
    return lambda _one: "".join(plain.get_template(template).render(**values) for template, values in asked)


def bare_jinja() -> Callable[[LetterText], str]:
    """Jinja2 given the same templates, and each page its own letter: lines told apart, dates and facts in words; no
    seal, no cleaning, no hash of the text, no entry for the lists.
    """
    plain, asked = plain_environment(), given_values()
    (letter_template, letter_values), (page_template, page_values) = asked

    def make(one: LetterText) -> str:
        parts = [
            (line.role, opening(line.text) if line.role == "paragraph" else None, line.text) for line in lines(one)
        ]
        html = plain.get_template(letter_template).render(**letter_values | {"parts": parts})
        case = page_of(one)
        fields = [
            {"label": label, "value": value, "link": link}
            for label, value, link in (
                ("索引号", "", ""), ("主题分类", "", ""), ("发布机构", case.agency, ""),
                ("成文日期", zh_date(case.letter_on), ""), ("发布日期", zh_date(case.published_on), ""),
                ("文号", case.document_number, ""), ("名称", one.title, ""), ("届次会议", case.session, "sessions.html"),
                ("主办单位", case.agency, "agencies.html"), ("会办单位", "、".join(case.co_handlers), ""),
                ("提案人", "、".join(case.proposers), ""), ("公开方式", case.mode.value, ""),
            )
        ]  # fmt: skip
        proposal = (case.proposal_text or "").split("\n")
        own = {"case": case, "letter": html, "name": one.title, "fields": fields, "proposal": proposal}
        return plain.get_template(page_template).render(**page_values | own)

    return make


def main(count: int) -> dict[str, object]:
    """Letters as .docx and PDF, and public pages."""
    given = [letter(number) for number in range(1, count + 1)]
    pdf_bytes(letter(0))  # fonts and templates are read once in a process
    docx_bytes(letter(0))
    found: dict[str, object] = {"letters": count, "docx": compared(docx_bytes, bare_docx, given)}
    found["page"] = compared(our_page, bare_jinja(), given)
    found["page_beside_ready_values"] = compared(our_page, ready_jinja(), given)["ratio"]
    found["pdf"] = compared(pdf_bytes, bare_typst(), given)
    return found


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200), ensure_ascii=False))
