"""To whom a reply is written (主送): the names of its salutation, with the title each is given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.published_dates import chinese_number
from models.published_text import HAN, Found, Row, is_organisation
from models.vocabulary import ProposerKind

_HONORIFIC = re.compile(
    r"(?P<h>(?:政协|人大)?(?P<t>委员|代表)|同志|先生|女士)们?(?:及其他.{0,8}|等)?(?:,?\s*[您你]们?好!?)?$"
)
_RESPECT = re.compile(r"^(?:尊敬的|敬爱的|致)+")
_COUNT = re.compile(
    r"等\s*(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:位|名|人|件)?(?=(?:政协|人大)?(?:委员|代表|同志)|$)|等(?=(?:委员|代表|同志)?$)"
)
_LABELS = re.compile(
    r"(?:.*(?:来源|作者|时间|日期|单位|机构|索引|文号|名称|附件|抄送|分类|如下|答复|电话|编辑|主题|标题|位置|下载|类别|字号|分享|编号|方式|地址))\s*:$",
)
_PROPOSER_LABEL = re.compile(
    r"\s*(?:领衔|提案|建议|提出|第一|联名|附议|界别|届次|人大|政协|主题|分类|所属)+(?:委员|代表)\s*$"
)
_SPOKEN = re.compile(r"收悉|[您你贵]|答复|回复|提出")
_EVERYBODY = re.compile(r"^(?:各位|全体|诸位)")
_ORGANISED = (
    (re.compile(r".*代表团$"), ProposerKind.DELEGATION),
    (
        re.compile(r".*(?:民革|民盟|民建|民进|农工|致公|九三|台盟)|中国(?:国民党革命|民主|农工|致公)"),
        ProposerKind.PARTY,
    ),
    (
        re.compile(
            r".*(?:工商联|工商业联合会|总工会|妇联|妇女联合会|团.{0,6}委|共青团|科协|侨联|台联|青联|文联|残联|红十字会)"
        ),
        ProposerKind.ORGANISATION,
    ),
    (re.compile(r".*(?:界|界别|界别组)$"), ProposerKind.SECTOR),
    (
        re.compile(
            r".*(?:专委会|专门委员会|(?:教科|文史|提案|社法|社会和?法制|经济|农业|人口资源|民族和?宗教|港澳台侨).{0,12}委(?:员会)?)$"
        ),
        ProposerKind.COMMITTEE,
    ),
    (re.compile(rf"政协[{HAN}]+委员会$|.*政协$"), ProposerKind.CPPCC),
)
_ORGANISATION_NAME = re.compile(
    rf"(?:中共|中国|民革|民盟|民建|民进|农工党?|致公党?|九三|台盟)[{HAN}()]*"
    rf"|[区市省县州团][{HAN}()]*(?:委|会|联|党|社|团|盟|局|界|组|府|协)"
    rf"|[{HAN}()]*(?:工商联|妇联|侨联|台联|青联|文联|残联|科协|总工会)"
    rf"|[{HAN}()0-9]{{2,}}(?:界别?|代表团|支部|小组|联络组)",
)


@dataclass(frozen=True, slots=True)
class Addressee:
    """One name of a salutation, with the title as written (委员, 代表; none for an organisation)."""

    name: str
    honorific: str
    kind: ProposerKind | None
    lead: bool = False


def is_personal(words: str) -> bool:
    """Whether folded words that end in a colon greet people: 某某委员:, 某某等3位代表:."""
    head, colon, rest = words.partition(":")
    if not colon or len(head) > 150 or "。" in head or _PROPOSER_LABEL.match(head):
        return False
    if rest.strip() and not _SPOKEN.search(rest[:200]):
        return False
    return _HONORIFIC.search(re.sub(r"\([^()]*\)", "", head).strip()) is not None


def is_institutional(words: str) -> bool:
    """Whether folded words that end in a colon greet organisations: 民盟某市委:."""
    head, colon, rest = words.partition(":")
    if not colon or rest.strip() or len(head) > 80 or _LABELS.match(head + colon):
        return False
    names = _split(head)
    return bool(names) and all(_is_group(name) or _HONORIFIC.search(name) for name in names)


def _is_group(name: str) -> bool:
    return is_organisation(name) or _ORGANISATION_NAME.fullmatch(name) is not None


def _split(words: str) -> list[str]:
    words = _RESPECT.sub("", words.strip())
    names: list[str] = []
    for part in re.split(r"[、,;]|(?<=委员|代表)和|(?<=委员|代表)\s+", words):
        # 张 三 李四: a sign that stands alone belongs to what follows it
        names += re.sub(r"(?<!\S)(\S)\s+(\S+)", r"\1\2", part).split()
    return [name for name in names if name]


def read_addressees(rows: tuple[Row, ...], end: int) -> Found[tuple[Addressee, ...]] | None:
    """The addressees of a salutation that runs over `rows` and closes before offset `end` of the last.

    Names that are announced (等5位委员) but not written stay unnamed, and the finding says so.
    """
    if not rows:
        return None
    parts = [*(row.text for row in rows[:-1]), rows[-1].text[:end]]
    raws = [*(row.raw for row in rows[:-1]), rows[-1].raw[:end]]
    start = len(parts[0]) - len(parts[0].lstrip())
    words = "、".join(part.strip().strip(":、,") for part in parts)
    count = _COUNT.search(words)
    bare = _COUNT.sub("", words)
    people = _people(bare)
    damaged = _incomplete(count, people)
    found = rows[0].found(people or None, start, len(parts[0]), damaged=damaged or ("" if people else "称呼中没有姓名"))
    text = "\n".join(raws)[start:].rstrip()
    return Found(found.value, found.place, text, found.damaged)


def _people(words: str) -> tuple[Addressee, ...]:
    shared = ""
    people: list[Addressee] = []
    for name in reversed(_split(words)):
        lead = re.search(r"\([^()]*(?:领衔|第一)[^()]*\)", name) is not None
        plain = re.sub(r"\([^()]*\)", "", _RESPECT.sub("", name))
        title = _HONORIFIC.search(plain)
        own = title["h"] if title else ""
        called = plain[: title.start()] if title else plain
        shared = own or shared
        if not called or _EVERYBODY.match(called):
            continue
        if not own and (
            _ORGANISATION_NAME.fullmatch(called) or (len(called) > 4 and is_organisation(called)) or not shared
        ):
            people.append(Addressee(plain, "", _organised(plain), lead))
            continue
        kind = {"委员": ProposerKind.MEMBER, "代表": ProposerKind.DEPUTY}.get(shared[-2:])
        people.append(Addressee(called, shared, kind, lead))
    return tuple(reversed(people))


def _organised(name: str) -> ProposerKind | None:
    return next((kind for pattern, kind in _ORGANISED if pattern.match(name)), None)


def _incomplete(count: re.Match[str] | None, people: tuple[Addressee, ...]) -> str:
    if count is None:
        return ""
    if count["n"] is None:
        return f"称呼写“等”，只列出 {len(people)} 个姓名"
    announced = chinese_number(count["n"].replace("两", "二"))
    if announced == len(people):
        return ""
    return f"称呼写“{count.group()}”，列出 {len(people)} 个姓名"
