"""Published replies taken through the whole life cycle again (重放): received, handled, answered with their own text.

What a page does not say is not made up: a fact that a step needs and the page lacks is recorded as `原文未载明`, a
damaged date is copied as it stands, and each such place is named in the result.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from deployments import migrating, wiring
from models import actions as a
from models import schema
from models.errors import BanliError, Fault, InputError
from models.numbering import normalise
from models.published import Published, read_published
from models.published_people import Addressee
from models.settings import Settings
from models.values.case import case_ref
from models.vocabulary import ContactWay, ProposalKind, ProposerKind, Role, Track
from tasks import clock, database
from tasks.documents import read_document
from tasks.loading import CASES, session_key
from tasks.policies import DEFAULT
from tasks.world import packs

UNSAID = "原文未载明"
OFFICE = a.Actor(name="历史答复补录")
_PERSONS = {ProposalKind.SUGGESTION: ProposerKind.DEPUTY, ProposalKind.PROPOSAL: ProposerKind.MEMBER}
_PACKS = {Track.NPC: "national_npc", Track.CPPCC: DEFAULT}


@dataclass(slots=True)
class Replayed:
    """What became of one file."""

    file: str
    case: str | None = None
    stage: str | None = None
    page: str | None = None
    asks: int = 0
    notes: list[str] = field(default_factory=list)
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """One readable page and what is needed to replay it."""

    path: Path
    page: Published
    kind: ProposalKind
    session: str
    agency: str
    number: str
    digest: str
    in_recess: bool
    notes: list[str]

    @property
    def track(self) -> Track:
        """Whose rules."""
        return Track.NPC if self.kind is ProposalKind.SUGGESTION else Track.CPPCC

    @property
    def is_proposal(self) -> bool:
        """Whether the page is the 建议案 itself, with its asks, and no answer to it."""
        return self.kind is ProposalKind.RECOMMENDATION and bool(_value(self.page.asks))

    @property
    def ref(self) -> str:
        """The case's name."""
        return case_ref(self.session, self.number, in_recess=self.in_recess)


def replay(
    paths: Sequence[Path], settings: Settings, *, pack: str | None = None, progress: Callable[[str], None] | None = None
) -> list[Replayed]:
    """Replay each file into the data folder of `settings`, publish, and say what became of it.

    A file replayed before changes nothing. A file that cannot be read or is no reply is answered with why.
    """
    os.environ |= {"BANLI_HOME": str(settings.home), "BANLI_DATABASE_URL": settings.database_url}
    migrating.migrate(settings)
    wiring.use_prefect(settings)
    results: list[Replayed] = []
    for path in paths:
        result = Replayed(file=str(path))
        results.append(result)
        try:
            item = _item(path)
            _register(settings, item, pack)
            for on, action in _story(item):
                _perform(on, action)
            if item.page.body is not None and not item.is_proposal:
                _publish(item)
            result.case, result.notes = item.ref, item.notes
            result.asks = len(item.page.asks.value) if item.page.asks and item.page.asks.value else 0
        except BanliError as error:
            result.refused = str(error)
        if progress:
            progress(path.name)
    _look(settings, results)
    return results


def _item(path: Path) -> _Item:
    document = read_document(path)
    page = read_published(document.numbered, document.meta)
    if page.kind is None or page.kind.value is None:
        raise InputError(Fault(str(path), "看不出这是哪一类建议提案的答复", "请核对文件；只有答复函和建议案可以重放。"))
    notes: list[str] = []
    for name, found in (("成文日期", page.letter_on), ("提案人", page.addressees), ("公开日期", page.published_on)):
        if found is not None and found.damaged:
            notes.append(f"{name}：{found.damaged}")
    session, recess, _ = (_value(page.session) or "").partition("闭会")
    agency = _value(page.agency)
    number = _value(page.number)
    for name, value in (("届次", session), ("承办单位", agency), ("案号", number)):
        if value is None:
            notes.append(f"{name}：{UNSAID}")
    if len(page.numbers) > 1:
        notes.append("另答复：" + "、".join(f"第{one.value}号" for one in page.numbers[1:]))
    digest = hashlib.sha256("\n".join(line.text for line in document.lines).encode()).hexdigest()[:24]
    return _Item(
        path=path,
        page=page,
        kind=page.kind.value,
        session=session.strip() or f"{agency or '某机关'}（届次{UNSAID}）",
        agency=agency or UNSAID,
        number=normalise(number or f"无号{digest[:6]}"),
        digest=digest,
        in_recess=bool(recess),
        notes=notes,
    )


