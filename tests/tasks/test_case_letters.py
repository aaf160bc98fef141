"""Every kind of letter of one case: to whom, in which words."""

from __future__ import annotations

import pytest
from builders import CO, LEAD, OFFICE, REPLY, day, feedback, proposed, talk
from desk import Desk
from test_letters_docx import letter

from models import actions as a
from models import tables as t
from models.errors import InputError
from models.vocabulary import PromiseStatus, ProposalKind
from notifications.letter_kinds import LetterKind, as_redone
from notifications.letters import full_text
from tasks.case_letters import case_letters, file_name
from tasks.database import reading, transaction
from tasks.letter_numbers import NextNumbers, next_numbers
from tasks.replies import public_letters
from tasks.world import packs


@pytest.fixture
def desk(office) -> Desk:
    desk = Desk(office)
    desk.do(day(1, 21), proposed("0001", "张某某", "李某某"), proposed("0002", "赵某某"))
    desk.do(day(2, 2), a.Merge(case="0002", by=OFFICE, into="0001"), a.Accept(case="0001", by=OFFICE))
    desk.do(day(2, 25), a.Assign(case="0001", by=OFFICE, lead="民政局", co_handlers=("财政局",)))
    desk.do(day(2, 26), a.SignFor(case="0001", by=LEAD), a.SignFor(case="0001", by=CO))
    return desk


def letters(desk: Desk, kind: LetterKind, ref: str = "0001"):
    with reading(desk.engine) as connection:
        return case_letters(connection, ref, kind, today=day(3, 30))


