"""Mails as bytes: what Python's `email` reads in them is what was put in."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address

from hypothesis import example, given
from hypothesis import strategies as st

from notifications.messages import Message
from notifications.rfc5322 import mail_bytes
from notifications.sending import Attachment

NOW = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
SENDER = Address(display_name="办理系统", addr_spec="banli@example.gov.cn")
READER = Address(addr_spec="zhou@example.org")
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=120).map(str.strip)
"""One line, as subjects and names are."""


def read(message, *, to=(READER,), files=()):
    raw = mail_bytes(message, sender=SENDER, to=to, attachments=files, at=NOW)
    return raw, message_from_bytes(raw, policy=policy.default)


def body(mail, kind):
    return mail.get_body((kind,)).get_content().replace("\r\n", "\n")


@given(WORDS.filter(bool), st.lists(WORDS), WORDS.filter(bool))
@example("=?utf-8?b?5Yqe?= Bcc: x@example.org", ["--=_banli_words", "--", ".", "\t\u0301"], "a, <b@example.org>")
@example("【办理】" + "𠮷" * 100, ["字" * 1000], "甄某（代）")
def test_what_is_written_is_what_is_read(subject, lines, name):
    text = "".join(f"{line}\n" for line in lines)
    message = Message(subject, text, f"<p>{text}</p>\n", "", id="0a1b")
    raw, mail = read(message, to=(Address(display_name=name, addr_spec="zhou@example.org"), READER))
    assert " ".join(mail["Subject"].split()) == " ".join(subject.split())
    assert [one.addr_spec for one in mail["To"].addresses] == ["zhou@example.org"] * 2
    assert "".join(mail["To"].addresses[0].display_name.split()) == "".join(name.split())  # gh-92081: blanks between
    assert (body(mail, "plain"), body(mail, "html")) == (text, message.html)
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 78


def test_heads_and_structure_are_those_of_a_notice():
    raw, mail = read(Message("通知", "字\n", "<p>字</p>\n", "", id="0a1b"))
    assert mail["From"].addresses[0] == SENDER
    assert mail["Date"].datetime == NOW
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<0a1b@example.gov.cn>", "auto-generated")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert not [part.defects for part in mail.walk() if part.defects]
    assert "Message-ID" not in read(Message("通知", "字\n", "", ""))[1]


@given(st.lists(st.tuples(WORDS.filter(bool), st.binary(max_size=300)), min_size=1, max_size=3))
@example([("答复函" * 40 + "'\"%;.docx", b"PK\x03\x04.\r\n.\r\n"), ("a b.txt", b"")])
def test_files_come_whole_with_their_names(given_files):
    files = [Attachment(name, content, "application/zip") for name, content in given_files]
    _, mail = read(Message("通知", "字\n", "<p>字</p>\n", ""), files=files)
    assert mail.get_content_type() == "multipart/mixed"
    found = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
    assert found == [(file.name, file.content) for file in files]
    assert body(mail, "plain") == "字\n"
    assert not [part.defects for part in mail.walk() if part.defects]


def test_an_address_that_is_not_ascii_stands_as_it_is():
    """Such a mail goes to servers that said SMTPUTF8 (RFC 6532)."""
    raw, _ = read(Message("通知", "字\n", "", ""), to=(Address(addr_spec="zhen@例子.中国"),))
    assert "To: zhen@例子.中国\r\n".encode() in raw
