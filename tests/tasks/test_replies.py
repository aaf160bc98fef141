"""Letters: one file for each addressee, written once, of the signed words."""

import pytest
from builders import LEAD, OFFICE, REPLY, day, feedback, proposed, talk
from desk import Desk
from docx import Document

from models import actions as a
from models.vocabulary import Stage
from tasks.database import reading
from tasks.replies import letter_path, public_letters, sent_letters, write_letters


@pytest.fixture
def desk(office) -> Desk:
    desk = Desk(office)
    desk.do(day(1, 21), proposed("0001", "张某某", "李/某:某"), proposed("0002", "赵某某"))
    desk.do(day(2, 2), a.Merge(case="0002", by=OFFICE, into="0001"), a.Accept(case="0001", by=OFFICE))
    desk.do(day(2, 25), a.Assign(case="0001", by=OFFICE, lead="民政局"), a.SignFor(case="0001", by=LEAD))
    desk.do(day(3, 10), talk(), a.SubmitDraft(case="0001", by=LEAD, text=REPLY, document_number="云民函〔2026〕1号"))
    desk.do(day(3, 11), *(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    desk.do(day(3, 12), a.SendReply(case="0001", by=LEAD))
    return desk


def write(desk: Desk, folder) -> int:
    with reading(desk.engine) as connection:
        return write_letters(connection, [1], folder)


def test_each_addressee_has_a_file_of_his_own_and_it_is_written_once(desk, tmp_path):
    assert write(desk, tmp_path) == 3
    assert write(desk, tmp_path) == 0
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.docx"))
    assert files == ["1/001-1-张某某.docx", "1/002-1-李_某_某.docx", "2/001-1-赵某某.docx"]


def test_a_letter_names_its_reader_number_and_file_number(desk, tmp_path):
    write(desk, tmp_path)
    words = "\n".join(one.text for one in Document(str(next(tmp_path.glob("2/*.docx")))).paragraphs)
    assert "赵某某委员" in words
    assert "0002" in words
    assert "云民函〔2026〕1号" in words
    assert "列入年度预算" in words
    assert "13900001111" not in words


def test_the_public_letter_greets_all_who_made_the_proposal(desk):
    letters = list(public_letters(desk.case(), {"民政局": "云岭市民政局"}))
    assert [[one.proposer.name for one in sent.addressees] for sent in letters] == [["张某某", "李/某:某"], ["赵某某"]]
    assert {sent.letter.agency for sent in letters} == {"云岭市民政局"}


def test_a_second_reply_is_a_second_file(desk, tmp_path):
    write(desk, tmp_path)
    for who in ("张某某", "李/某:某", "赵某某"):
        desk.do(day(3, 20), feedback(of=who, says="不满意", reasons="没有措施"))
    desk.do(day(3, 21), a.OrderRedo(case="0001", by=OFFICE, reason="请补充"))
    desk.do(day(3, 22), a.SubmitDraft(case="0001", by=LEAD, text="重新答复"))
    desk.do(day(3, 22), *(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    desk.do(day(3, 23), a.SendReply(case="0001", by=LEAD))
    assert write(desk, tmp_path) == 3
    case = desk.case()
    assert letter_path(tmp_path, case.addressees[0], 2).exists()


def test_what_was_not_answered_has_no_letter(desk):
    desk.do(day(1, 22), proposed("0003"))
    with reading(desk.engine) as connection:
        assert list(sent_letters(connection, [3])) == []
    assert desk.case("0003").stage is Stage.SUBMITTED


@pytest.mark.parametrize("content", [b"no docx at all", b"", b"PK\x03\x04 cut off"])
def test_a_broken_template_of_the_office_s_own_is_told_and_the_letter_goes_out(desk, tmp_path, caplog, content):
    own = tmp_path / "letter.docx"
    own.write_bytes(content)
    with reading(desk.engine) as connection:
        assert write_letters(connection, [1], tmp_path / "out", template=own) == 3
    assert "本次改用随附的模板。" in caplog.text
    assert str(own) in caplog.text
    words = "\n".join(one.text for one in Document(str(next(tmp_path.glob("out/2/*.docx")))).paragraphs)
    assert "列入年度预算" in words


def test_a_template_with_an_unknown_variable_is_told_by_name_and_not_used(desk, tmp_path, caplog):
    own, document = tmp_path / "letter.docx", Document()
    document.add_paragraph("{{文号码}}")
    document.save(str(own))
    with reading(desk.engine) as connection:
        assert write_letters(connection, [1], tmp_path / "out", template=own) == 3
    assert "文号码" in caplog.text