def reply(desk: Desk, on, text: str, **more) -> None:
    desk.do(on, a.SubmitDraft(case="0001", by=LEAD, text=text, **more), a.Countersign(case="0001", by=CO))
    desk.do(on, *(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    desk.do(on, a.SendReply(case="0001", by=LEAD))


def given(**more) -> a.GiveOpinion:
    return a.GiveOpinion(case="0001", by=CO, document_number="云财函会〔2026〕7号", **more)


def answered(desk: Desk, **more) -> None:
    desk.do(day(3, 10), talk(), given(text="一、同意。\n二、经费由我局安排。"))
    reply(desk, day(3, 12), REPLY, **more)


def test_nothing_is_written_before_there_is_something_to_say(desk):
    for kind, words in (
        (LetterKind.REPLY, "还没有答复稿"),
        (LetterKind.OPINION, "还没有会办意见"),
        (LetterKind.EXTENSION, "没有获准的延期"),
        (LetterKind.PROGRESS, "没有承诺事项"),
    ):
        with pytest.raises(InputError, match=words):
            letters(desk, kind)
    with pytest.raises(InputError, match="没有找到案号"):
        letters(desk, LetterKind.REPLY, ref="9999")


def test_each_addressee_of_a_joint_and_of_a_merged_proposal_has_his_own(desk):
    answered(desk)
    found = letters(desk, LetterKind.REPLY)
    assert [(one.to, one.letter.salutation, one.letter.number) for one in found] == [
        ("张某某", "张某某委员：", "0001"),
        ("李某某", "李某某委员：", "0001"),
        ("赵某某", "赵某某委员：", "0002"),
    ]
    assert found[2].form is not None
    assert "0002" in next(row.said for row in found[2].form.rows if row.label == "案号")
    assert found[0].letter.attachments == ("办理情况征询意见表",)
    assert found[0].letter.copies == ("云岭市财政局",)


def test_the_public_letter_has_no_questionnaire(desk):
    answered(desk)
    assert all("征询意见表" not in full_text(sent.letter) for sent in public_letters(desk.case(), {}))


def test_an_opinion_goes_from_the_co_handler_to_the_agency_in_charge(desk):
    answered(desk)
    (found,) = letters(desk, LetterKind.OPINION)
    assert (found.letter.agency, found.letter.salutation) == ("云岭市财政局", "云岭市民政局：")
    assert found.letter.title.endswith("的会办意见")
    assert found.letter.paragraphs == ("一、同意。", "二、经费由我局安排。")
    assert found.letter.letter_on == day(3, 10)
    assert found.letter.document_number == "云财函会〔2026〕7号"


def test_replies_and_opinions_are_numbered_in_two_series(desk):
    answered(desk, document_number="云民函〔2026〕12号")
    with transaction(desk.engine) as connection:
        for agency, prefix in (("民政局", "云民函"), ("财政局", "云财函")):
            rows = t.core(t.AgencyRow)
            connection.execute(rows.update().where(rows.c.name == agency).values(document_prefix=prefix))
    with reading(desk.engine) as connection:
        pack = packs()[desk.case().pack]
        lead = next_numbers(connection, "民政局", pack, year=2026)
        helper = next_numbers(connection, "财政局", pack, year=2026)
        assert next_numbers(connection, "教育局", pack, year=2026) is None
        fresh = next_numbers(connection, "财政局", pack, year=2027)
    assert lead == NextNumbers("云民函〔2026〕13号", "云民函会〔2026〕1号")
    assert helper == NextNumbers("云财函〔2026〕1号", "云财函会〔2026〕8号")
    assert fresh == NextNumbers("云财函〔2027〕1号", "云财函会〔2027〕1号")


def test_an_extension_is_told_with_reason_consent_and_both_dates(desk):
    desk.do(day(4, 1), a.RequestExtension(case="0001", by=LEAD, reason="需现场勘查。"))
    desk.do(day(4, 2), a.GrantExtension(case="0001", by=OFFICE))
    found = letters(desk, LetterKind.EXTENSION)
    assert len(found) == 3
    said = full_text(found[0].letter)
    assert "因需现场勘查，不能在" in said
    assert "答复期限延至" in said
    clock = next(one for one in desk.case().clocks if one.due_on != one.original_on)
    assert f"{clock.due_on.month}月{clock.due_on.day}日。" in said
    assert found[0].letter.letter_on == day(4, 2)


def test_an_interim_reply_says_who_works_on_it_and_until_when(desk):
    desk.do(day(3, 10), talk())
    said = full_text(letters(desk, LetterKind.INTERIM)[0].letter)
    assert "办理进展情况的函" in said
    assert "已于2026年2月26日签收，正会同云岭市财政局研究办理，其间与您沟通1次。" in said
    assert "正式答复将于" in said
    answered(desk)
    with pytest.raises(InputError, match="已经答复"):
        letters(desk, LetterKind.INTERIM)


def test_progress_of_promises_is_told_one_by_one(desk):
    answered(
        desk,
        promises=({"text": "增配专职人员。", "due_on": "2026-06-30"}, {"text": "改造食堂", "due_on": "2026-12-31"}),
    )
    desk.do(
        day(6, 1), a.ReportPromise(case="0001", by=LEAD, promise=1, status=PromiseStatus.KEPT, evidence="已配备3人")
    )
    said = full_text(letters(desk, LetterKind.PROGRESS)[0].letter)
    assert "1.增配专职人员。已于2026年6月1日落实：已配备3人。" in said
    assert "2.改造食堂。计划于2026年12月31日前落实。" in said


def test_a_reply_after_a_redo_says_so(desk):
    answered(desk)
    for who in ("张某某", "李某某", "赵某某"):
        desk.do(day(3, 20), feedback(of=who, says="不满意", reasons="没有措施"))
    desk.do(day(3, 21), a.OrderRedo(case="0001", by=OFFICE, reason="请补充"))
    reply(desk, day(3, 25), "重新答复如下。")
    assert {"重新办理答复" in one.letter.title for one in letters(desk, LetterKind.REPLY)} == {True}


def test_a_redone_title_is_marked_once_whatever_its_words():
    once = as_redone(letter())
    assert once.title.endswith("提案重新办理答复的函")
    assert as_redone(once) == once
    assert as_redone(letter(titles={ProposalKind.PROPOSAL: "{agency}的函"})).title == "云州市民政局的函（重新办理）"


def test_a_file_name_stays_in_its_folder(desk):
    answered(desk)
    found = letters(desk, LetterKind.REPLY)[0]
    assert str(file_name(found, ".pdf")) == "0001-张某某-答复函.pdf"
    assert "/" not in str(file_name(type(found)(found.kind, "../../etc/x", found.letter), ".pdf"))
