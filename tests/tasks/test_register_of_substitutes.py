"""The register of substitutes, and what a signature given for another says everywhere it is shown."""

from datetime import date

import pytest
from builders import LEAD, OFFICE, day
from desk import Desk

from models import actions as a
from models.errors import InputError
from models.vocabulary import Stage
from tasks import clock
from tasks.archiving import archive
from tasks.bundles import check_bundle
from tasks.database import reading, transaction
from tasks.substituting import end_substitution, name_substitute, registered

GIVEN = {
    "agency": "民政局", "level": "核稿", "absent": "钱科长", "substitute": "孙副科长", "from_on": day(3, 20),
    "until_on": day(3, 25), "reason": "出差",
}  # fmt: skip
SUN = LEAD.model_copy(update={"name": "孙副科长"})


@pytest.fixture
def desk(office) -> Desk:
    return Desk(office)


def entered(engine, **changes):
    with transaction(engine) as connection:
        return name_substitute(connection, GIVEN | changes, by="王敏", at=clock.morning_of(day(3, 19)))


def test_a_substitute_signs_and_the_history_and_the_archive_say_for_whom(desk, engine, tmp_path):
    desk.walk(Stage.APPROVING)
    assert entered(engine).no == 1
    (done,) = desk.do(day(3, 24), a.Approve(case="0001", by=SUN))
    assert "核稿（钱科长（孙副科长代签））审签" in done.message
    assert desk.case().signatures[-1].absent == "钱科长"
    desk.do(day(3, 24), a.Approve(case="0001", by=LEAD), a.Approve(case="0001", by=LEAD))
    desk.do(day(3, 25), a.PassReview(case="0001", by=OFFICE), a.SendReply(case="0001", by=LEAD))
    desk.assert_whole()
    with reading(engine) as connection:
        (made,) = archive(connection, [1], tmp_path / "a", letters=tmp_path / "l", site=tmp_path / "s")
    report = check_bundle(made.path)
    assert report.faults == ()
    assert "核稿钱科长（孙副科长代签）（2026-03-24）" in report.signed


def test_outside_the_dates_nothing_is_recorded(desk, engine):
    desk.walk(Stage.APPROVING)
    entered(engine)
    before = desk.case()
    assert "2026-03-26不在其内" in desk.refusal(day(3, 26), a.Approve(case="0001", by=SUN))
    assert desk.case() == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agency": "天文局"}, "没有登记单位“天文局”"),
        ({"level": "盖章"}, "没有“盖章”这一审签环节"),
        ({"absent": " "}, "没有写审批人"),
        ({"until_on": date(2026, 3, 1)}, "早于起始"),
    ],
)
def test_what_is_wrong_is_not_entered(office, engine, changes, said):
    with pytest.raises(InputError, match=said):
        entered(engine, **changes)
    with transaction(engine) as connection:
        assert list(registered(connection)) == []


def test_taken_back_is_kept_and_told(engine, desk):
    entered(engine)
    with transaction(engine) as connection:
        end_substitution(connection, 1, by="王敏", today=day(3, 22))
    with transaction(engine) as connection:
        (one,) = registered(connection, "民政局")
        assert one.state(day(3, 23)) == "已撤销（2026-03-22，王敏）"
        for number, said in ((1, "已经撤销"), (7, "没有第7号代签登记")):
            with pytest.raises(InputError, match=said):
                end_substitution(connection, number, by="王敏", today=day(3, 23))
    entered(engine)
    with transaction(engine) as connection:
        assert [one.state(day(3, 26)) for one in registered(connection)] == ["已过期", "已撤销（2026-03-22，王敏）"]
