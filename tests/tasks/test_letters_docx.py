from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from models.errors import UnavailableError
from models.values.case import Proposer
from models.vocabulary import ProposalKind, ProposerKind
from notifications.letters import LetterText, compose, full_text
from tasks.letters import docx_bytes, write_docx


def letter(text: str = "一、加强自治。一是规范。\n（一）推进协商\n正文。", **changed) -> LetterText:
    facts = {
        "titles": {ProposalKind.PROPOSAL: "{agency}关于{session}第{number}号{kind}答复的函"},
        "kind": ProposalKind.PROPOSAL,
        "session": "云州市政协六届二次会议",
        "number": "0042",
        "subject": "关于加强社区服务的提案",
        "agency": "云州市民政局",
        "proposers": [Proposer(1, "周一青", ProposerKind.MEMBER, is_lead=True)],
        "letter_on": date(2026, 7, 5),
        "result_class": "B",
        "document_number": "云民函〔2026〕12号",
        "contact_phone": "0576-88550012",
        "copies": ["市政府督查室"],
        "attachments": ["征询意见表", "当面答复记录"],
    }
    return compose(text=text, **(facts | changed))


def opened(made: LetterText):
    return Document(io.BytesIO(docx_bytes(made)))


def paragraph(document, start: str):
    return next(each for each in document.paragraphs if each.text.startswith(start))


def face(run) -> str:
    return run._r.rPr.rFonts.get(qn("w:eastAsia"))


def test_the_file_says_what_the_letter_says():
    made = letter()
    document = opened(made)
    mark, head = document.sections[0].first_page_header.paragraphs
    assert head.text == "云州市民政局"
    assert "\n".join(each.text for each in (mark, *document.paragraphs)) == full_text(made)


def test_the_page_is_that_of_the_standard():
    section = opened(letter()).sections[0]
    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.1)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [margin.mm for margin in margins] == pytest.approx([37, 35, 28, 26], abs=0.1)
    assert section.page_width - section.left_margin - section.right_margin == pytest.approx(Mm(156), abs=Mm(0.2))


def test_each_heading_has_its_face_and_the_text_behind_it_another():
    document = opened(letter())
    first = paragraph(document, "一、").runs
    assert [(run.text, face(run)) for run in first] == [("一、加强自治。", "黑体"), ("一是规范。", "仿宋")]
    assert face(paragraph(document, "（一）").runs[0]) == "楷体"
    body = paragraph(document, "正文").runs[0]
    assert (face(body), body.font.size) == ("仿宋", Pt(16))
    title = paragraph(document, "云州市民政局关于").runs[0]
    assert (face(title), title.font.size) == ("小标宋", Pt(22))


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages_and_not_on_the_first():
    section = opened(letter()).sections[0]
    assert "PAGE" in section.footer._element.xml
    assert "PAGE" in section.even_page_footer._element.xml
    assert "PAGE" not in section.first_page_footer._element.xml
    assert section.different_first_page_header_footer


def test_the_head_is_red_with_double_lines():
    document = opened(letter())
    head = document.sections[0].first_page_header.paragraphs[1]
    assert str(head.runs[0].font.color.rgb) == "D40000"
    assert "thickThinSmallGap" in head._p.xml
    assert "thinThickSmallGap" in document.sections[0].first_page_footer._element.xml


def test_the_same_letter_gives_the_same_bytes_whole_and_dated_by_the_letter():
    first = docx_bytes(letter())
    assert docx_bytes(letter()) == first
    with zipfile.ZipFile(io.BytesIO(first)) as members:
        assert members.testzip() is None
        assert {info.date_time[0] for info in members.infolist()} == {1980}
    assert Document(io.BytesIO(first)).core_properties.created.date() == date(2026, 7, 5)


def test_pasted_control_characters_do_not_stop_the_letter():
    made = letter("坏\x00字\x0b符\ud800\ufffe，𠮷😀\u202e反。\n二\x1f、")
    document = opened(made)
    assert paragraph(document, "坏字").text == "坏字"
    assert paragraph(document, "符，").text == "符，𠮷😀\u202e反。"


def test_two_hundred_pages_are_written():
    assert len(opened(letter("\n".join(f"第{no}段，" + "文" * 500 for no in range(220)))).paragraphs) > 220


def test_a_letter_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder").write_text("in the way")
    with pytest.raises(UnavailableError, match="文件没有写成"):
        write_docx(letter(), tmp_path / "folder" / "letter.docx")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_copies_stand_at_the_foot_of_the_page_the_letter_ends_on():
    copies = paragraph(opened(letter(copies=("市财政局", "市政府办公室"))), "抄送")
    assert copies.text == "抄送：市财政局，市政府办公室。"
    names = [child.tag.rpartition("}")[2] for child in copies._p.pPr]
    frame = copies._p.pPr[names.index("framePr")]
    assert names.index("framePr") < names.index("spacing" if "spacing" in names else "ind")
    assert {name.rpartition("}")[2]: value for name, value in frame.attrib.items()} == {
        "w": "8844", "wrap": "notBeside", "vAnchor": "margin", "hAnchor": "margin", "xAlign": "left", "yAlign": "bottom",
    }  # fmt: skip