def _value(found: Any) -> Any:
    return found.value if found is not None else None


def _register(settings: Settings, item: _Item, pack: str | None) -> None:
    """The session and the agency the page names."""
    sessions, agencies = schema.SESSIONS, schema.AGENCIES
    with database.transaction(database.engine(settings.database_url)) as connection:
        key = session_key(item.session)
        if connection.execute(select(sessions.c.name).where(sessions.c.canonical == key)).first() is None:
            row = {"name": item.session, "canonical": key, "track": item.track, "pack": pack or _PACKS[item.track]}
            connection.execute(sessions.insert(), row)
        if connection.execute(select(agencies.c.name).where(agencies.c.name == item.agency)).first() is None:
            full = _value(item.page.agency_full) or item.agency
            connection.execute(agencies.insert(), {"name": item.agency, "full_name": full})


def _story(item: _Item) -> Iterator[tuple[date, a.Action]]:
    """Every step in order, each on its day: handled in the weeks before the letter's date, answered on it."""
    page = item.page
    published_on = _value(page.published_on)
    dated_on = _value(page.letter_on)
    answered_on: date = dated_on or published_on or clock.today()
    started_on = answered_on - timedelta(weeks=6)
    lead = a.Actor(role=Role.LEAD, name=UNSAID, agency=item.agency)
    yield started_on, _receipt(item, started_on)
    yield started_on, a.Accept(case=item.ref, by=OFFICE, key=item.digest + ":立案")
    text: str | None = _value(page.body)
    if text is None or item.is_proposal:
        return
    common = {"case": item.ref, "by": lead}
    steps: tuple[tuple[date, a.Action], ...] = (
        (started_on, a.Assign(case=item.ref, by=OFFICE, lead=item.agency, key=item.digest + ":交办")),
        (started_on, a.SignFor(**common, key=item.digest + ":签收")),
        (answered_on, _contact(item, lead, answered_on)),
        (answered_on, _draft(item, lead, text)),
        *((answered_on, a.Approve(**common, key=f"{item.digest}：审签{n}")) for n in range(_levels(item))),
        (answered_on, a.DecidePublication(case=item.ref, by=OFFICE, key=item.digest + ":公开审查")),
        (answered_on, _reply(item, lead)),
        (
            max(answered_on, published_on or answered_on),
            a.CloseFeedback(case=item.ref, by=OFFICE, key=item.digest + ":期满"),
        ),
    )
    yield from steps


def _levels(item: _Item) -> int:
    return len(packs()[_PACKS[item.track]].approval.levels)


def _receipt(item: _Item, on: date) -> a.Receive:
    page = item.page
    subject = _value(page.subject) or _value(page.title) or f"案由{UNSAID}"
    asks = tuple(one.title or one.text[:300] for one in (_value(page.asks) or ()))
    body = _value(page.body) if item.is_proposal else None
    return a.Receive(
        case=item.number,
        session=item.session,
        proposal_kind=item.kind,
        title=subject[:300],
        text=body or f"（补录历史答复，建议提案正文{UNSAID}。）",
        proposers=_proposers(item),
        submitted_on=on,
        in_recess=item.in_recess,
        asks=asks,
        by=OFFICE,
        key=item.digest + ":收件",
    )


