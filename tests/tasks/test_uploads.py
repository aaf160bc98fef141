import io
import zipfile

import pytest
from docx import Document

from models.errors import InputError
from tasks.uploads import safe_name, take_upload


def _docx(*paragraphs: str, **inside: bytes) -> bytes:
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out, "a") as archive:
        for name, content in inside.items():
            archive.writestr(name.replace("__", "/"), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_a_word_file_is_read_and_kept_by_its_hash(tmp_path):
    content = _docx("您提出的提案收悉。", "一、已增加人员。")
    read = take_upload(tmp_path, "答复.docx", content)
    assert read.text == "您提出的提案收悉。\n一、已增加人员。"
    assert (tmp_path / read.sha256[:2] / read.sha256).read_bytes() == content
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [read.sha256]


def test_a_text_file_in_an_old_encoding_is_read(tmp_path):
    assert (
        take_upload(tmp_path, "答复.txt", "同意所提意见，列入明年预算。".encode("gb18030")).text
        == "同意所提意见，列入明年预算。"
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.txt", b"", "文件是空的"),
        ("扫描.docx", b"%PDF-1.7 x", "PDF"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "旧格式"),
        ("坏.docx", b"PK\x03\x04broken", "已损坏"),
        ("宏.docx", _docx("正文", word__vbaProject_bin=b"x").replace(b"vbaProject_bin", b"vbaProject.bin"), "宏"),
        ("图.txt", b"\x89PNG\r\n\x1a\n", "图片"),
    ],
)
def test_what_is_no_text_is_refused_and_not_kept(tmp_path, name, content, said):
    with pytest.raises(InputError, match=said):
        take_upload(tmp_path, name, content)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_swells_is_refused(tmp_path):
    bomb = _docx("正文", word__media__x=b"\x00" * 210 * 1024 * 1024)
    with pytest.raises(InputError, match="解开后过大"):
        take_upload(tmp_path, "炸.docx", bomb)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\答复.docx", "答复.docx"),
        ("..", "文件"),
        ("", "文件"),
        ("a\x00b\n.docx", "ab.docx"),
        ("长" * 500 + ".docx", "长" * 55 + ".docx"),
        ("答复\u202excod.exe", "答复xcod.exe"),
    ],
)
def test_a_name_cannot_lead_anywhere(name, safe):
    assert safe_name(name) == safe
