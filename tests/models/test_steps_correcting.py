"""A reply that was sent is corrected: signed anew, sent anew, and its page follows."""

from dataclasses import replace

import pytest
from builders import CO, LEAD, OFFICE, REPLY, Walk, at, day, feedback

from models import actions as a
from models.vocabulary import ClockKind, Publicity, Stage

RIGHT = REPLY.replace("专职人员", "两名专职人员")
PUBLISH = a.Publish(case="0001", by=a.SYSTEM, path="cases/x.html", page_sha256="0" * 64)


def correction(text: str = RIGHT, by: a.Actor = LEAD) -> a.CorrectReply:
    return a.CorrectReply(case="0001", by=by, text=text, note="第一段漏了人数")


@pytest.fixture
def published() -> Walk:
    return at(Stage.REPLIED, "张某某", "李某某").do(PUBLISH, on=day(3, 27))


def test_the_last_level_signs_and_every_addressee_gets_it_again(published):
    before = published.case
    walk = published.do(correction(), on=day(4, 10))
    assert walk.case.stage is before.stage
    newest = walk.case.draft
    assert (newest.no, newest.text, newest.document_number) == (2, RIGHT, before.draft.document_number)
    assert [(one.level, one.sha256) for one in walk.case.valid_signatures] == [("主要负责人", newest.sha256)]
    assert [one.voided_on for one in walk.case.signatures[:-1]] == [day(4, 10)] * len(before.signatures)
    again = walk.case.letters[len(before.letters) :]
    assert [(one.name, one.draft_no, one.sent_on, one.dated_on) for one in again] == [
        ("张某某", 2, day(4, 10), day(3, 26)), ("李某某", 2, day(4, 10), day(3, 26)),
    ]  # fmt: skip
    assert walk.case.replied_on == before.replied_on
    assert walk.told() == {("答复函", "提案人:1.1"), ("答复函", "提案人:1.2")}
    assert walk.tellings[0].facts["correction"] == "第一段漏了人数"


def test_a_published_page_is_due_again_and_keeps_its_first_day(published):
    walk = published.do(correction(), on=day(4, 10))
    assert walk.case.publicity is Publicity.DECIDED
    assert {one.kind for one in walk.case.clocks if one.runs} >= {ClockKind.PUBLICATION, ClockKind.FEEDBACK}
    assert [one.started_on for one in walk.case.clocks if one.kind is ClockKind.PUBLICATION and one.runs] == [
        day(4, 10)
    ]
    (page,) = walk.do(PUBLISH, on=day(4, 11)).case.publications
    assert (page.published_on, page.corrected_on, page.correction_note) == (day(3, 27), day(4, 11), "第一段漏了人数")
    assert not [one for one in walk.case.clocks if one.kind is ClockKind.PUBLICATION and one.runs]


def test_a_decision_taken_before_the_page_followed_keeps_the_note(published):
    walk = published.do(correction(), on=day(4, 10))
    walk.do(
        a.DecidePublication(case="0001", by=OFFICE, mode="摘要公开", reason="涉及商业秘密", summary="摘要"), PUBLISH
    )
    page = walk.case.publications[-1]
    assert (page.published_on, page.corrected_on, page.correction_note) == (day(3, 27), day(4, 10), "第一段漏了人数")


def test_a_first_publication_is_no_correction(published):
    assert (published.case.publications[0].published_on, published.case.publications[0].corrected_on) == (
        day(3, 27),
        None,
    )
    walk = at(Stage.REPLIED).do(correction(), on=day(3, 28))
    assert walk.case.publicity is Publicity.DECIDED
    (page,) = walk.do(PUBLISH, on=day(3, 30)).case.publications
    assert (page.published_on, page.corrected_on, page.correction_note) == (day(3, 30), None, None)


def test_after_it_was_taken_down_the_office_decides_again_before_it_is_public(published):
    walk = published.do(a.TakeDown(case="0001", by=OFFICE, reason="数字有误"), correction(), on=day(4, 10))
    assert walk.case.publicity is Publicity.TAKEN_DOWN
    walk.do(a.DecidePublication(case="0001", by=OFFICE), PUBLISH, on=day(4, 12))
    assert (walk.case.publications[-1].published_on, walk.case.publications[-1].corrected_on) == (day(4, 12), None)


def test_a_new_reply_in_the_place_of_a_published_one_is_told_on_the_page(published):
    walk = published.do(feedback(says="不满意", reasons="太迟"), feedback(of="李某某"))
    walk.do(a.OrderRedo(case="0001", by=OFFICE, reason="再研究"))
    walk.do(a.SubmitDraft(case="0001", by=LEAD, text=RIGHT), a.Countersign(case="0001", by=CO))
    walk.do(*(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    walk.do(a.SendReply(case="0001", by=LEAD), PUBLISH, on=day(5, 6))
    page = walk.case.publications[-1]
    assert (page.published_on, page.corrected_on) == (day(3, 27), day(5, 6))
    assert page.correction_note == "经重新办理，已作出新的答复，原答复由新的答复代替"


def test_who_may_not_and_what_is_no_correction(published):
    assert published.refusal(correction(REPLY)) == "正文没有改动。请改正差错后再提交。"
    assert "督办单位不能办理“更正答复”" in published.refusal(correction(by=OFFICE))
    assert "不能办理“更正答复”" in at(Stage.APPROVED).refusal(correction())
    assert "复文体检有1处必改" in published.refusal(correction("您提出的第0009号提案收悉。现答复如下：已办。"))


def test_promises_go_over_to_the_corrected_words(published):
    vow = at(Stage.HANDLING).do(a.RecordContact(
        case="0001", by=LEAD, way="面商", on=day(3, 10), with_name="张某某", said="好",
    ), on=day(3, 26))  # fmt: skip
    vow.do(a.SubmitDraft(case="0001", by=LEAD, text=REPLY, promises=[{"text": "年内建成", "due_on": day(12, 31)}]))
    vow.do(a.Countersign(case="0001", by=CO), *(a.Approve(case="0001", by=LEAD) for _ in range(3)))
    vow.do(a.PassReview(case="0001", by=OFFICE), a.SendReply(case="0001", by=LEAD), correction())
    assert [(one.text, one.draft_no) for one in vow.case.promised] == [("年内建成", 2)]
    assert [one.due_on for one in vow.case.clocks if one.kind is ClockKind.PROMISE and one.runs] == [day(12, 31)]


def test_without_a_letter_to_an_addressee_none_is_made_up(published):
    case = published.case
    one = Walk(replace(case, letters=case.letters[:1]), published.today).do(correction())
    assert [letter.name for letter in one.case.letters] == ["张某某", "张某某"]
