from __future__ import annotations

import dataclasses
import re
from datetime import date

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from docx import Document

from models.errors import InputError, PolicyError, UnavailableError
from models.values.case import Proposer
from models.vocabulary import ProposalKind, ProposerKind
from notifications.letter_forms import feedback_form
from notifications.letters import LetterText, compose
from tasks.documents import read_document
from tasks.fonts import choose, faces, replaced
from tasks.letters_pdf import TEMPLATE, pdf_bytes, printed, write_pdf

MM = 72 / 25.4
PITCH = 225 * MM / 22
CHARACTER = 156 * MM / 28


def letter(text: str = "一、加强自治。一是规范。\n（一）推进协商\n正文。", **changed) -> LetterText:
    facts = {
        "titles": {ProposalKind.PROPOSAL: "{agency}关于{session}第{number}号{kind}答复的函"},
        "kind": ProposalKind.PROPOSAL,
        "session": "云州市政协六届二次会议",
        "number": "2023128",
        "subject": "关于加强社区服务的提案",
        "agency": "云州市民政局",
        "proposers": [Proposer(no, name, ProposerKind.MEMBER, is_lead=no == 1) for no, name in enumerate("甲乙丙", 1)],
        "letter_on": date(2026, 7, 5),
        "result_class": "B",
        "document_number": "云民函〔2026〕12号",
        "contact_unit": "基层政权科",
        "contact_phone": "0576-88550012",
        "copies": ["市政府督查室", "市财政局"],
        "attachments": ["征询意见表", "当面答复记录"],
    }
    return compose(text=text, **(facts | changed))


def opened(made: LetterText, **how) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(pdf_bytes(made, **how))


def text_of(document: pypdfium2.PdfDocument) -> str:
    """All text without white space, page numbers and the red head left out."""
    pages = []
    for page in document:
        said = page.get_textpage().get_text_range()
        pages.append(re.sub(r"(?m)^— \d+ —\r?$", "", said))
    return re.sub(r"\s+", "", "".join(pages))


