"""Publication (公开): the site is written from the records, read back, and only then is a case recorded as public."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select

from models import actions as a
from models import tables as t
from models.errors import UnavailableError
from models.lifecycle import publishable
from models.policy import Pack
from models.values import Case, case_ref
from models.vocabulary import PublicationMode, Publicity, Satisfaction
from notifications.letters import full_text
from notifications.pages import Office, PublicPromise, SiteCase, TimelineRow, case_slug
from notifications.readback import difference
from tasks.database import reading
from tasks.loading import CASES, chunked, load_cases
from tasks.public_site import fetch_back, read_back, write_site
from tasks.publication_review import hidden_in, masked_letter, masking_of
from tasks.replies import Sent, agencies, public_letters
from tasks.world import packs

SHOWN: Final = (Publicity.DECIDED, Publicity.PUBLISHED, Publicity.TAKEN_DOWN)
PUBLIC_STEPS: Final = ("收件", "立案", "交办", "答复", "重新办理", "公开")
"""Steps of the history that the public may follow."""
BATCH: Final = 200
"""Cases held at once while the site is written."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one writing of the site."""

    pages: int
    written: int
    actions: tuple[a.Publish, ...]
    """To be recorded: the page is up and reads as signed."""
    alarms: tuple[str, ...]
    """Pages that do not read as signed, with the place."""


def publish_site(
    engine: Engine, folder: Path, *, office: str, base_url: str, at: datetime, today: date, read_from: str | None = None
) -> Published:
    """Write every public page, read back those that are new, and say which may be recorded as published.

    They are read from the web server at `read_from` where there is one, else from the disk; what cannot be read is an
    alarm too, and stays unpublished until a later run reads it.
    """
    fresh: dict[str, tuple[Case, str]] = {}
    alarms: list[str] = []
    with reading(engine) as connection:
        pages = _pages(connection, today, fresh, alarms)
        report = write_site(folder, pages, office=Office(office), built_at=at, base_url=base_url)
    actions = []
    for slug, (case, expected) in fresh.items():
        try:
            got = _read(report.pages[slug], slug, read_from) if expected else ""
        except UnavailableError as error:
            alarms.append(f"{case.ref}：{error}")
            continue
        found = difference(expected, got)
        if found is not None:
            alarms.append(f"{case.ref}：网页与签发文本不一致，{found}")
            continue
        digest = hashlib.sha256(got.encode()).hexdigest()
        key = f"publish:{case.id}:{case.history_length}"
        page = f"cases/{slug}.html"
        actions.append(a.Publish(case=case.ref, by=a.SYSTEM, key=key, path=page, page_sha256=digest))
    return Published(pages=len(report.pages), written=report.written, actions=tuple(actions), alarms=tuple(alarms))


def _read(path: Path, slug: str, read_from: str | None) -> str:
    return fetch_back(f"{read_from.rstrip('/')}/cases/{slug}.html") if read_from else read_back(path)


def _pages(
    connection: Connection, today: date, fresh: dict[str, tuple[Case, str]], alarms: list[str]
) -> Iterator[SiteCase]:
    """The pages of all public cases, a batch at a time; `fresh` collects those not recorded as published yet, `alarms`
    why one is held back.
    """
    names = {name: row.full_name for name, row in agencies(connection).items()}
    ids = connection.scalars(select(CASES.c.id).where(CASES.c.publicity.in_(SHOWN)).order_by(CASES.c.id)).all()
    for chunk in chunked(ids, BATCH):
        cases = load_cases(connection, chunk, long=True)
        texts = _proposal_texts(connection, cases)
        dates = _timelines(connection, cases)
        for case in cases.values():
            if not case.letters:
                continue
            if publishable(case) and (missing := _not_found(case, texts.get(case.id, ""))):
                alarms.append(f"{case.ref}：要隐去的“{'”“'.join(missing)}”在答复和提案里都没有，请核对后重新作公开审查")
                continue
            for sent in public_letters(case, names):
                page = site_case(sent, today, text=texts.get(case.id, ""), timeline=dates.get(case.id, ()), names=names)
                if publishable(case) and sent.addressees[0].case_id == case.id:
                    fresh[page.slug] = (case, signed_text(page))
                yield page