def _proposers(item: _Item) -> tuple[a.ProposerGiven, ...]:
    addressees: tuple[Addressee, ...] = _value(item.page.addressees) or ()
    if not addressees:
        kind = ProposerKind.CPPCC if item.kind is ProposalKind.RECOMMENDATION else _PERSONS[item.kind]
        name = _value(item.page.agency) if item.is_proposal else None
        return (a.ProposerGiven(name=name or f"提案人{UNSAID}", kind=kind),)
    default = _PERSONS.get(item.kind, ProposerKind.CPPCC)
    return tuple(a.ProposerGiven(name=one.name, kind=one.kind or default) for one in addressees)


def _contact(item: _Item, lead: a.Actor, on: date) -> a.RecordContact:
    return a.RecordContact(
        case=item.ref, by=lead, way=ContactWay.WRITTEN, on=on, with_name=_proposers(item)[0].name,
        said=f"补录历史答复，沟通情况{UNSAID}。", key=item.digest + ":沟通",
    )  # fmt: skip


def _draft(item: _Item, lead: a.Actor, text: str) -> a.SubmitDraft:
    page, contacts, letter = item.page, _value(item.page.contacts), _value(item.page.result_class)
    if letter is not None and letter not in packs()[_PACKS[item.track]].classes.letters:
        item.notes.append(f"办理结果类别：原文为“{letter}”，不在规则包的类别之中，未登记")
        letter = None
    return a.SubmitDraft(
        case=item.ref, by=lead, text=text, result_class=letter,
        document_number=_value(page.document_number),
        heading=_value(page.title),
        contact_unit=_value(contacts.unit) if contacts else None,
        contact_person=_value(contacts.person) if contacts else None,
        contact_phone=_value(contacts.phone) if contacts else None,
        contact_postcode=_value(contacts.postcode) if contacts else None,
        waiver="补录历史原件，照录原文", key=item.digest + ":起草",
    )  # fmt: skip


def _reply(item: _Item, lead: a.Actor) -> a.SendReply:
    found = item.page.letter_on
    dated_on = _value(found)
    note = None if dated_on else (found.text if found is not None else UNSAID)
    return a.SendReply(case=item.ref, by=lead, dated_on=dated_on, date_note=note, key=item.digest + ":答复")


def _perform(on: date, action: a.Action) -> None:
    from flows.registry import flow_of, perform

    with clock.moved_to(clock.morning_of(on)):
        outcome = perform(flow_of(action), [action])[0]
    if outcome.refused:
        raise InputError(Fault(f"{outcome.case} {outcome.action}", outcome.message.rstrip("。"), "其余文件不受影响。"))


def _publish(item: _Item) -> None:
    """Publish on the day the office did; what was never published is published on the letter's day."""
    from flows.registry import run

    on = _value(item.page.published_on) or _value(item.page.letter_on) or clock.today()
    with clock.moved_to(clock.morning_of(on)):
        run("publish")
    closing = a.Close(case=item.ref, by=OFFICE, key=item.digest + ":办结")
    _perform(on, closing)


def _look(settings: Settings, results: list[Replayed]) -> None:
    """Where each case stands, and its page."""
    publications = schema.PUBLICATIONS
    with database.reading(database.engine(settings.database_url)) as connection:
        statement = select(
            CASES.c.session, CASES.c.number, CASES.c.in_recess, CASES.c.stage, publications.c.path
        ).outerjoin(publications, publications.c.case_id == CASES.c.id)
        rows = connection.execute(statement).all()
    found = {case_ref(row.session, row.number, in_recess=row.in_recess): row for row in rows}
    for result in results:
        row = found.get(result.case or "")
        if row is not None:
            result.stage = row.stage.value
            result.page = str(settings.site / row.path) if row.path else None


def own_folder(settings: Settings) -> Settings:
    """A data folder beside the office's own, so that history never mixes with today's work."""
    home = settings.home / "replay"
    return replace(settings, home=home, database_url=f"sqlite:///{home / 'banli.sqlite'}")
