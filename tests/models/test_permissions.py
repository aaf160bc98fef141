"""Who speaks for whom."""

import pytest
from builders import CO, LEAD, OFFICE, ZHANG, at, received

from models import actions as a
from models.permissions import addressee_of, check_role, lead_part, part_of
from models.rulings import Refusal
from models.vocabulary import Role, Stage


def sign(by: a.Actor) -> a.SignFor:
    return a.SignFor(case="0001", by=by)


def test_an_agency_acts_in_its_own_part_and_the_office_for_the_one_it_names():
    case = at(Stage.ASSIGNED).case
    assert part_of(case, sign(LEAD)).agency == "民政局"
    assert part_of(case, sign(CO)).agency == "财政局"
    assert part_of(case, sign(OFFICE.model_copy(update={"agency": "财政局"}))).agency == "财政局"
    assert part_of(at(Stage.ASSIGNED, co_handlers=()).case, sign(OFFICE)).agency == "民政局"


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (LEAD.model_copy(update={"agency": "财政局"}), "财政局不是本件的相应承办单位"),
        (LEAD.model_copy(update={"agency": None}), "没有写明是哪个承办单位"),
        (OFFICE, "本件有几个承办单位，不知道是哪一个"),
    ],
)
def test_who_is_not_a_part_of_it(by, said):
    with pytest.raises(Refusal) as caught:
        part_of(at(Stage.ASSIGNED).case, sign(by))
    assert caught.value.what == said
    assert caught.value.remedy


def test_the_lead_s_part_is_the_lead_s_or_the_office_s_to_act_in():
    case = at(Stage.HANDLING).case
    assert lead_part(case, sign(OFFICE)).agency == lead_part(case, sign(LEAD)).agency == "民政局"
    with pytest.raises(Refusal, match="财政局不是本件的主办单位。请由民政局办理。"):
        lead_part(case, sign(CO))
    with pytest.raises(Refusal, match="督办单位不是本件的主办单位。请由主办单位办理。"):
        lead_part(received().case, sign(OFFICE))


def test_an_addressee_is_found_by_name_or_key():
    case = received("张某某", "李某某").case
    assert addressee_of(case, "李某某", sign(OFFICE)).key == addressee_of(case, "1.2", sign(OFFICE)).key == "1.2"
    assert addressee_of(case, "1.1", sign(ZHANG)).proposer.name == "张某某"


def test_a_role_is_checked_by_its_word():
    with pytest.raises(Refusal, match="提案人不能办理“签收”。请由督办单位、主办单位办理。"):
        check_role(sign(ZHANG), "签收", frozenset({Role.LEAD, Role.COORDINATOR}))
