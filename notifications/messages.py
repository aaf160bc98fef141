"""Everything the system says to somebody, built from facts alone (通知文字).

Each kind has one template under `templates/notices/` with the blocks `about` (the subject's middle where it is not one
case), `tail` (end of the subject), `what` (what happened) and `todo` (what is asked); `base.txt` and `base.html` put salutation, date, explanation, links and whom to
ask around them, so that a mail, its plain text and a chat message always say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import starmap
from typing import Any

from models.notice_vocabulary import MessageKind
from models.vocabulary import ClockKind, HandlingRole, ProposalKind, ProposerKind, Stage
from notifications.audiences import Audience, read_recipient, salutation
from notifications.rendering import environment, render, zh_date

TITLE_IN_SUBJECT = 40
"""Characters of a title kept in a subject; mail programs show about this many."""
DESK_LABEL, OWN_DESK_LABEL = "待办清单", "查看办理情况"
"""How the link to everything that waits for a reader is called: an agency's, a proposer's."""
IN_BRIEF = 300
"""Characters of one paragraph kept in a chat message; robots take 20 messages a minute and count bytes."""
IN_DIGEST, IN_BRIEF_DIGEST = 500, 20
"""Notices of a digest named in a mail and in a chat message; the rest is a number and the link to the list."""

_NOUNS = {ProposalKind.SUGGESTION: "建议", ProposalKind.PROPOSAL: "提案", ProposalKind.RECOMMENDATION: "建议案"}

_DUTIES = {
    ClockKind.ACCEPTANCE: "审查并告知结果",
    ClockKind.ASSIGNMENT: "交办",
    ClockKind.OBJECTION: "签收或者申请退办",
    ClockKind.REASSIGNMENT: "重新确定承办单位",
    ClockKind.FIRST_CONTACT: "作首次沟通并记录",
    ClockKind.CO_OPINION: "提出会办意见",
    ClockKind.CO_OPINION_REDO: "重新提出会办意见",
    ClockKind.REPLY: "答复",
    ClockKind.INTERIM_REPLY: "作出阶段答复",
    ClockKind.FEEDBACK: "反馈意见",
    ClockKind.REDO: "重新答复",
    ClockKind.PUBLICATION: "公开答复",
    ClockKind.PROMISE: "报告承诺事项进展",
    ClockKind.REPORT: "报送办理情况",
}
"""What each clock waits for, as it follows 请 or 尚未."""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What one notice says. Holds nobody's contact data except `inquiries`, the office or agency to ask."""

    key: str
    kind: MessageKind
    recipient: str
    recipient_name: str
    ref: str
    number: str
    session: str
    title: str
    proposal_kind: ProposalKind = ProposalKind.PROPOSAL
    stage: Stage | None = None
    proposer_kind: ProposerKind | None = None
    proposers: tuple[str, ...] = ()
    agency: str = ""
    co_handlers: tuple[str, ...] = ()
    handling_role: HandlingRole | None = None
    clock: ClockKind | None = None
    due_on: date | None = None
    days_left: int | None = None
    """Calendar days until `due_on`; negative once it is over."""
    provisional: bool = False
    explanation: tuple[str, ...] = ()
    reason: str = ""
    text: str = ""
    result_class: str = ""
    document_number: str = ""
    letter: tuple[int, int] | None = None
    """The letter that goes with it: the id of the case it answers, and the number of its draft."""
    links: tuple[tuple[str, str], ...] = ()
    attachments: tuple[str, ...] = ()
    inquiries: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        """提案、建议 or 建议案."""
        return _NOUNS[self.proposal_kind]

    @property
    def proposer_word(self) -> str:
        """What an agency calls who proposed: 代表 for a suggestion, 提案人 otherwise."""
        return "代表" if self.proposal_kind is ProposalKind.SUGGESTION else "提案人"

    @property
    def audience(self) -> Audience:
        """Whom it is for."""
        return read_recipient(self.recipient).audience

    @property
    def to_proposer(self) -> bool:
        """Whether a proposer reads it."""
        return self.audience is Audience.PROPOSER

    @property
    def greeting(self) -> str:
        """The salutation."""
        return salutation(self.recipient, self.recipient_name, proposer_kind=self.proposer_kind)

    @property
    def named(self) -> str:
        """`第2023128号提案《…》`."""
        return f"第{self.number}号{self.noun}《{self.title}》"

    @property
    def duty(self) -> str:
        """What the clock waits for."""
        return _DUTIES[self.clock] if self.clock else "办理"

    def fact(self, name: str) -> str:
        """One of the kind's own facts as text; empty when it was not given."""
        value = self.facts.get(name)
        return "" if value is None else str(value)

    def fact_date(self, name: str) -> str:
        """One of the kind's own dates in words; empty when it was not given.

        Raises: ValueError for something that is no ISO date.
        """
        return zh_date(date.fromisoformat(self.fact(name))) if self.fact(name) else ""

    @property
    def actor(self) -> str:
        """The agency that acted; the lead where the fact does not name one."""
        return self.fact("agency") or self.agency

    @property
    def left(self) -> str:
        """`还有3天`, `今天到期` or `已逾期2天`; in working days where a rung counted them; empty without a date."""
        counted = self.facts.get("workdays_left")
        days, unit = (self.days_left, "天") if counted is None else (int(counted), "个工作日")
        if days is None:
            return ""
        if days == 0:
            return "今天到期"
        return f"还有{days}{unit}" if days > 0 else f"已逾期{-days}{unit}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready for any channel. `id` names it so that a mail system can drop a repeat."""

    subject: str
    text: str
    html: str
    brief: str
    id: str = ""
    to_name: str = ""
    """Whom it is for, by name."""


