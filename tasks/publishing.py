"""Publication (公开): the site is written from the records, read back, and only then is a case recorded as public."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select

from models import actions as a
from models import schema
from models.errors import UnavailableError
from models.lifecycle import publishable
from models.policy import Pack
from models.values.case import Case, case_ref
from models.vocabulary import PublicationMode, Publicity, Satisfaction
from notifications.letters import full_text
from notifications.pages import Office, PublicPromise, SiteCase, TimelineRow, case_slug, digest_of
from notifications.readback import difference
from tasks.database import reading
from tasks.loading import CASES, chunked, load_cases
from tasks.public_site import Source, write_site
from tasks.publication_review import hidden_in, masked_letter, masking_of
from tasks.replies import Sent, agencies, public_letters
from tasks.site_reading import fetch_back, read_back
from tasks.world import packs

SHOWN: Final = (Publicity.DECIDED, Publicity.PUBLISHED, Publicity.TAKEN_DOWN)
PUBLIC_STEPS: Final = ("收件", "立案", "交办", "答复", "重新办理", "更正答复", "公开")
"""Steps of the history that the public may follow."""
BATCH: Final = 200
"""Cases held at once while the site is written."""
_PUBLICATIONS: Final = schema.PUBLICATIONS
_DECISIONS: Final = tuple(
    column for name, column in _PUBLICATIONS.c.items() if name not in {"summary", "readable", "hidden"}
)
"""What a decision came to; its long texts never change without an entry in the history."""


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
    """Write every public page that changed, read back those that are new, and say which may be recorded as published.

    They are read from the web server at `read_from` where there is one, else from the disk; what cannot be read is an
    alarm too, and stays unpublished until a later run reads it.
    """
    fresh: dict[str, _Fresh] = {}
    alarms: list[str] = []
    with reading(engine) as connection:
        source = Source(_stamps(connection), partial(_pages, connection, today, fresh, alarms))
        report = write_site(folder, source, office=Office(office), built_at=at, base_url=base_url)
    actions = []
    for slug, one in fresh.items():
        page = f"cases/{slug}.html"
        try:
            got = _read(report.pages[slug], page, read_from) if one.sha256 != _NOTHING else ""
        except UnavailableError as error:
            alarms.append(f"{one.ref}：{error}")
            continue
        if _sha256(got) != one.sha256:
            alarms.append(f"{one.ref}：网页与签发文本不一致，{_place(engine, one.case_id, slug, got, today=today)}")
            continue
        actions.append(a.Publish(case=one.ref, by=a.SYSTEM, key=one.key, path=page, page_sha256=one.sha256))
    return Published(pages=len(report.pages), written=report.written, actions=tuple(actions), alarms=tuple(alarms))


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A page not recorded as published yet, and what it must read as; the text itself is not held."""

    case_id: int
    ref: str
    key: str
    sha256: str


def _read(path: Path, page: str, read_from: str | None) -> str:
    return fetch_back(f"{read_from.rstrip('/')}/{page}") if read_from else read_back(path)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_NOTHING: Final = _sha256("")


def _place(engine: Engine, case_id: int, slug: str, got: str, *, today: date) -> str:
    """Where a page parts from what was signed."""
    with reading(engine) as connection:
        pages = [page for _, page in _pages(connection, today, {}, [], [case_id]) if page.slug == slug]
    found = difference(signed_text(pages[0]), got) if pages else None
    return found or "这件刚有变动，下次公开时再核对"


def _stamps(connection: Connection) -> dict[int, str]:
    """For every public case what decides how it reads: its history and that of those merged into it, what was decided,
    its rules and the agencies' names. One not recorded as published yet has none: it is always looked at.
    """
    merged: dict[int, list[str]] = defaultdict(list)
    within = select(CASES.c.merged_into, CASES.c.history_hash).where(CASES.c.merged_into.is_not(None))
    for row in connection.execute(within.order_by(CASES.c.id)):
        merged[row.merged_into].append(row.history_hash)
    decided: dict[int, list[str]] = defaultdict(list)
    for one in connection.execute(select(*_DECISIONS).order_by(_DECISIONS[0], _DECISIONS[1])):
        decided[one[0]].append(repr(tuple(one[1:])))
    names = digest_of(sorted((name, row.full_name) for name, row in agencies(connection).items()))
    rules = {code: digest_of(pack.model_dump_json(), names) for code, pack in packs().items()}
    statement = select(CASES.c.id, CASES.c.pack, CASES.c.publicity, CASES.c.history_hash)
    return {
        row.id: ""
        if row.publicity is Publicity.DECIDED
        else digest_of(rules[row.pack], row.history_hash, merged.get(row.id), decided.get(row.id))
        for row in connection.execute(statement.where(CASES.c.publicity.in_(SHOWN)))
    }


def _pages(
    connection: Connection, today: date, fresh: dict[str, _Fresh], alarms: list[str], ids: Sequence[int]
) -> Iterator[tuple[int, SiteCase]]:
    """The pages of public cases, a batch at a time; `fresh` collects those not recorded as published yet, `alarms`
    why one is held back.
    """
    names = {name: row.full_name for name, row in agencies(connection).items()}
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
                if publishable(case) and page.place == case.id:
                    key = f"publish:{case.id}:{case.history_length}"
                    fresh[page.slug] = _Fresh(case.id, case.ref, key, _sha256(signed_text(page)))
                yield case.id, page


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
    on = decision.published_on or today
    before = [one for one in case.publications[:-1] if one.published_on and one.taken_down_on]
    corrected = bool(before) and decision.taken_down_on is None
    return SiteCase(
        ref=case_ref(case.session, first.number, in_recess=case.in_recess),
        slug=case_slug(case_ref(case.session, first.number, in_recess=case.in_recess), first.number),
        place=first.case_id,
        session=letter.session,
        kind=case.kind,
        number=first.number,
        title=title,
        agency=letter.agency,
        mode=decision.mode,
        published_on=before[0].published_on if before else on,
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
        corrected_on=decision.corrected_on or (on if corrected else None),
        correction_note=decision.correction_note if decision.corrected_on else before[-1].note if corrected else None,
        publisher=letter.agency,
    )


def _released(case: Case) -> Satisfaction | None:
    """What the proposers said of the result, once released and where they agree; silence is not shown as an opinion."""
    said = {one.result for one in case.feedback if one.round == case.round and one.released_on is not None}
    only = said.pop() if len(said) == 1 else None
    return None if only is Satisfaction.SILENT else only


def _proposal_texts(connection: Connection, cases: Mapping[int, Case]) -> dict[int, str]:
    texts = schema.PROPOSAL_TEXTS
    statement = select(texts.c.case_id, texts.c.text).where(texts.c.case_id.in_(list(cases))).order_by(texts.c.version)
    return {row.case_id: row.text for row in connection.execute(statement)}


def _timelines(connection: Connection, cases: Mapping[int, Case]) -> dict[int, tuple[TimelineRow, ...]]:
    history = schema.HISTORY
    statement = (
        select(history.c.case_id, history.c.on, history.c.action)
        .where(history.c.case_id.in_(list(cases)), history.c.action.in_(PUBLIC_STEPS))
        .order_by(history.c.case_id, history.c.seq)
    )
    found: dict[int, tuple[TimelineRow, ...]] = {}
    for row in connection.execute(statement):
        found[row.case_id] = (*found.get(row.case_id, ()), TimelineRow(on=row.on, words=row.action))
    return found
