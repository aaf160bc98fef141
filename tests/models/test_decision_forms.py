"""Decisions of the office: which wait, the forms made from the actions, the answers read back."""

import pytest
from builders import LEAD, OFFICE, ZHANG, at, day, feedback, world

from models import actions as a
from models.decision_forms import LEFT_OPEN, action_of, actions_of, form_of, form_of_many
from models.decisions import DECISIONS, DecisionKind, Pending, pending_decisions
from models.forms import action_types, fields_of
from models.lifecycle import STEP_OF
from models.vocabulary import PublicationMode, Role, Stage

K = DecisionKind
AGENCIES = ("民政局", "财政局")


def kinds(walk):
    return {one.kind for one in pending_decisions(walk.case, world(walk.today))}


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [
        (Stage.SUBMITTED, {K.FILING}),
        (Stage.FILED, {K.ASSIGNMENT}),
        (Stage.HANDLING, set()),
        (Stage.PRE_REVIEW, {K.PRE_REVIEW}),
        (Stage.APPROVED, {K.PUBLICATION}),
        (Stage.ARCHIVED, set()),
    ],
)
def test_what_waits_at_a_stage(stage, wanted):
    assert kinds(at(stage)) == wanted


def test_every_answer_is_an_action_the_office_may_do_at_that_stage():
    for decision in DECISIONS.values():
        for answer in decision.answers:
            assert Role.COORDINATOR in STEP_OF[answer].who
            assert decision.stages & STEP_OF[answer].stages


def test_a_return_an_extension_and_dissatisfaction_are_asked_of_the_office():
    walk = at(Stage.HANDLING)
    walk.do(a.RequestExtension(case="0001", by=LEAD, reason="涉及面广"), on=day(3, 2))
    (asked,) = pending_decisions(walk.case, world(walk.today))
    assert asked.kind is K.EXTENSION
    assert "民政局于2026-03-02申请延期" in asked.asked
    walk.do(a.RefuseExtension(case="0001", by=OFFICE, reason="期限足够"))
    assert kinds(walk) == set()
    unhappy = at(Stage.REPLIED).do(feedback(says="不满意", reasons="没有时间表", by=ZHANG), on=day(4, 1))
    assert K.REDO in kinds(unhappy)


@pytest.mark.parametrize("kind", list(K))
def test_a_form_asks_every_field_of_every_answer_in_the_words_of_the_actions(kind):
    decision = DECISIONS[kind]
    properties = form_of(decision, {"lead": AGENCIES}, {}).model_json_schema()["properties"]
    for answer in decision.answers:
        for field in fields_of(action_types()[answer]):
            if (kind, field.name) != (K.RETURN, "agency"):
                assert properties[field.name]["title"]
    assert list(properties)[-1] == "name"
    assert not [one for one in properties.values() if one.get("default", "") is None]


def test_a_single_answer_asks_nothing_but_its_own_required_fields():
    schema = form_of(DECISIONS[K.ASSIGNMENT], {"lead": AGENCIES, "co_handlers": AGENCIES}, {}).model_json_schema()
    assert schema["required"] == ["lead", "name"]
    assert schema["properties"]["lead"]["enum"] == list(AGENCIES)
    assert schema["properties"]["co_handlers"]["items"]["enum"] == list(AGENCIES)
    offered = form_of(DECISIONS[K.ASSIGNMENT], {"lead": AGENCIES}, {"lead": "民政局"}).model_json_schema()
    assert (offered["properties"]["lead"]["default"], offered["required"]) == ("民政局", ["lead", "name"])
    unknown = form_of(DECISIONS[K.ASSIGNMENT], {"lead": AGENCIES}, {"lead": "气象局"}).model_json_schema()
    assert "lead" in unknown["required"]


def asked(kind, nth="1", **more):
    return Pending(kind, nth, **more)


def read(kind, pending=None, **answer):
    return action_of(DECISIONS[kind], answer, case="0001", pending=pending or asked(kind), key="k")