def box(page: pypdfium2.PdfPage, words: str) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of these words in points, measured from the top left corner of the paper."""
    inside = page.get_textpage()
    found = inside.search(words).get_next()
    assert found is not None, words
    start, count = found
    boxes = [inside.get_charbox(at, loose=True) for at in range(start, start + count)]
    height = page.get_height()
    return (
        min(each[0] for each in boxes),
        height - min(each[1] for each in boxes),
        max(each[2] for each in boxes),
        height - max(each[3] for each in boxes),
    )


def test_the_file_says_what_was_signed_and_nothing_else():
    made = letter()
    said = text_of(opened(made))
    expected = [re.sub(r"\s+", "", line.text) for line in printed(made)]
    head = expected[0] + "云州市民政局"  # the red head stands between the class and the number
    assert said == head + "".join(expected[1:])


def test_the_first_page_is_that_of_the_letter_format():
    page = opened(letter())[0]
    assert page.get_size() == pytest.approx((210 * MM, 297 * MM), abs=0.1)
    left, bottom, right, top = box(page, "云州市民政局")
    assert (left + right) / 2 == pytest.approx(105 * MM, abs=1)
    assert 27 * MM < top < 33 * MM  # 上边缘距页边30毫米; a glyph's box is a little taller than its ink
    number = box(page, "云民函〔2026〕12号")
    assert number[2] == pytest.approx(184 * MM, abs=1)
    assert number[3] > bottom + 4 * MM
    mark = box(page, "办理结果：B类")
    assert mark[2] == pytest.approx(184 * MM, abs=1)
    assert mark[1] < top + 2
    lines = list(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]))
    bounds = [each.get_bounds() for each in lines]
    assert len(bounds) == 4
    assert {round((right - left) / MM) for left, _, right, _ in bounds} <= {170, 171, 172}  # with its own width
    assert min(bottom for _, bottom, _, _ in bounds) == pytest.approx(20 * MM, abs=3)


def test_a_full_page_has_22_lines_of_28_characters():
    page = opened(letter("文" * 2800, copies=(), attachments=()))[1]
    inside = page.get_textpage()
    rows = [row for row in inside.get_text_range().split("\r\n") if row.startswith("文")]
    assert len(rows) == 22
    assert {len(row) for row in rows} == {28}
    at = [index for index, sign in enumerate(inside.get_text_range()) if sign == "文"]
    tops = sorted({round(inside.get_charbox(index, loose=True)[3]) for index in at})
    assert (tops[-1] - tops[0]) / 21 == pytest.approx(PITCH, abs=0.1)


def test_a_paragraph_is_indented_by_two_and_the_salutation_by_none():
    page = opened(letter("正文开头。"))[0]
    assert box(page, "甲、乙")[0] == pytest.approx(28 * MM, abs=1)
    assert box(page, "正文")[0] == pytest.approx(28 * MM + 2 * CHARACTER, abs=1)


def test_the_date_ends_four_characters_from_the_right_and_the_name_stands_over_its_middle():
    document = opened(letter(agency="云州市政务服务和数据管理局"))
    page = document[len(document) - 1]
    date_box = box(page, "2026年7月5日")
    assert date_box[2] == pytest.approx(184 * MM - 4 * CHARACTER, abs=1.5)
    inside = page.get_textpage()
    name = inside.search("云州市政务服务和数据管理局")
    while (found := name.get_next()) is not None:
        at = found
    boxes = [inside.get_charbox(index, loose=True) for index in range(at[0], at[0] + at[1])]
    middle = (boxes[0][0] + boxes[-1][2]) / 2
    assert middle == pytest.approx((date_box[0] + date_box[2]) / 2, abs=3)


def test_pages_are_numbered_from_the_second_odd_right_even_left():
    document = opened(letter("文" * 2800))
    assert "—" not in document[0].get_textpage().get_text_range()
    assert box(document[1], "— 2 —")[0] == pytest.approx(28 * MM + 14, abs=1)
    assert box(document[2], "— 3 —")[2] == pytest.approx(184 * MM - 14, abs=3)
    assert box(document[1], "— 2 —")[3] > (297 - 35 + 5) * MM


def test_copies_stand_at_the_foot_of_the_last_page():
    document = opened(letter("文" * 2800))
    page = document[len(document) - 1]
    assert box(page, "抄送")[1] == pytest.approx((297 - 35) * MM, abs=4)
    assert box(page, "抄送")[0] == pytest.approx(28 * MM + 14, abs=1)


def test_every_font_is_embedded():
    document = opened(letter())
    fonts = set()
    for page in document:
        for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            font = each.get_font()
            fonts.add(font.get_base_name())
            assert font.is_embedded
    assert len(fonts) >= 2  # 黑体 is another face than 仿宋


def test_the_questionnaire_follows_on_a_page_of_its_own():
    made = letter()
    form = feedback_form(made, subject="关于加强社区服务的提案", proposer="甲", scale=("满意", "不满意"), days="")
    document, without = opened(made, form=form), opened(made)
    assert len(document) == len(without) + 1
    said = document[len(document) - 1].get_textpage().get_text_range()
    assert "办理情况征询意见表" in said
    assert said.count("□满意 □不满意") == 2
    assert "第2023128号" in said


def test_the_same_letter_gives_the_same_bytes(tmp_path):
    write_pdf(letter(), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == pdf_bytes(letter())
    with pytest.raises(UnavailableError, match="文件没有写成"):
        write_pdf(letter(), tmp_path / "a.pdf" / "b.pdf")


def test_two_hundred_pages_are_set_whole():
    document = opened(letter("\n".join(f"第{no}段，" + "文" * 600 for no in range(200))))
    assert len(document) > 200
    assert f"— {len(document)} —" in document[len(document) - 1].get_textpage().get_text_range()


@pytest.mark.parametrize(
    "text",
    [
        "𠮷家三，㛃𬭚镕，䶮。",
        "<b>粗体</b> &amp; <script>alert(1)</script>",
        '#eval("1+1") $x^2$ *星* _线_ `代码` @引用 \\ {括号} {{ 变量 }} // 注释',
        "姓名\t年龄\t备注",
        "〔2026〕①㎡℃‰—…“”‘’《》",
    ],
)
def test_what_is_typed_is_printed_as_it_is(text: str):
    assert re.sub(r"\s+", "", text) in text_of(opened(letter(text)))


def test_tables_within_tables_pasted_from_word_are_printed_row_by_row(tmp_path):
    pasted = Document()
    outer = pasted.add_table(2, 2)
    outer.cell(0, 0).text = "项目"
    inner = outer.cell(1, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "已建", "六处"
    outer.cell(1, 0).text = "社区食堂"
    pasted.save(str(tmp_path / "pasted.docx"))
    text = "\n".join(line.text for line in read_document(tmp_path / "pasted.docx").lines)
    said = text_of(opened(letter(f"情况如下：\n{text}")))
    for words in ("项目", "社区食堂", "已建六处"):
        assert words in said


def test_marks_of_direction_do_not_turn_a_letter_round():
    said = text_of(opened(letter("甲方\u202e支付\u202c乙方\u200f。")))
    assert "甲方支付乙方。" in said


@pytest.mark.parametrize(("sign", "code"), [("\ue000", "U+E000"), ("\U000fabcd", "U+FABCD")])
def test_a_character_no_font_has_is_named_and_never_a_box(sign: str, code: str):
    with pytest.raises(InputError, match=re.escape(code)) as caught:
        pdf_bytes(letter(f"第一段。\n王{sign}同志反映的问题。"))
    assert "王" in str(caught.value)
    assert "安装" in str(caught.value)


def test_an_unknown_variable_in_a_template_is_named_with_file_and_line(tmp_path):
    changed = tmp_path / "letter.typ"
    changed.write_text(TEMPLATE.read_text("utf-8").replace("letter.salutation", "letter.greeting"), "utf-8")
    with pytest.raises(PolicyError, match=r"letter\.typ 第\d+行第\d+列.*greeting"):
        pdf_bytes(letter(), template=changed)


def test_a_broken_template_is_told_with_its_place(tmp_path):
    changed = tmp_path / "letter.typ"
    changed.write_text("#let x = (\n", "utf-8")
    with pytest.raises(PolicyError, match=r"letter\.typ 第1行"):
        pdf_bytes(letter(), template=changed)


def test_missing_faces_are_replaced_and_said():
    few = choose(frozenset({"Noto Serif CJK SC", "Noto Sans CJK SC", "FangSong", "LXGW WenKai"}))
    assert (few["仿宋"].family, few["仿宋"].genuine) == ("FangSong", True)
    assert few["仿宋"].chain == ("FangSong", "Noto Serif CJK SC", "Noto Sans CJK SC")
    assert few["楷体"].family == "LXGW WenKai"
    assert replaced(few) == (
        "小标宋用 Noto Serif CJK SC 代替",
        "黑体用 Noto Sans CJK SC 代替",
        "宋体用 Noto Serif CJK SC 代替",
    )
    only = choose(frozenset({"Noto Sans CJK SC"}))
    assert {face.family for face in only.values()} == {"Noto Sans CJK SC"}


def test_without_any_chinese_font_nothing_is_printed_and_the_remedy_is_told():
    with pytest.raises(UnavailableError, match="fonts-noto-cjk"):
        choose(frozenset({"DejaVu Sans"}))


def test_this_machine_has_what_ci_installs():
    assert faces()["仿宋"].family


def test_a_long_agency_name_is_set_smaller_and_stays_on_one_line():
    page = opened(dataclasses.replace(letter(), agency="云州市" + "综合" * 14 + "局"))[0]
    left, _, right, _ = box(page, "云州市综合")
    assert left > 19 * MM
    assert right < 192 * MM
