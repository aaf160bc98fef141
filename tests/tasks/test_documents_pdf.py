"""A letter uploaded as .pdf: its paragraphs, and what is refused before anything is kept."""

import ctypes
import io
from functools import cache

import pypdfium2
import pytest
from pypdfium2 import raw

from models.errors import InputError
from models.values.case import Proposer
from models.vocabulary import ProposalKind, ProposerKind
from notifications.letters import compose
from tasks.letters_pdf import pdf_bytes
from tasks.uploads import kept_file, take_evidence, take_upload

LONG = "每个街道建成综合养老服务中心，配备专职人员。" * 12
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@cache
def letter() -> bytes:
    made = compose(
        titles={ProposalKind.PROPOSAL: "关于{session}第{number}号{kind}答复的函"}, kind=ProposalKind.PROPOSAL,
        session="云州市政协六届二次会议", number="2026128", subject="关于养老服务的提案", agency="云州市民政局",
        proposers=[Proposer(1, "甄某", ProposerKind.MEMBER, is_lead=True)], letter_on=None,
        text=f"一、关于设施。{LONG}\n二、关于人员。正在招聘。\n感谢您的关心。",
    )  # fmt: skip
    return pdf_bytes(made)


def saved(document: pypdfium2.PdfDocument) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def blank(pages: int = 1) -> pypdfium2.PdfDocument:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    return document


def locked() -> bytes:
    """A standard trailer with an encryption dictionary that no empty password opens."""
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    )
    trailer = b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<41><41>]/Size 4>>\nstartxref\n0\n%%EOF"
    return body + trailer


def with_script() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/Names<</JavaScript<</Names[(a)4 0 R]>>>>>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
        b"4 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj\ntrailer<</Root 1 0 R/Size 5>>\nstartxref\n0\n%%EOF"
    )


def with_attachment() -> bytes:
    document = blank()
    name = (ctypes.c_ushort * 6)(*(ord(sign) for sign in "a.exe"), 0)
    held = raw.FPDFDoc_AddAttachment(document, name)
    assert held
    assert raw.FPDFAttachment_SetFile(held, document, b"MZ", 2)
    return saved(document)


def test_lines_that_only_ran_out_of_paper_are_joined(tmp_path):
    read = take_upload(tmp_path, "答复函.pdf", letter())
    lines = read.text.split("\n")
    assert f"一、关于设施。{LONG}" in lines
    assert "二、关于人员。正在招聘。" in lines
    assert read.media == "pdf"
    assert kept_file(tmp_path, read.sha256) == letter()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: saved(blank()), "像是扫描件，里面没有可读的文字"),
        (lambda: saved(blank(101)), "共101页"),
        (lambda: b"%PDF-1.7 nonsense", "PDF 文件已损坏"),
        (lambda: letter()[: len(letter()) // 3], "PDF 文件已损坏"),
        (with_script, "文件里有脚本"),
        (with_attachment, "夹带了其他文件"),
    ],
    ids=["scan", "too long", "nonsense", "cut off", "script", "attachment"],
)
def test_what_is_no_letter_is_refused_in_a_sentence_and_not_kept(tmp_path, content, said):
    with pytest.raises(InputError, match=said):
        take_upload(tmp_path, "../答复.pdf", content())
    assert list(tmp_path.rglob("*")) == []


def test_a_locked_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="文件加了密码"):
        take_upload(tmp_path, "答复.pdf", locked())


def test_evidence_is_kept_as_it_is_under_its_hash(tmp_path):
    photo = take_evidence(tmp_path, "..\\现场照片.jpg", PNG)
    assert photo.name == "现场照片.png"
    assert kept_file(tmp_path, photo.sha256) == PNG
    scan = saved(blank())
    assert take_evidence(tmp_path, "验收单.pdf", scan).name == "验收单.pdf"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("照片.png", b"<svg onload=alert(1)>", "不是可以接收的文件"),
        ("照片.exe", b"MZ\x90", "不是可以接收的文件"),
        ("照片.png", PNG + b"\x00" * (5 * 1024 * 1024), "文件超过 5 MB"),
        ("表.zip", b"PK\x03\x04 nothing", "文件已损坏"),
    ],
)
def test_evidence_of_another_kind_is_refused(tmp_path, name, content, said):
    with pytest.raises(InputError, match=said):
        take_evidence(tmp_path, name, content)
    assert list(tmp_path.rglob("*")) == []
