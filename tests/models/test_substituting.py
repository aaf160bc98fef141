"""Dated substitutes (代签)."""

from dataclasses import replace

import builders
import pytest
from builders import LEAD, Walk, at, day

from models import actions as a
from models.lifecycle import advance
from models.rulings import Accepted, Refusal, Refused, World
from models.substituting import check_new, standing_in, stands_in
from models.values.case import Case
from models.values.reply import Substitution
from models.vocabulary import Stage

AWAY = Substitution(1, "民政局", "核稿", "钱科长", "孙副科长", day(3, 20), day(3, 24), "出差")
LEVELS = ("核稿", "分管领导", "主要负责人", "会签")
SUN = LEAD.model_copy(update={"name": "孙副科长"})


def signed(case: Case, by: a.Actor, on: int, *known: Substitution, pack: str = "yunling") -> Accepted | Refused:
    here = builders.world(day(3, on))
    world = World(
        here.today, here.calendar, {"yunling": here.packs[pack]}, here.agencies, substitutions=known or (AWAY,)
    )
    return advance(case, a.Approve(case="0001", by=by), world)


@pytest.fixture(scope="module")
def approving() -> Walk:
    return at(Stage.APPROVING)


@pytest.mark.parametrize("on", [20, 24])
def test_within_the_dates_both_inclusive_the_substitute_signs_for_the_absent(approving, on):
    ruling = signed(approving.case, SUN, on)
    assert isinstance(ruling, Accepted), ruling
    given = ruling.case.signatures[-1]
    assert (given.level, given.name, given.absent, given.who) == (
        "核稿",
        "孙副科长",
        "钱科长",
        "钱科长（孙副科长代签）",
    )
    assert (given.stands_from_on, given.stands_until_on) == (day(3, 20), day(3, 24))
    assert ruling.summary == "核稿（钱科长（孙副科长代签））审签"


@pytest.mark.parametrize("on", [19, 25])
def test_outside_the_dates_the_substitute_is_refused(approving, on):
    assert str(signed(approving.case, SUN, on)) == (
        f"孙副科长代钱科长签“核稿”的期间是2026-03-20至2026-03-24，2026-03-{on}不在其内。"
        "请由钱科长本人审签；仍需代签的，请先登记新的代签期间，不再代签的，请撤销登记。"
    )


def test_the_absent_himself_and_everybody_else_sign_in_their_own_right(approving):
    for name in ("钱科长", "周科员"):
        ruling = signed(approving.case, LEAD.model_copy(update={"name": name}), 21)
        assert isinstance(ruling, Accepted)
        assert (ruling.case.signatures[-1].absent, ruling.case.signatures[-1].who) == (None, name)


def test_a_substitution_of_another_agency_or_level_or_one_taken_back_gives_nothing(approving):
    for other in (
        replace(AWAY, agency="财政局"), replace(AWAY, level="主要负责人"), replace(AWAY, ended_on=day(3, 20)),
    ):  # fmt: skip
        ruling = signed(approving.case, SUN, 21, other)
        assert isinstance(ruling, Accepted)
        assert ruling.case.signatures[-1].absent is None


def test_a_signature_given_before_it_was_taken_back_stays(approving):
    assert stands_in(
        (replace(AWAY, ended_on=day(3, 22)),), agency="民政局", level="核稿", name="孙副科长", today=day(3, 21)
    ) is None  # fmt: skip
    ruling = signed(approving.case, SUN, 21)
    assert isinstance(ruling, Accepted)
    assert ruling.case.valid_signatures[-1].absent == "钱科长"


def test_a_substitute_signs_no_second_level_of_the_same_version(approving):
    first = signed(approving.case, SUN, 21)
    assert isinstance(first, Accepted)
    refused = "孙副科长已签过本稿的“核稿”，不能再签“分管领导”。同一人不得在一稿上签两个环节，请由另一人审签。"
    assert str(signed(first.case, SUN, 21)) == refused
    both = replace(AWAY, no=2, level="分管领导", absent="郑副局长")
    assert "不能再代签“分管领导”" in str(signed(first.case, SUN, 21, AWAY, both))
    pack = builders.packs()["yunling"]
    lenient = pack.model_copy(update={"approval": pack.approval.model_copy(update={"substitute_signs_several": True})})
    here = builders.world(day(3, 21))
    world = World(here.today, here.calendar, {"yunling": lenient}, here.agencies, substitutions=(AWAY, both))
    assert isinstance(advance(first.case, a.Approve(case="0001", by=SUN), world), Accepted)


def test_a_signer_who_edits_may_stand_in_too_and_so_may_a_co_handler(approving):
    here = builders.world(day(3, 21))
    other = replace(AWAY, agency="财政局", level="会签", absent="江科长", substitute="冯副科长")
    world = World(here.today, here.calendar, here.packs, here.agencies, substitutions=(AWAY, other))
    edited = advance(approving.case, a.Amend(case="0001", by=SUN, text="改过的答复正文。"), world)
    assert isinstance(edited, Accepted)
    assert edited.summary == "核稿（钱科长（孙副科长代签））改动后审签，形成第2稿"
    by = builders.CO.model_copy(update={"name": "冯副科长"})
    given = advance(edited.case, a.Countersign(case="0001", by=by), world)
    assert isinstance(given, Accepted)
    assert given.summary == "财政局（江科长（冯副科长代签））会签"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"level": "盖章"}, "没有“盖章”这一审签环节。可以写：核稿、分管领导、主要负责人、会签。"),
        ({"from_on": day(3, 26)}, "止于2026-03-24，早于起始的2026-03-26。请核对起止日期。"),
        ({"substitute": "钱科长"}, "代签人和本人都是钱科长。请写另一位代签人。"),
        ({"until_on": day(3, 20)}, "钱科长2026-03-20至2026-03-24已由孙副科长代签（第1号）。"),
        ({"absent": "赵局长", "substitute": "钱科长"}, "钱科长2026-03-20至2026-03-24也不在，已由孙副科长代签。"),
    ],
)
def test_an_absence_that_says_nothing_clear_is_refused(changes, said):
    with pytest.raises(Refusal) as refused:
        check_new(replace(AWAY, no=2, **changes), [AWAY], LEVELS)
    assert str(refused.value).startswith(said)


def test_an_absence_after_another_or_instead_of_one_taken_back_is_entered():
    check_new(replace(AWAY, no=2, from_on=day(3, 25), until_on=day(3, 30)), [AWAY], LEVELS)
    check_new(replace(AWAY, no=2), [replace(AWAY, ended_on=day(3, 20))], LEVELS)
    check_new(replace(AWAY, no=2, agency="财政局"), [AWAY], LEVELS)


def test_the_page_tells_an_agency_of_its_own_substitutes_while_it_signs(approving):
    here = builders.world(day(3, 21))
    world = World(here.today, here.calendar, here.packs, here.agencies, substitutions=(AWAY,))
    assert standing_in(approving.case, world, "民政局") == (AWAY,)
    assert standing_in(approving.case, world, "财政局") == ()
    assert standing_in(approving.case, world, None) == ()
    assert standing_in(at(Stage.APPROVED).case, world, "民政局") == ()
