"""A letter's file against the seal it carries."""

import re
import zipfile
from datetime import date

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import InputError
from models.vocabulary import ProposalKind
from notifications.case_page import letter_html
from notifications.letters import LetterText, full_text
from notifications.seals import read_seal, seal_of, verify
from tasks.letters import write_docx
from tasks.letters_pdf import write_pdf
from tasks.verifying import check, read_sealed

LETTER = LetterText(
    title="云河市民政局关于市政协七届三次会议第0126号提案答复的函",
    number="0126",
    session="云河市政协七届三次会议",
    kind=ProposalKind.PROPOSAL,
    salutation="罗文、王𬭊委员：",
    paragraphs=(
        "你们提出的提案收悉，现答复如下：",
        "一、关于助餐点。" + "今年新建42个，覆盖8个街道、96个社区，做到“一刻钟”可达。" * 30,
        "（一）补贴。每餐3元（80周岁以上5元）。",
    ),
    agency="云河市民政局",
    letter_on=date(2026, 5, 20),
    result_class="B",
    document_number="云河民函〔2026〕18号",
    contact_person="高岩",
    contact_phone="0579—82340011",
    copies=("云河市财政局",),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed")
    write_docx(LETTER, folder / "函.docx")
    write_pdf(LETTER, folder / "函.pdf")
    return folder


@pytest.mark.parametrize("name", ["函.docx", "函.pdf"])
def test_a_file_as_written_holds(files, name):
    found = check(read_sealed(files / name))
    assert (found.holds, found.changed, found.added, found.around) == (True, (), (), ())


def test_a_page_carries_its_seal(tmp_path):
    page = f'<!doctype html><html><head><meta name="banli-seal" content="{seal_of(LETTER)}"></head><body>导航{{}}</body></html>'
    (tmp_path / "页.html").write_text(page.format(letter_html(LETTER)), "utf-8")
    assert check(read_sealed(tmp_path / "页.html")).holds
    (tmp_path / "页.html").write_text(page.format(letter_html(LETTER).replace("42个", "24个", 1)), "utf-8")
    assert [one.line for one in check(read_sealed(tmp_path / "页.html")).changed] == [6]


def test_a_changed_word_a_new_sentence_and_a_new_paragraph_are_told(files, tmp_path):
    document = Document(str(files / "函.docx"))
    (row,) = (one for one in document.paragraphs if "每餐3元" in one.text)
    run = next(one for one in row.runs if "每餐3元" in one.text)
    run.text = run.text.replace("每餐3元", "每餐8元")
    document.save(str(tmp_path / "改.docx"))
    (change,) = check(read_sealed(tmp_path / "改.docx")).changed
    assert (change.line, change.now) == (7, "（一）补贴。每餐8元（80周岁以上5元）。")

    document = Document(str(files / "函.docx"))
    (row,) = (one for one in document.paragraphs if "每餐3元" in one.text)
    row.insert_paragraph_before("另行奖励每人一万元。")
    document.save(str(tmp_path / "添.docx"))
    found = check(read_sealed(tmp_path / "添.docx"))
    assert (found.changed, [one.now for one in found.added]) == ((), ["另行奖励每人一万元。"])


def test_a_file_without_a_seal_or_none_at_all(tmp_path):
    document = Document()
    document.add_paragraph("随便写的函")
    document.save(str(tmp_path / "无.docx"))
    assert read_sealed(tmp_path / "无.docx").seal is None
    (tmp_path / "坏.pdf").write_bytes(b"%PDF-1.7 broken")
    for name, words in (("坏.pdf", "已损坏"), ("没有.pdf", "没有找到这个文件")):
        with pytest.raises(InputError, match=words):
            read_sealed(tmp_path / name)


def test_the_seal_survives_a_word_processor_saving_again(files, tmp_path):
    document = Document(str(files / "函.docx"))
    document.save(str(tmp_path / "又存.docx"))
    assert check(read_sealed(tmp_path / "又存.docx")).holds
    with zipfile.ZipFile(tmp_path / "又存.docx") as package:
        assert re.search("banli1:[0-9a-f]{64}", package.read("docProps/core.xml").decode())


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_changed_character_is_found_in_its_line(data):
    text = full_text(LETTER)
    places = [at for at, sign in enumerate(text) if not sign.isspace()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from("改乙9。x").filter(lambda sign: sign != text[place]))
    seal = read_seal(seal_of(LETTER))
    found = verify(seal, text[:place] + other + text[place + 1 :])
    assert [one.line for one in found.changed] == [text.count("\n", 0, place) + 1]
    assert verify(seal, text).holds
