from __future__ import annotations

import zipfile
from io import BytesIO

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import InputError
from models.published import read_published
from tasks.documents import read_document

TEXT = "关于市政协六届二次会议第12号提案的答复\n\n张三委员：\n您提出的提案收悉。"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16"), ("gbk", "gb18030")],
)
def test_text_in_every_usual_encoding(tmp_path, encoding, named):
    path = tmp_path / "letter.txt"
    path.write_bytes(TEXT.encode(encoding))
    document = read_document(path)
    assert (document.media, document.encoding) == ("txt", named)
    assert document.numbered[2] == (3, "张三委员：")


def test_four_byte_characters_survive(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("𠮷野委员：😀", encoding="utf-8")
    assert read_document(path).lines[0].text == "𠮷野委员：😀"


def test_control_characters_are_dropped_and_counted(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_bytes("张\x07三\u200b委员\x0b：\r\n第二行\r第三行".encode())
    document = read_document(path)
    assert [line.text for line in document.lines] == ["张三委员：", "第二行", "第三行"]
    assert document.dropped == 3


def test_markdown_loses_its_marks(tmp_path):
    path = tmp_path / "letter.md"
    path.write_text("# 标题\n**张三委员：**\n> 引文", encoding="utf-8")
    document = read_document(path)
    assert [line.text for line in document.lines] == ["标题", "张三委员：", "引文"]
    assert document.media == "md"


PAGE = """<?xml version="1.0" encoding="gb2312"?><!DOCTYPE html><html><head><meta charset="gb2312"><title> 答复
 某区 </title><meta name="PubDate" content="2024-05-08"><meta name="PubDate" content="2000-01-01"><meta name="empty" content="">
<style>p{}</style></head><body><!-- 注 --><script>var a=1</script><div>首页 <b>正文</b></div><p>第一段<br>第二段&nbsp;完</p>
<div style="display:none">看不见</div><table><tr><td>联系人</td><td>赵六</td></tr></table><p>结 <i>尾</i> 。</p></body></html>"""


@pytest.mark.parametrize("name", ["page.html", "page.htm", "page.txt"])
def test_a_web_page_is_known_by_its_content(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(PAGE.encode("gb18030"))
    document = read_document(path)
    assert document.media == "html"
    assert document.title_hint == "答复 某区"
    assert document.meta == {"PubDate": "2024-05-08"}
    assert [line.text for line in document.lines] == [
        "首页 正文",
        "第一段",
        "第二段\u00a0完",
        "联系人\t赵六",
        "结 尾 。",
    ]


def test_big5_is_read_where_the_page_declares_it(tmp_path):
    path = tmp_path / "page.html"
    path.write_bytes("<html><meta charset=big5><p>測試段落</p>".encode("big5"))
    assert read_document(path).lines[0].text == "測試段落"


def test_an_html_name_does_not_make_text_a_page(tmp_path):
    path = tmp_path / "letter.html"
    path.write_text(TEXT, encoding="utf-8")
    assert read_document(path).media == "txt"


def word(*, title: str = "") -> docx.document.Document:
    document = docx.Document()
    document.core_properties.title = title
    mark = document.add_paragraph("A类")
    mark.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph("某民函〔2024〕12号")
    document.add_paragraph("关于市政协六届二次会议第12号提案的答复")
    document.add_paragraph("张三委员：")
    document.add_paragraph("您提出的《关于增设路灯的提案》收悉。现答复如下：\n已增设。")
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "联系人", "赵六"
    table.cell(1, 0).merge(table.cell(1, 1)).text = "联系电话：0599-1234567"
    document.add_paragraph("东江市城管局")
    document.add_paragraph("2024年5月8日")
    return document


def test_a_word_letter_keeps_paragraphs_and_tables_in_order(tmp_path):
    path = tmp_path / "letter.docx"
    word(title="答复").save(path)
    document = read_document(path)
    assert (document.media, document.title_hint) == ("docx", "答复")
    assert [line.text for line in document.lines][5:9] == [
        "已增设。",
        "联系人\t赵六",
        "联系电话：0599-1234567",
        "东江市城管局",
    ]
    published = read_published(document.numbered, document.meta)
    assert published.result_class.value == "A"
    assert published.document_number.value == "某民函〔2024〕12号"
    assert published.contacts.value.person.value == "赵六"
    assert published.agency.value == "东江市城管局"


def test_a_heading_style_names_the_word_file(tmp_path):
    path = tmp_path / "letter.docx"
    document = docx.Document()
    document.add_heading("建议标题", level=1)
    document.save(path)
    assert read_document(path).title_hint == "建议标题"


def zipped(**files: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "空的"),
        ("a.txt", b"\xef\xbb\xbf \r\n", "空的"),
        ("a.txt", "\u3000\n".encode(), "没有文字"),
        ("a.html", b"<html><body></body></html>", "没有文字"),
        ("a.html", b"<html><script>1</script>", "没有文字"),
        ("a.docx", b"not a zip", "不是完整的 Word 文件"),
        ("a.docx", b"PK\x03\x04 broken", "已损坏"),
        ("a.docx", zipped(word__document_xml=b"<oops"), "读不出内容"),
        ("a.docx", zipped(xl__workbook_xml=b"<x/>"), "电子表格"),
        ("a.docx", zipped(readme=b"x"), "不是 Word 文件"),
        ("a.docx", zipped(word__document_xml=b" " * (41 * 1024 * 1024)), "过大"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".docx"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "加了密码"),
        ("a.pdf", b"%PDF-1.7", "PDF"),
        ("a.txt", b"\x89PNG\r\n", "图片"),
        ("a.txt", b"abc\x00\x01\x02def", "不是文本文件"),
        ("a.txt", "中文".encode("utf-16-le") + b"\x00\xd8", "不是文本文件"),
        ("a.txt", "これはテストです、読めません".encode("shift_jis") * 3, "编码"),
        ("a.txt", b"\xff\xfe\x00\xd8", "编码|不是文本"),
        ("a.txt", "好".encode() * 2_000_000, "5 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as refused:
        read_document(path)
    assert name in str(refused.value)


def test_a_word_file_with_too_much_text_is_refused(tmp_path):
    path = tmp_path / "long.docx"
    document = docx.Document()
    document.add_paragraph("好" * 2_000_000)
    document.save(path)
    with pytest.raises(InputError, match="5 MB"):
        read_document(path)


def test_a_file_that_is_too_large_or_missing_or_a_folder(tmp_path):
    large = tmp_path / "large.docx"
    with large.open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    for path, says in ((large, "5 MB"), (tmp_path / "none.txt", "没有找到"), (tmp_path, "文件夹")):
        with pytest.raises(InputError, match=says):
            read_document(path)


def test_a_name_no_system_takes_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match="读不出来"):
        read_document(tmp_path / ("长" * 300))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=80).map(lambda text: f"<html><p>{text}<table><td>{text}".encode("utf-8", "ignore")),
    )
)
def test_any_bytes_are_read_or_refused(tmp_path, content):
    path = tmp_path / "any.txt"
    path.write_bytes(content)
    try:
        document = read_document(path)
    except InputError:
        return
    assert any(line.text.strip() for line in document.lines)
