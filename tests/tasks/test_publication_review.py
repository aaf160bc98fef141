"""What a reply hides when it is published: proposed, shown as a difference, decided, applied to the page alone."""

from datetime import date
from pathlib import Path

import pytest
from builders import CO, LEAD, OFFICE, day, talk
from desk import Desk
from sqlalchemy import select

from models import actions as a
from models import tables as t
from models.decisions import DecisionKind
from models.vocabulary import Publicity, Stage
from tasks import clock
from tasks.database import reading
from tasks.decision_pages import page_of
from tasks.decisions import waiting, waiting_on
from tasks.publication_review import review_case
from tasks.publishing import publish_site

TEXT = (
    "您提出的提案收悉。现答复如下：\n"
    "一、患者赵小满，12岁，家住云岭市柳荫路5号3栋201室，邮编318000。\n"
    "二、请与云岭安康养老服务有限公司联系，电话13800001234，办公室0576-88550012。"
)


@pytest.fixture
def desk(office) -> Desk:
    desk = Desk(office)
    desk.walk(Stage.HANDLING)
    desk.do(day(3, 10), talk(), a.SignFor(case="0001", by=CO))
    desk.do(day(3, 12), a.GiveOpinion(case="0001", by=CO, text="同意"))
    draft = a.SubmitDraft(case="0001", by=LEAD, text=TEXT, waiver="提案人要求写明，公开时隐去")
    desk.do(day(3, 20), draft, a.Countersign(case="0001", by=CO))
    desk.do(day(3, 24), *(a.Approve(case="0001", by=LEAD, key=f"sign:{n}") for n in range(3)))
    desk.do(day(3, 25), a.PassReview(case="0001", by=OFFICE))
    return desk


def decided(desk: Desk, folder: Path, **more: object):
    desk.do(day(3, 25), a.DecidePublication(case="0001", by=OFFICE, **more))
    desk.do(day(3, 26), a.SendReply(case="0001", by=LEAD))
    on = day(3, 27)
    return publish_site(
        desk.engine, folder, office="云岭市", base_url="http://127.0.0.1/", at=clock.morning_of(on), today=on
    )


def shown(folder: Path) -> str:
    (page,) = (folder / "cases").glob("*.html")
    return page.read_text(encoding="utf-8")


def test_what_is_proposed_is_shown_as_a_difference(desk):
    with reading(desk.engine) as connection:
        found = review_case(connection, "0001")
    assert [(one.place, one.kind.value, one.shown) for one in found.findings] == [
        ("答复第2段", "患者和未成年人姓名", "赵某"),
        ("答复第2段", "家庭住址", "（住址略）"),
        ("答复第2段", "住址邮编", "******"),
        ("答复第3段", "手机号码", "138****1234"),
    ]
    assert found.businesses == ("云岭安康养老服务有限公司",)
    assert "13800001234" in "".join(piece.text for one in found.reply for piece in one.pieces)


def test_the_page_hides_what_was_proposed_and_the_original_stays(desk, tmp_path):
    found = decided(desk, tmp_path)
    assert (found.alarms, [one.kind for one in found.actions]) == ((), ["公开"])
    page = shown(tmp_path)
    for secret in ("赵小满", "柳荫路5号3栋201室", "318000", "13800001234"):
        assert secret not in page
    assert "0576-88550012" in page
    assert "隐去了4处" in page
    assert not [path for path in tmp_path.rglob("*.js*") if "13800001234" in path.read_text(encoding="utf-8")]
    with reading(desk.engine) as connection:
        assert connection.scalar(select(t.core(t.DraftRow).c.text)) == TEXT


def test_the_reviewer_leaves_some_readable_and_hides_others(desk, tmp_path):
    names = {"readable": ["138****1234"], "hidden": ["云岭安康养老服务有限公司=某养老企业", "提案收悉"]}
    found = decided(desk, tmp_path, **names)
    assert found.alarms == ()
    page = shown(tmp_path)
    assert "13800001234" in page
    assert "请与某养老企业联系" in page
    assert "安康" not in page
    assert "您提出的（略）。" in page


def test_a_word_to_hide_that_is_nowhere_holds_the_page_back_until_the_decision_is_right(desk, tmp_path):
    found = decided(desk, tmp_path, hidden=["安康养佬公司"])
    assert found.actions == ()
    assert "要隐去的“安康养佬公司”在答复和提案里都没有" in found.alarms[0]
    assert not list((tmp_path / "cases").glob("*.html"))
    assert desk.case().publicity is Publicity.DECIDED
    desk.do(day(3, 27), a.DecidePublication(case="0001", by=OFFICE, hidden=["安康"]))
    assert len(desk.case().publications) == 2


def test_the_desk_shows_stars_and_never_the_originals(desk):
    with reading(desk.engine) as connection:
        (one,) = (
            one for one in waiting_on(connection, day(3, 25), ["0001"]).values() if one.kind is DecisionKind.PUBLICATION
        )
        page = page_of(connection, one, day(3, 25))
    assert "公开时隐去" in page.description
    assert "手机号码：138" in page.description
    assert "13800001234" not in page.description
    assert "138****1234" in str(page.form.model_json_schema()["properties"]["readable"])


def test_what_was_refused_comes_up_again_after_a_year(desk):
    desk.do(day(3, 25), a.DecidePublication(case="0001", by=OFFICE, mode="不予公开", reason="涉及个人隐私"))
    desk.do(day(3, 26), a.SendReply(case="0001", by=LEAD))
    found = {}
    for on in (date(2027, 3, 24), date(2027, 3, 25)):
        with reading(desk.engine) as connection:
            found[on.day] = waiting(connection, on, DecisionKind.PUBLICATION, limit=10)
    assert found[24] == ([], 0)
    (again,), count = found[25]
    assert count == 1
    assert "决定不予公开：涉及个人隐私" in again.pending.asked
    desk.do(date(2027, 3, 25), a.DecidePublication(case="0001", by=OFFICE))
    assert desk.case().publicity is Publicity.DECIDED