def template_of(kind: MessageKind) -> str:
    """The template of a kind: `notices/assigned.txt` for 交办通知."""
    return f"notices/{kind.name.lower()}.txt"


def compose(facts: NoticeFacts) -> Message:
    """The message for one notice."""
    blocks = _blocks(facts)
    about = blocks["about"]
    subject = f"【办理】{blocks['label']}：{about or f'第{facts.number}号《{_short(facts.title)}》'}{blocks['tail']}"
    values: dict[str, Any] = {
        "f": facts,
        "about": about,
        "what": _paragraphs(blocks["what"]),
        "todo": _paragraphs(blocks["todo"]),
        "subject": subject,
    }
    short = {**values, "what": tuple(map(_brief, values["what"]))}
    return Message(
        subject=" ".join(subject.split()),
        text=_tidy(render("notices/base.txt", **values)) + "\n",
        html=render("notices/base.html", **values),
        brief=_tidy(render("notices/brief.txt", **short)) + "\n",
    )


def compose_digest(notices: Sequence[NoticeFacts]) -> Message:
    """One message for several notices to the same recipient, with a table.

    Raises: ValueError for no notice, or for notices to different recipients.
    """
    if len({facts.recipient for facts in notices}) != 1:
        raise ValueError("a digest has exactly one recipient")
    ordered = sorted(notices, key=_by_date)
    counts = Counter(facts.kind for facts in ordered)
    summary = "、".join(starmap(_count, counts.most_common()))
    dates = [facts.due_on for facts in ordered if facts.due_on]
    earliest = f"（最早{zh_date(min(dates))}到期）" if dates else ""
    subject = f"【办理】{summary}{earliest}"
    desk, ordered = _desk_apart(ordered)
    values = {"total": len(ordered), "first": ordered[0], "summary": summary, "subject": subject, "desk": desk}
    long, short = ordered[:IN_DIGEST], [replace(one, title=_short(one.title)) for one in ordered[:IN_BRIEF_DIGEST]]
    return Message(
        subject=subject,
        text=_tidy(render("notices/digest.txt", notices=long, **values)) + "\n",
        html=render("notices/digest.html", notices=long, **values),
        brief=_tidy(render("notices/digest_brief.txt", notices=short, **values)) + "\n",
    )


def _desk_apart(notices: Sequence[NoticeFacts]) -> tuple[tuple[str, str] | None, list[NoticeFacts]]:
    """The link to everything that waits for the reader, said once, and the notices without it."""
    desks = [link for facts in notices for link in facts.links if link[0] in {DESK_LABEL, OWN_DESK_LABEL}]
    rest = [replace(facts, links=tuple(link for link in facts.links if link not in desks)) for facts in notices]
    return next(iter(desks), None), rest


def _blocks(facts: NoticeFacts) -> dict[str, str]:
    """The kind's own words, block by block; a kind says only what the empty `notice.txt` does not."""
    words: dict[str, str] = {}
    for name in ("notices/notice.txt", template_of(facts.kind)):
        template = environment().get_template(name)
        context = template.new_context({"f": facts})
        words |= {block: _tidy("".join(render_block(context))) for block, render_block in template.blocks.items()}
    return words


def _by_date(facts: NoticeFacts) -> tuple[date, str, str, str]:
    """Earliest deadline first, those without one last."""
    return facts.due_on or date.max, facts.kind.value, facts.number, facts.key


def _count(kind: MessageKind, count: int) -> str:
    return f"{kind}{count}件"


def _short(title: str) -> str:
    return title if len(title) <= TITLE_IN_SUBJECT else title[: TITLE_IN_SUBJECT - 1] + "…"


def _brief(paragraph: str) -> str:
    return paragraph if len(paragraph) <= IN_BRIEF else f"{paragraph[:IN_BRIEF]}……（全文见办理页面）"


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for line in (part.strip() for part in text.split("\n")) if line)


def _tidy(text: str) -> str:
    """Trailing blanks off, never two empty lines in a row."""
    lines: list[str] = []
    for line in (part.rstrip() for part in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines)