def test_an_answer_becomes_the_action_of_the_person_named():
    made = read(K.PUBLICATION, mode="摘要公开", reason="含个人信息", summary="已办理。", name=" 王敏 ")
    assert (made.mode, made.by.name, made.by.channel.value) == (PublicationMode.SUMMARY, "王敏", "表单")
    made = read(K.RETURN, asked(K.RETURN, given={"agency": "民政局"}), decision="同意退办", to="财政局", name="王敏")
    assert (made.agency, made.to) == ("民政局", "财政局")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"name": "王敏"}, "决定没有选择请选择：立案、并案、不予立案、退回补正。"),
        ({"decision": "立案"}, "经办人没有填写请填写。"),
        ({"decision": "立案", "name": " "}, "经办人没有填写请填写。"),
        ({"decision": "批准", "name": "王敏"}, "决定不认识的“批准”请选择：立案、并案、不予立案、退回补正。"),
        ({"decision": "退回补正", "name": "王敏"}, "需要补正的内容没有填写请填写。"),
        (
            {"decision": "立案", "name": "王敏", "into": "0002"},
            "并入案号填了内容，决定却是“立案”要并案的，请改选；否则请清空这一项。",
        ),
    ],
)
def test_what_is_wrong_is_said_field_by_field(answer, said):
    assert ["".join(one) for one in read(K.FILING, **answer)] == [said]


def test_what_the_form_itself_offered_is_no_mistake():
    pending = asked(K.RETURN, given={"agency": "民政局"}, suggested={"to": "财政局"})
    made = read(K.RETURN, pending, decision="不同意退办", to="财政局", reason="职责明确", name="王敏")
    assert made.kind == "不同意退办"


def test_many_are_answered_alike_but_for_the_exceptions():
    listed = {f"会议/{n}": asked(K.FILING) for n in ("0001", "0002", "0003")}
    rows = [{"case": "0002 题", "decision": "不予立案", "reason": "已有规定"}, {"case": "0003", "decision": LEFT_OPEN}]
    found = actions_of(
        DECISIONS[K.FILING], {"decision": "立案", "exceptions": rows, "name": "王敏"}, listed=listed, key="k"
    )
    assert {ref: one.kind for ref, one in found.actions.items()} == {"会议/0001": "立案", "会议/0002": "不予立案"}
    assert len({one.key for one in found.actions.values()}) == 2
    some = actions_of(
        DECISIONS[K.FILING], {"decision": "立案", "cases": ["0003 题"], "name": "王敏"}, listed=listed, key="k"
    )
    assert list(some.actions) == ["会议/0003"]


@pytest.mark.parametrize(
    "answer",
    [
        {"decision": "立案", "cases": ["9999 题"], "name": "王敏"},
        {"decision": "立案", "exceptions": [{"case": "9999", "decision": "立案"}], "name": "王敏"},
        {"decision": "立案", "exceptions": ["0001"], "name": "王敏"},
        {"decision": "立案"},
    ],
)
def test_a_mistake_in_the_list_stops_the_whole(answer):
    found = actions_of(DECISIONS[K.FILING], answer, listed={"会议/0001": asked(K.FILING)}, key="k")
    assert (found.actions, bool(found.complaints)) == ({}, True)


def test_an_exception_left_open_but_filled_in_is_asked_again():
    rows = [{"case": "0001", "decision": LEFT_OPEN, "reason": "已有规定"}]
    found = actions_of(
        DECISIONS[K.FILING],
        {"decision": "立案", "exceptions": rows, "name": "王敏"},
        listed={"会议/0001": asked(K.FILING)},
        key="k",
    )
    assert list(found.refused) == ["会议/0001"]


def test_a_form_for_many_offers_the_cases_by_number_and_title():
    schema = form_of_many(DECISIONS[K.ASSIGNMENT], ["0001 甲", "0002 乙"], {"lead": AGENCIES}, {}).model_json_schema()
    assert schema["properties"]["cases"]["items"]["enum"] == ["0001 甲", "0002 乙"]
    row = schema["$defs"]["Exceptions"]
    assert (row["required"], row["properties"]["decision"]["enum"]) == (["case", "decision"], ["交办", LEFT_OPEN])
