from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.shared import RGBColor
from test_letters_docx import letter

from models.errors import InputError, PolicyError
from notifications.letters import full_text
from tasks.letters import docx_bytes
from tasks.letters_builtin import template_bytes
from tasks.letters_template import VARIABLES, compile_template, load

EVERY = ("{{文号}}", "{{标题}}", "{{称谓}}", "{{正文}}", "{{附件}}", "{{署名}}", "{{日期}}", "{{附注}}", "{{抄送}}")


def template(folder: Path, *texts: str, name: str = "本局.docx") -> Path:
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    document.save(str(folder / name))
    return folder / name


def said(content: bytes) -> list[str]:
    return [each.text for each in Document(io.BytesIO(content)).paragraphs]


def test_the_built_in_template_knows_every_variable():
    found = compile_template(template_bytes(), "随附模板")
    names = {name for part in found.parts for block in part.blocks for name in block.names}
    assert names == set(VARIABLES)


def test_an_office_keeps_its_own_words_faces_and_order(tmp_path):
    own = template(tmp_path, "{{类别}}", *EVERY, "本函由{{机关}}印制")
    document = Document(str(own))
    coloured = document.paragraphs[2].runs[0]  # {{标题}}
    coloured.font.color.rgb, coloured.font.bold = RGBColor(0, 0x66, 0), True
    document.save(str(own))
    made = letter()
    content = docx_bytes(made, template=own)
    assert "\n".join(said(content)[:-1]) == full_text(made)
    assert said(content)[-1] == "本函由云州市民政局印制"
    title = next(each for each in Document(io.BytesIO(content)).paragraphs if each.text == made.title)
    assert title.runs[0].font.bold
    assert str(title.runs[0].font.color.rgb) == "006600"


def test_a_variable_that_word_has_cut_into_runs_is_still_one(tmp_path):
    own = template(tmp_path, *EVERY)
    document = Document(str(own))
    paragraph = document.paragraphs[1]
    paragraph.runs[0].text = "【{"
    for part in ("{标", "题", "}}", "】"):
        paragraph.add_run(part).italic = True
    document.save(str(own))
    content = docx_bytes(letter(), template=own)
    assert f"【{letter().title}】" in said(content)


def test_a_line_the_letter_does_not_have_is_not_printed_and_a_cell_keeps_its_paragraph(tmp_path):
    own = template(tmp_path, "{{标题}}", "{{称谓}}", "{{正文}}", "{{署名}}", "{{日期}}")
    document = Document(str(own))
    document.add_table(1, 1).cell(0, 0).paragraphs[0].text = "{{文号}}"
    document.save(str(own))
    made = letter(document_number=None)
    content = docx_bytes(made, template=own)
    opened = Document(io.BytesIO(content))
    assert opened.tables[0].cell(0, 0).paragraphs[0].text == ""
    opened = Document(io.BytesIO(docx_bytes(letter(), template=own)))
    assert opened.tables[0].cell(0, 0).text == "云民函〔2026〕12号"


def test_a_heading_without_an_example_looks_like_plain_text(tmp_path):
    own = template(tmp_path, "{{标题}}", "{{称谓}}", "{{正文}}", "{{一级标题}}——{{正文}}", "{{署名}}", "{{日期}}")
    lines = said(docx_bytes(letter("一、加强自治。一是规范。\n（一）推进协商\n正文。"), template=own))
    assert "一、加强自治。——一是规范。" in lines
    assert "（一）推进协商" in lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{文号码}}", ("第10段", "不认识的变量 {{文号码}}", "是不是“文号”")),
        ("{{ subject }}", ("不认识的变量 {{subject}}", "可以写：机关、类别、文号")),
        ("{{标题", ("花括号不成对", "{{标题}}")),
        ("标题}}", ("花括号不成对",)),
        ("{{抄送}}", ("{{抄送}} 写了2处",)),
        ("{{}}", ("不认识的变量 {{}}",)),
        ("{% for x in y %}{{标题.upper()}}", ("不认识的变量 {{标题.upper()}}", "是不是“标题”")),
    ],
)
def test_a_mistake_is_told_with_file_paragraph_and_variable(tmp_path, text, expected):
    with pytest.raises(PolicyError) as caught:
        load(template(tmp_path, *EVERY, text))
    told = str(caught.value)
    assert "本局.docx" in told
    for words in expected:
        assert words in told


def test_what_would_be_left_unsaid_is_refused(tmp_path):
    with pytest.raises(PolicyError) as caught:
        load(template(tmp_path, "{{标题}}", "{{正文}}"))
    assert [fault.what for fault in caught.value.faults] == [
        f"模板里没有 {{{{{name}}}}}" for name in ("称谓", "署名", "日期")
    ]


def test_what_is_no_word_document_is_refused(tmp_path):
    for name, content in (("a.docx", b"not a zip"), ("b.docx", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=r"不是 \.docx 文件"):
            load(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "c.docx", "w") as package:
        package.writestr("word/document.xml", "<broken")
    with pytest.raises(InputError, match=r"不是 \.docx 文件"):
        load(tmp_path / "c.docx")
    with pytest.raises(InputError, match="模板读不了"):
        load(tmp_path / "missing.docx")


def test_a_changed_template_is_read_again(tmp_path):
    own = template(tmp_path, *EVERY)
    assert "甲" not in "".join(said(docx_bytes(letter(), template=own)))
    template(tmp_path, *EVERY, "{{机关}}甲")
    assert said(docx_bytes(letter(), template=own))[-1] == "云州市民政局甲"


def test_text_is_never_markup():
    text = "<w:p>&amp;</w:p> ]]> {{标题}} {% raw %}"
    assert text in said(docx_bytes(letter(text)))
