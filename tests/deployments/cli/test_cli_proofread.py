"""The check-up of a reply from the command line."""

from pathlib import Path

from models import actions as a
from models.vocabulary import Role
from tasks import database
from tasks.recording import record

LEAD = a.Actor(role=Role.LEAD, name="王科长", agency="民政局")
CO = a.Actor(role=Role.CO_HANDLER, name="李科长", agency="财政局")
PUBLISHED = Path(__file__).parents[2] / "published"


def test_a_file_is_checked_and_serious_remarks_end_in_1(banli, home):
    ended = banli("proofread", str(PUBLISHED / "damaged.txt"))
    assert ended.code == 1
    assert all(words in ended.out for words in ("日期残缺", "2024531", "文号残缺", "必改", "第7行"))
    found = banli("proofread", str(PUBLISHED / "delegation.txt"), "--json")
    assert (found.code, {one["severity"] for one in found.document[0]["remarks"]}) == (0, {"提醒"})
    assert "没有发现问题" in banli("proofread", str(PUBLISHED / "letterform.txt")).out


def test_what_is_no_reply_is_refused(banli, home):
    ended = banli("proofread", str(PUBLISHED / "recommendation.txt"))
    assert (ended.code, "是建议案，不是答复" in ended.err) == (2, True)


def test_a_case_is_checked_against_what_is_known_of_it(banli, office, tmp_path):
    assert "还没有答复稿" in banli("proofread", "0004").err
    engine = database.engine(office.database_url)
    opinion = a.GiveOpinion(case="0004", by=CO, text="运营经费由街道列支，食堂租金减半收取。")
    draft = a.SubmitDraft(
        case="0004", by=LEAD, result_class="B", document_number="云民函〔2026〕3号", contact_person="高岩",
        contact_phone="0579—82340011", waiver="原文如此",
        text="您提出的《关于社区食堂的提案之0004》（第0040号）收悉。\n已建成3处，年底前将再建成2处。",
    )  # fmt: skip
    assert [one.refused for one in record(engine, [opinion, draft])] == [False, False]
    found = {one["rule"]: one for one in banli("proofread", "0004", "--json").document[0]["remarks"]}
    assert set(found) == {"number-differs", "opinion-unused", "promise-unrecorded"}
    assert found["number-differs"]["quote"] == "第0040号"

    file = tmp_path / "稿.txt"
    file.write_text("关于市政协六届二次会议第0004号提案答复的函\n苏某某、钱某某委员：\n你们提出的提案收悉。", "utf-8")
    ended = banli("proofread", str(file), "--case", "0004")
    assert (ended.code, "“钱某某”不是本件的提案人" in ended.out) == (1, True)
