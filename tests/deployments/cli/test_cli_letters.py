"""Letters and their templates from the command line."""

import pypdfium2
from docx import Document


def test_a_letter_is_listed_then_written_as_both_files(banli, office, tmp_path):
    shown = banli("letter", "0004", "--kind", "阶段答复函")
    assert (shown.code, "办理进展情况的函" in shown.out, "--pdf" in shown.out) == (0, True, True)
    made = banli("letter", "0004", "--kind", "阶段答复函", "--pdf", str(tmp_path), "--docx", str(tmp_path / "函.docx"))
    assert made.code == 0, made.err
    (pdf,) = tmp_path.glob("*.pdf")
    assert str(pdf) in made.out
    assert "办理进展情况的函" in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert any("办理进展情况的函" in each.text for each in Document(str(tmp_path / "函.docx")).paragraphs)


def test_what_cannot_be_written_is_told_with_the_way_out(banli, office, tmp_path):
    for options, words in (
        ((), "还没有答复稿"),
        (("--kind", "感谢信"), "可以写：答复函、会办意见函"),
        (("--kind", "阶段答复函", "--to", "某某"), "没有给“某某”的函"),
        (("--kind", "阶段答复函", "--pdf", str(tmp_path / "a.docx")), "文件名应以 .pdf 结尾"),
    ):
        ended = banli("letter", "0004", *options)
        assert ended.code == 2
        assert words in ended.err
    assert not list(tmp_path.glob("*.docx"))


def test_a_template_is_taken_changed_checked_and_used(banli, office, tmp_path):
    taken = banli("letter-template", "export", str(tmp_path / "t"))
    assert taken.code == 0
    files = [str(tmp_path / "t" / name) for name in ("letter.docx", "letter.typ")]
    checked = banli("letter-template", "check", *files)
    assert (checked.code, checked.out.count("可以用")) == (0, 2), checked.err
    assert "文件已经有了" in banli("letter-template", "export", str(tmp_path / "t")).err

    document = Document(files[0])
    document.add_paragraph("{{文号码}}")
    document.save(files[0])
    wrong = banli("letter-template", "check", files[0])
    assert wrong.code == 2
    assert "不认识的变量 {{文号码}}" in wrong.err
    assert "是不是“文号”？" in wrong.err

    document = Document(files[0])
    document.paragraphs[-1].text = "本局监制"
    (office.home / "templates").mkdir()
    document.save(str(office.home / "templates" / "letter.docx"))
    banli("letter", "0004", "--kind", "阶段答复函", "--docx", str(tmp_path / "函.docx"))
    assert Document(str(tmp_path / "函.docx")).paragraphs[-1].text == "本局监制"
