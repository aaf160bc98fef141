"""Published replies replayed through the real flows: the page says what the original said, and nothing it did not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deployments.replay import own_folder, replay
from models.published import read_published
from models.settings import settings_from
from tasks.documents import read_document
from tasks.site_reading import read_back

PAGES = Path(__file__).parents[1] / "published"


@pytest.fixture
def own(home, prefect_server, monkeypatch):
    """A data folder of its own, given back to the environment afterwards."""
    monkeypatch.setenv("BANLI_DATABASE_URL", "")
    monkeypatch.setenv("PREFECT_API_URL", prefect_server)
    return own_folder(settings_from(os.environ))


def test_number_names_agency_class_contact_and_both_dates_come_through(own):
    result = replay([PAGES / "transport.txt"], own)[0]
    assert (result.refused, result.stage) == (None, "已办结")
    page = Path(result.page).read_text(encoding="utf-8")
    assert "第236号" in page
    assert "成文日期" in page
    assert "发布日期" in page
    document = read_document(PAGES / "transport.txt")
    body = read_published(document.numbered, document.meta).body
    published = read_back(Path(result.page))
    assert all(paragraph in published for paragraph in body.value.splitlines())


def test_a_damaged_page_is_published_as_it_stands(own):
    result = replay([PAGES / "damaged.txt"], own)[0]
    assert result.refused is None
    assert any("2024531" in note for note in result.notes)
    assert "照录为“2024531”" in Path(result.page).read_text(encoding="utf-8")


def test_a_recommendation_keeps_its_asks_and_waits_for_assignment(own):
    result = replay([PAGES / "recommendation.txt"], own)[0]
    assert (result.asks, result.stage, result.page) == (3, "待交办", None)


def test_replaying_the_same_file_again_changes_nothing(own):
    first = replay([PAGES / "recess.txt"], own)[0]
    before = Path(first.page).read_bytes()
    again = replay([PAGES / "recess.txt"], own)[0]
    assert (again.case, again.stage, again.refused) == (first.case, first.stage, None)
    assert Path(again.page).read_bytes() == before


def test_a_file_that_is_no_reply_is_answered_with_why_and_the_others_go_on(own, tmp_path):
    other = tmp_path / "通知.txt"
    other.write_text("关于召开会议的通知\n\n各单位：\n请准时参加。\n", encoding="utf-8")
    wrong, right = replay([other, PAGES / "same_line.txt"], own)
    assert "看不出这是哪一类" in wrong.refused
    assert right.stage == "已办结"
