"""The form behind every action: its fields, what is typed into them, and what is said of mistakes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.actions.action import Actor
from models.actions.assignment import Assign, SignFor
from models.actions.feedback import GiveFeedback
from models.actions.handling import RecordContact
from models.actions.publication import DecidePublication
from models.actions.receipt import Receive
from models.actions.reply import Approve, SubmitDraft
from models.actions.tracking import ReportPromise
from models.form_texts import parse_day, parse_flag, parse_lines, parse_list
from models.forms import FieldType, action_types, build, faults_from, fields_of
from models.vocabulary import ContactWay, PublicationMode

CASE = "云溪市政协六届二次会议/2023128"


def field(action_type, name):
    return next(one for one in fields_of(action_type) if one.name == name)


def complaints(action_type, **texts):
    with pytest.raises(ValidationError) as refused:
        build(action_type, texts, case=CASE, by=Actor())
    return faults_from(refused.value, action_type)


def test_every_action_has_its_word_and_titled_fields():
    assert next(iter(action_types())) == "收件"
    for word, action_type in action_types().items():
        assert action_type.model_fields["kind"].default == word
        titles = [one.title for one in fields_of(action_type)]
        assert len(titles) == len(set(titles))
        assert not [title for title in titles if title.isascii()]
        assert not {one.name for one in fields_of(action_type)} & {"case", "by", "key", "kind"}


def test_fields_say_how_they_are_filled_in():
    assert [(one.name, one.type, one.required) for one in fields_of(RecordContact)] == [
        ("way", FieldType.CHOICE, True),
        ("on", FieldType.DATE, True),
        ("with_name", FieldType.LINE, True),
        ("said", FieldType.TEXT, True),
    ]
    assert field(RecordContact, "way").choices == ("面商", "电话", "走访", "座谈", "书面")
    assert field(GiveFeedback, "attitude").choices == ("满意", "基本满意", "不满意")
    assert field(GiveFeedback, "reasons").type is FieldType.TEXT
    assert field(Assign, "co_handlers").type is FieldType.LIST
    assert (field(Assign, "mode").default, field(Assign, "mode").choices) == ("主办", ("主办", "分办", "独办"))
    assert field(Approve, "level").type is FieldType.LINE
    assert field(Receive, "in_recess").type is FieldType.FLAG
    assert field(Receive, "in_recess").default == "否"
    assert field(ReportPromise, "promise").type is FieldType.NUMBER
    assert field(SubmitDraft, "promises").parts == ("承诺内容", "兑现日期", "前提条件")
    assert "承诺内容|兑现日期|前提条件" in field(SubmitDraft, "promises").help
    assert field(DecidePublication, "mode").default == PublicationMode.FULL
    assert fields_of(SignFor) == ()


def test_typed_in_texts_become_the_action():
    contact = build(
        RecordContact,
        {"way": "面商", "on": "2026年3月5日", "with_name": " 苏某某 ", "said": "同意", "unrelated": "x"},
        case=CASE,
        by=Actor(),
        key="k",
    )
    assert contact == RecordContact(
        case=CASE, key="k", way=ContactWay.FACE_TO_FACE, on=date(2026, 3, 5), with_name="苏某某", said="同意"
    )
    assigned = build(
        Assign, {"lead": "云溪市民政局", "co_handlers": "甲局、乙局，丙局", "mode": ""}, case=CASE, by=Actor()
    )
    assert isinstance(assigned, Assign)
    assert assigned.co_handlers == ("甲局", "乙局", "丙局")
    draft = build(
        SubmitDraft, {"text": "略", "promises": "建成泵站|2026/12/31|资金到位\n开展培训"}, case=CASE, by=Actor()
    )
    assert isinstance(draft, SubmitDraft)
    assert [(one.text, one.due_on, one.condition) for one in draft.promises] == [
        ("建成泵站", date(2026, 12, 31), "资金到位"),
        ("开展培训", None, None),
    ]


def test_mistakes_are_told_with_title_and_remedy_in_the_order_of_the_form():
    found = complaints(RecordContact, way="微信", on="上周", said="x" * 200_001)
    assert found == [
        ("沟通方式", "不认识的「微信」", "只能填：面商、电话、走访、座谈、书面。"),
        ("沟通日期", "「上周」不是日期", "请写成 2026-01-20 这样。"),
        ("沟通对象", "没有填写", "请填写。"),
        ("提案人意见", "超过 200,000 字", "请精简后重新填写。"),
    ]


def test_mistakes_in_lists_numbers_and_flags():
    ((title, what, _),) = complaints(SubmitDraft, text="略", promises="甲|2026-12-31\n乙|年底")
    assert (title, what) == ("承诺事项第 2 项·兑现日期", "「年底」不是日期")
    assert "承诺事项第 1 项" in complaints(SubmitDraft, text="略", promises="甲|2026-12-31|乙|丙")[0][0]
    assert complaints(ReportPromise, promise="0", status="已兑现", evidence="x")[0][1:] == ("「0」太小", "不得小于 1。")
    assert complaints(ReportPromise, promise="一", status="已兑现", evidence="x")[0][1] == "「一」不是整数"
    assert "是或否" in next(what for title, what, _ in complaints(Receive, in_recess="也许") if title == "闭会期间")
    literal = complaints(GiveFeedback, proposer="苏某某", attitude="好", result="满意")
    assert literal == [("办理态度", "不认识的「好」", "只能填：满意、基本满意、不满意。")]


@given(st.sampled_from(list(action_types())), st.data())
def test_whatever_is_typed_in_becomes_an_action_or_a_sentence(word, data):
    action_type = action_types()[word]
    texts = {one.name: data.draw(st.text(max_size=8)) for one in fields_of(action_type)}
    try:
        action = build(action_type, texts, case=CASE, by=Actor())
    except ValidationError as error:
        for title, what, remedy in faults_from(error, action_type):
            assert title
            assert what
            assert not what.endswith("。")
            assert remedy.endswith("。")
    else:
        assert isinstance(action, action_type)


@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2170, 1, 1)))
def test_a_day_is_read_back_in_every_spelling(day):
    serial = str((day - date(1899, 12, 30)).days)
    spellings = [day.isoformat(), f"{day:%Y/%m/%d}", f"{day.year}.{day.month}.{day.day}", f"{day:%Y%m%d}", serial]
    spellings.append(f"{day.year}年{day.month}月{day.day}日")
    assert {parse_day(text) for text in spellings} == {day}


@pytest.mark.parametrize("text", ["", "2026", "2026-13-01", "2026-02-30", "1月20日", "昨天", "202601201", "99999999"])
def test_what_is_no_day(text):
    assert parse_day(text) is None


def test_flags_and_lists():
    assert [parse_flag(text) for text in ("是", "√", "否", "", "TRUE", "也许")] == [
        True,
        True,
        False,
        False,
        True,
        None,
    ]
    assert parse_list("甲、乙；丙\n丁,, ") == ("甲", "乙", "丙", "丁")
    assert parse_lines("一、二\n\n 三 ") == ("一、二", "三")
