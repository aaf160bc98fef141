"""The page of one case, and the letter as it stands on it."""

from __future__ import annotations

from collections.abc import Iterator

from models.vocabulary import ProposalKind, PublicationMode
from notifications.letters import LetterText, clean, clean_line, lines, opening, text_sha256
from notifications.pages import Entry, Field, Office, SiteCase, entry, facet_slug, plain, text_lines
from notifications.rendering import render, zh_date
from notifications.seals import seal_of


def letter_html(letter: LetterText) -> str:
    """The letter as an HTML fragment: previews on action pages and the public page show the same."""
    parts = [(line.role, opening(line.text) if line.role == "paragraph" else None, line.text) for line in lines(letter)]
    return render("letters/letter.html", agency=clean_line(letter.agency), parts=parts, sha256=text_sha256(letter))


def case_page(case: SiteCase, item: Entry | None = None, *, office: Office, base_url: str) -> str:
    """The page of one case (`cases/<slug>.html`); `item` is its entry where that has been made."""
    item = item or entry(case)
    html = render(
        "site/case.html",
        office=office,
        root="../",
        case=case,
        item=item,
        name=item.name,
        fields=list(_fields(case, item)),
        letter=letter_html(case.letter) if case.letter and case.mode is PublicationMode.FULL else None,
        seal=seal_of(case.letter) if case.letter and case.mode is PublicationMode.FULL else "",
        summary=text_lines(case.summary or ""),
        proposal=text_lines(case.proposal_text or ""),
        address=f"{base_url}{item.path}",
        facts=_json_ld(case, item, office=office, address=f"{base_url}{item.path}"),
        sessions_link=f"../sessions/{facet_slug(item.session)}.html",
    )
    return html if _written_cleanly(case, office) else clean(html)


def _written_cleanly(case: SiteCase, office: Office) -> bool:
    """Whether what the template prints as it was typed, the letter and the texts apart, needs no cleaning."""
    typed = [case.class_meaning, case.class_scheme, case.reason, case.taken_down_note, case.correction_note]
    typed += [office.name, office.site_name, office.phone, *(row.words for row in case.timeline)]
    typed += [text for promise in case.promises for text in (promise.text, promise.condition)]
    return "".join(filter(None, typed)).isprintable()


def _fields(case: SiteCase, item: Entry) -> Iterator[Field]:
    """The metadata block government sites print; the elements every site has come first, empty or not."""
    yield Field("索引号", item.index_number or "")
    yield Field("主题分类", item.topic or "")
    yield Field("发布机构", plain(case.publisher or case.agency))
    yield Field("成文日期", zh_date(case.letter_on) or _as_printed(case.letter_date_note))
    yield Field("发布日期", zh_date(case.published_on))
    yield Field("文号", item.document_number or "")
    yield Field("名称", item.name)
    yield Field("届次会议", item.session, f"../sessions/{facet_slug(item.session)}.html")
    yield Field("主办单位", item.agency, f"../agencies/{facet_slug(item.agency)}.html")
    if item.co_handlers:
        yield Field("会办单位", "、".join(item.co_handlers))
    if item.proposers:
        yield Field("提案人" if case.kind is not ProposalKind.SUGGESTION else "代表", "、".join(item.proposers))
    yield Field("公开方式", item.mode)


def _json_ld(case: SiteCase, item: Entry, *, office: Office, address: str) -> dict[str, object]:
    """schema.org facts for machines."""
    facts: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": address,
        "url": address,
        "headline": item.name,
        "name": item.name,
        "about": item.title,
        "inLanguage": "zh-CN",
        "identifier": [value for value in (item.number, item.document_number, item.index_number) if value],
        "author": {"@type": "GovernmentOrganization", "name": item.agency},
        "publisher": {"@type": "GovernmentOrganization", "name": plain(case.publisher or office.name)},
        "isAccessibleForFree": True,
    }
    dates = {"dateCreated": case.letter_on, "datePublished": case.published_on, "dateModified": item.updated_on}
    if case.corrected_on:
        note = {"text": plain(case.correction_note)} if case.correction_note else {}
        facts["correction"] = {"@type": "CorrectionComment", "datePublished": case.corrected_on.isoformat()} | note
    return facts | {key: day.isoformat() for key, day in dates.items() if day}


def _as_printed(note: str | None) -> str:
    return f"原件残缺，照录为“{plain(note)}”" if note else ""
