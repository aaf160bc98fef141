from __future__ import annotations

import multiprocessing
import os
import resource
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models.errors import InputError, UnavailableError
from models.values.case import Proposer
from models.vocabulary import ProposalKind, ProposerKind, PublicationMode
from notifications.letters import compose, full_text
from notifications.pages import Office, SiteCase, case_slug, digest_of
from notifications.readback import difference
from tasks.public_site import Source, write_site
from tasks.site_reading import read_back
from tasks.site_versions import STORE

OFFICE = Office("云州市人民政府办公室")
BUILT_AT = datetime(2026, 8, 3, tzinfo=UTC)


def case(no: int, body: str = "正文。", **changed) -> SiteCase:
    session, number = "云州市政协六届二次会议", f"{no:04d}"
    letter = compose(
        titles={ProposalKind.PROPOSAL: "{agency}关于{session}第{number}号{kind}答复的函"},
        kind=ProposalKind.PROPOSAL,
        session=session,
        number=number,
        subject="关于停车的提案",
        agency=f"云州市第{no % 3}局",
        proposers=[Proposer(1, "周一青", ProposerKind.MEMBER, is_lead=True)],
        text=body,
        letter_on=date(2026, 7, 5),
    )
    made = SiteCase(
        ref=f"{session}/{number}",
        slug=case_slug(f"{session}/{number}", number),
        place=no,
        session=session,
        kind=ProposalKind.PROPOSAL,
        number=number,
        title="关于停车的提案",
        agency=letter.agency,
        mode=PublicationMode.FULL,
        published_on=date(2026, 7, 1 + no % 28),
        letter=letter,
        letter_on=letter.letter_on,
    )
    return replace(made, **changed)


def write(folder: Path, cases, built_at=BUILT_AT):
    return write_site(folder, source(cases), office=OFFICE, built_at=built_at, base_url="https://jyta.yunzhou.example")


def source(cases) -> Source:
    """Each case a source of its own."""
    given = list(cases)
    by_place = {one.place: one for one in given}
    stamps = {place: digest_of(one) for place, one in by_place.items()}
    if len(by_place) < len(given):  # two of one name
        return Source(stamps | {given[-1].place: ""}, lambda _ids: [(one.place, one) for one in given])
    return Source(stamps, lambda ids: [(place, by_place[place]) for place in ids])


def content(folder: Path) -> dict[str, bytes]:
    """What the public reads, by address."""
    found = {}
    for where, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != STORE]
        paths = [Path(where) / name for name in names]
        found |= {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    return found


def test_the_published_page_says_what_was_signed(tmp_path):
    one = case(7, "一、<b>&amp;\u202e\n二、𠮷😀")
    report = write(tmp_path, [one])
    assert difference(full_text(one.letter), read_back(report.pages[one.slug])) is None


def test_writing_again_changes_no_byte(tmp_path):
    first = write(tmp_path, (case(no) for no in range(12)))
    before = content(tmp_path)
    again = write(tmp_path, (case(no) for no in range(12)), built_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert (again.written, again.removed, again.unchanged) == (0, 0, first.written)
    assert content(tmp_path) == before


def test_one_changed_case_rewrites_one_case_page(tmp_path):
    write(tmp_path, (case(no) for no in range(12)))
    before = content(tmp_path)
    changed = [case(no, "更正后的正文。" if no == 5 else "正文。") for no in range(12)]
    write(tmp_path, changed)
    differing = {name for name, data in content(tmp_path).items() if before.get(name) != data}
    assert [name for name in differing if name.startswith("cases/")] == [f"cases/{changed[5].slug}.html"]
    assert not [name for name in differing if name.startswith(("assets/", "sessions/", "agencies/"))]


def test_what_is_no_longer_shown_is_deleted_and_other_files_stay(tmp_path):
    write(tmp_path, [case(1), case(2)])
    (tmp_path / "CNAME").write_text("jyta.yunzhou.example")
    report = write(tmp_path, [case(1)])
    assert report.removed >= 1
    assert [path.stem for path in (tmp_path / "cases").iterdir()] == [case(1).slug]
    assert (tmp_path / "CNAME").exists()


def test_a_withdrawn_page_keeps_a_note(tmp_path):
    one = case(1, taken_down_on=date(2026, 8, 1), taken_down_note="内容有误，核实后重发。")
    page = write(tmp_path, [one]).pages[one.slug]
    assert "内容有误，核实后重发。" in page.read_text()
    with pytest.raises(UnavailableError, match="没有答复正文"):
        read_back(page)


def test_links_within_the_site_lead_somewhere(tmp_path):
    write(tmp_path, [case(no) for no in range(130)])
    missing = []
    for page in (tmp_path / name for name in content(tmp_path) if name.endswith(".html")):
        for link in page.read_text().split('href="')[1:]:
            target = link.partition('"')[0].partition("#")[0]
            if target and "://" not in target and not (page.parent / target).exists():
                missing.append((page.name, target))
    assert not missing


def test_two_cases_of_one_name_are_refused(tmp_path):
    with pytest.raises(InputError, match="重复"):
        write(tmp_path, [case(1), case(1)])


def test_an_address_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="不是网址"):
        write_site(tmp_path, source([]), office=OFFICE, built_at=BUILT_AT, base_url="jyta.yunzhou.example")


def test_an_empty_site_can_be_read(tmp_path):
    write(tmp_path, [])
    assert "还没有公开的答复" in (tmp_path / "index.html").read_text()


def test_a_missing_page_is_said(tmp_path):
    with pytest.raises(UnavailableError, match="读不出来"):
        read_back(tmp_path / "none.html")


def test_a_write_that_breaks_off_leaves_the_old_page_whole(tmp_path):
    one = case(1)
    page = write(tmp_path, [one]).pages[one.slug]
    before = content(tmp_path)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before[f"cases/{one.slug}.html"]) - 1, usual[1]))
    try:
        with pytest.raises(UnavailableError, match=r"原有网站未被改动.*请检查磁盘空间"):
            write(tmp_path, [case(1, "新的正文。" * 100)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert content(tmp_path) == before
    assert "正文。" in read_back(page)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "site").write_text("in the way")
    with pytest.raises(UnavailableError, match="网站没有写成"):
        write(tmp_path / "site", [case(1)])


def _publish(folder: Path, body: str) -> None:
    write(folder, (case(no, body) for no in range(40)))


def test_two_publishers_at_once_leave_one_whole_site(tmp_path):
    context = multiprocessing.get_context("spawn")
    publishers = [context.Process(target=_publish, args=(tmp_path, body)) for body in ("甲稿。", "乙稿。")]
    for publisher in publishers:
        publisher.start()
    for publisher in publishers:
        publisher.join(60)
    assert [publisher.exitcode for publisher in publishers] == [0, 0]
    bodies = {read_back(path).split("\n")[2] for path in (tmp_path / "cases").glob("*.html")}
    assert len(bodies) == 1
    versions = sorted(path.name for path in (tmp_path / STORE).iterdir() if path.name.isdigit())
    assert len(versions) == 2  # the one that is read, and what nobody must lose while he reads
