"""Verifying a letter's file from the command line."""

from docx import Document

from models import actions as a
from models.vocabulary import Role
from tasks import database
from tasks.recording import record

LEAD = a.Actor(role=Role.LEAD, name="王科长", agency="民政局")
CO = a.Actor(role=Role.CO_HANDLER, name="李科长", agency="财政局")
TEXT = "您提出的提案收悉，现答复如下：\n已建成食堂3处，每餐补贴5元。"


def test_a_letter_is_verified_alone_and_against_its_case(banli, office, tmp_path):
    steps = [
        a.GiveOpinion(case="0004", by=CO, text="同意。"),
        a.SubmitDraft(case="0004", by=LEAD, text=TEXT, result_class="B"),
        a.Countersign(case="0004", by=CO),
        a.Approve(case="0004", by=LEAD),
    ]
    assert not any(one.refused for one in record(database.engine(office.database_url), steps))
    file = tmp_path / "函.docx"
    assert banli("letter", "0004", "--docx", file, "--pdf", tmp_path / "函.pdf").code == 0
    for name in ("函.docx", "函.pdf"):
        ended = banli("verify", tmp_path / name, "--case", "0004")
        assert ended.code == 0, ended.out
        assert all(said in ended.out for said in ("文字与生成时一致", "第1稿，致苏某某", "核稿王科长", "会签李科长"))

    document = Document(str(file))
    run = next(run for one in document.paragraphs for run in one.runs if "每餐补贴5元" in run.text)
    run.text = run.text.replace("5元", "6元")
    document.save(str(file))
    ended = banli("verify", file, "--case", "0004")
    assert (ended.code, "被改动" in ended.out, "应为“5”" in ended.out, "文件里是“6”" in ended.out) == (
        1,
        True,
        True,
        True,
    )
    assert len(banli("verify", file, "--json").document["files"][0]["faults"]) == 1
    assert banli("verify", tmp_path / "函.pdf", "--case", "0003").code == 1


def test_a_file_that_carries_no_seal(banli, home, tmp_path):
    (tmp_path / "函.txt").write_text("随便写的函", "utf-8")
    ended = banli("verify", tmp_path / "函.txt")
    assert (ended.code, "没有校验码" in ended.err) == (2, True)
