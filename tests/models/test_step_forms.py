"""One flat form for a whole step, and what comes back of it."""

import json

import pytest

from models import actions as a
from models.forms import action_types
from models.lifecycle import STEPS
from models.step_forms import actions_in, schema_of

REVIEW = (a.Accept, a.Merge, a.Unmerge, a.NotAccept, a.ReturnToProposer)


def kinds_of(flow: str) -> tuple[type[a.Action], ...]:
    return tuple(action_types()[step.kind] for step in STEPS if step.flow == flow)


@pytest.mark.parametrize("flow", sorted({step.flow for step in STEPS}))
def test_every_form_is_flat_and_speaks_chinese(flow):
    schema = schema_of(*kinds_of(flow))
    shown = json.dumps(schema, ensure_ascii=False)
    assert not {"$ref", "anyOf", "oneOf", "allOf"} & set(shown.split('"'))
    for name, field in schema["properties"].items():
        assert any(char >= "\u4e00" for char in field["title"]), name
        assert field["title"] != name
    assert set(schema["required"]) <= set(schema["properties"])


def test_fields_say_for_which_action_they_are():
    fields = schema_of(*REVIEW)["properties"]
    assert fields["kind"]["enum"] == ["立案", "并案", "撤销并案", "不予立案", "退回补正"]
    assert fields["reason"]["title"] == "理由／需要补正的内容"
    assert "default" not in fields["reason"]
    assert "不予立案（必填）" in fields["reason"]["description"]
    assert fields["into"]["description"] == "用于并案（必填）"
    assert schema_of(a.Assign)["properties"]["mode"]["enum"] == ["主办", "分办", "独办"]
    assert schema_of(a.Assign)["properties"]["due_on"]["format"] == "date"
    assert schema_of(a.Assign)["required"] == ["cases", "lead"]


def test_a_form_is_one_action_a_case():
    given = {"cases": ["0001、0002", " 0003 "], "kind": "并案", "into": "0009", "reason": "", "category": None}
    found = list(actions_in(given, *REVIEW))
    assert [(one["case"], one["kind"], one["into"]) for one in found] == [
        (n, "并案", "0009") for n in ("0001", "0002", "0003")
    ]
    assert "reason" not in found[0]
    assert found[0]["by"].channel.value == "表单"


def test_who_acts_and_for_whom():
    (one,) = actions_in({"cases": ["0001"], "by_name": "陈某", "by_agency": "民政局"}, a.SignFor)
    assert (one["by"].name, one["by"].agency, one["by"].role.value) == ("陈某", "民政局", "督办单位")


def test_a_default_meant_for_another_action_is_left_out_and_what_a_person_wrote_is_not():
    kinds = (a.SignFor, a.GrantReturn, a.Merge)
    assert schema_of(*kinds)["properties"]["reason"]["default"] == "内容相同"
    (one,) = actions_in({"cases": ["1"], "reason": "内容相同"}, *kinds)
    assert "reason" not in one
    (one,) = actions_in({"cases": ["1"], "reason": "看错了"}, *kinds)
    assert one["reason"] == "看错了"


def test_only_a_receipt_may_come_without_a_number():
    assert [one["case"] for one in actions_in({"cases": [], "title": "关于停车的提案"}, a.Receive, a.Withdraw)] == [""]
    assert list(actions_in({"cases": []}, a.DecidePublication)) == []
    assert list(actions_in({"kind": "撤案"}, a.Receive, a.Withdraw)) == []