def _not_found(case: Case, proposal: str) -> tuple[str, ...]:
    """Words the reviewer wanted hidden that are nowhere: published like this, what he meant would be readable."""
    decision, text = case.publications[-1], case.drafts[case.letters[-1].draft_no - 1].text or ""
    names = (one.proposer.name for one in case.addressees)
    return masking_of(packs()[case.pack], decision).missing(
        text, proposal, case.title, decision.summary or "", "\n".join(names)
    )


def signed_text(page: SiteCase) -> str:
    """What the page must read as: the signed letter, or the approved summary."""
    if page.mode is PublicationMode.FULL and page.letter is not None:
        return full_text(page.letter)
    return page.summary or ""


def site_case(
    sent: Sent, today: date, *, text: str, timeline: tuple[TimelineRow, ...], names: Mapping[str, str]
) -> SiteCase:
    """One case as the public may see it: decided, masked, nothing unreleased."""
    case, first = sent.case, sent.addressees[0]
    pack: Pack = packs()[case.pack]
    decision = case.publications[-1]
    masking = masking_of(pack, decision)
    letter, title = masked_letter(sent.letter, masking), masking.apply(first.title).text
    letters = pack.classes.letters
    return SiteCase(
        ref=case_ref(case.session, first.number, in_recess=case.in_recess),
        slug=case_slug(case_ref(case.session, first.number, in_recess=case.in_recess), first.number),
        session=letter.session,
        kind=case.kind,
        number=first.number,
        title=title,
        agency=letter.agency,
        mode=decision.mode,
        published_on=decision.published_on or today,
        letter=letter if decision.mode is PublicationMode.FULL else None,
        summary=masking.apply(decision.summary).text if decision.summary else None,
        reason=decision.reason,
        co_handlers=tuple(names.get(part.agency, part.agency) for part in case.co_handlers),
        proposers=tuple(masking.apply(one.proposer.name).text for one in sent.addressees),
        result_class=letter.result_class,
        class_meaning=letters.get(letter.result_class) if letter.result_class else None,
        class_scheme=pack.classes.owner,
        document_number=letter.document_number,
        letter_on=letter.letter_on,
        letter_date_note=case.letters[-1].date_note,
        proposal_text=masking.apply(text).text if decision.mode is PublicationMode.FULL else None,
        hidden=hidden_in((full_text(sent.letter), text), masking) if decision.mode is PublicationMode.FULL else 0,
        timeline=timeline,
        promises=tuple(
            PublicPromise(masking.apply(one.text).text, one.due_on, one.status, one.condition) for one in case.promised
        ),
        satisfaction=_released(case),
        taken_down_on=decision.taken_down_on,
        taken_down_note=decision.note,
        publisher=letter.agency,
    )


def _released(case: Case) -> Satisfaction | None:
    """What the proposers said of the result, once released and where they agree; silence is not shown as an opinion."""
    said = {one.result for one in case.feedback if one.round == case.round and one.released_on is not None}
    only = said.pop() if len(said) == 1 else None
    return None if only is Satisfaction.SILENT else only


def _proposal_texts(connection: Connection, cases: Mapping[int, Case]) -> dict[int, str]:
    texts = t.core(t.ProposalTextRow)
    statement = select(texts.c.case_id, texts.c.text).where(texts.c.case_id.in_(list(cases))).order_by(texts.c.version)
    return {row.case_id: row.text for row in connection.execute(statement)}


def _timelines(connection: Connection, cases: Mapping[int, Case]) -> dict[int, tuple[TimelineRow, ...]]:
    history = t.core(t.HistoryRow)
    statement = (
        select(history.c.case_id, history.c.on, history.c.action)
        .where(history.c.case_id.in_(list(cases)), history.c.action.in_(PUBLIC_STEPS))
        .order_by(history.c.case_id, history.c.seq)
    )
    found: dict[int, tuple[TimelineRow, ...]] = {}
    for row in connection.execute(statement):
        found[row.case_id] = (*found.get(row.case_id, ()), TimelineRow(on=row.on, words=row.action))
    return found
