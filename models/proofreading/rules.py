"""The rules of the check-up (复文体检), in the order they are told, and the one function that asks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from models.proofreading import contents, identity, marks, privacy, signs
from models.proofreading.letter import Known, Letter, Remark, Rule, Severity

_S, _N = Severity.SERIOUS, Severity.NOTICE

# fmt: off
RULES: Final[tuple[Rule, ...]] = (
    Rule("number-differs", "编号不符", _S, "答复要对得上案卷的编号", identity.number_differs),
    Rule("number-missing", "缺编号", _N, "没有编号无法核对是哪一件", identity.number_missing, whole=True),
    Rule("session-differs", "届次不符", _S, "届次写错即答复了另一件", identity.session_differs),
    Rule("title-differs", "案由不符", _S, "案由要与提案一致", identity.title_differs),
    Rule("addressee-missing", "漏称呼", _S, "联名的每一位都要答复", identity.addressee_missing, whole=True),
    Rule("addressee-wrong", "姓名不符", _S, "称呼的应是本件的提案人", identity.addressee_wrong, whole=True),
    Rule("salutation-missing", "无称呼", _N, "答复函要写明主送何人", identity.salutation_missing, whole=True),
    Rule("salutation-count", "人数不符", _N, "“等几位”应与所列姓名一致", identity.salutation_count, whole=True),
    Rule("you-and-number", "您与你们", _N, "一位称“您”，几位称“你们”", identity.you_and_number),
    Rule("class-missing", "缺类别", _N, "办理结果要分类，标在首页右上角", marks.class_missing, whole=True),
    Rule("class-unknown", "类别有误", _S, "类别以本地规定为准", marks.class_unknown, whole=True),
    Rule("class-wording", "类别与正文不一致", _N, "类别的含义各地不同，应与正文一致", marks.class_wording, whole=True),
    Rule("document-missing", "缺文号", _N, "正式答复要编文号", marks.document_missing, whole=True),
    Rule("document-damaged", "文号残缺", _S, "文号残缺无法引用", marks.document_damaged),
    Rule("document-plausible", "文号可疑", _N, "代字、年份应与机关和日期一致", marks.document_plausible),
    Rule("date-missing", "缺日期", _N, "答复函要有成文日期", marks.date_missing, whole=True),
    Rule("date-damaged", "日期残缺", _S, "成文日期残缺", marks.date_damaged, whole=True),
    Rule("date-plausible", "日期可疑", _S, "成文在交办之后、公开之前，不能是未来", marks.date_plausible, whole=True),
    Rule("published-late", "公开迟延", _N, "政府信息公开条例第二十六条：形成之日起20个工作日内", marks.published_late, whole=True),
    Rule("day-impossible", "没有这一天", _S, "正文里的日期要真实存在", marks.day_impossible),
    Rule("contact-missing", "缺联系方式", _N, "要写明联系人和电话", marks.contact_missing, whole=True),
    Rule("ask-uncovered", "建议未回应", _N, "答复应逐条回应所提建议", contents.ask_uncovered),
    Rule("opinion-unused", "会办意见未用", _N, "主办单位应吸收会办意见", contents.opinion_unused),
    Rule("promise-unrecorded", "承诺未登记", _N, "承诺要有期限、有人负责，才能跟踪", contents.promise_unrecorded),
    Rule("promise-undated", "承诺无期限", _N, "没有期限的承诺无法跟踪", contents.promise_undated),
    Rule("paragraph-copied", "套用他件", _N, "整段照搬别件的答复，多半没有针对性", contents.paragraph_copied),
    Rule("brackets-damaged", "文号日期缺损", _S, "括号、“年”“号”等字丢失", signs.brackets_damaged),
    Rule("brackets-wrong", "括号用错", _N, "GB/T 9704-2012：年份用六角括号", signs.brackets_wrong),
    Rule("brackets-unpaired", "括号不成对", _N, "括号、引号应成对", signs.brackets_unpaired),
    Rule("year-lost", "年份缺字", _N, "年份后丢了“年”字", signs.year_lost),
    Rule("width-mixed", "全半角混用", _N, "同一篇里标点、数字宽度应一致", signs.width_mixed),
    Rule("blank-left", "有空未填", _S, "模板的空没有填写", signs.blank_left),
    Rule("personal-data", "个人信息", _S, "个人信息保护法第二十八条：证件号、账号、住址不得外泄", privacy.personal_data),
    Rule("mobile-number", "手机号码", _N, "公开的答复只留办公电话", privacy.mobile_number),
)
# fmt: on
RULE_OF: Final = {rule.rule_id: rule for rule in RULES}


def proofread(letter: Letter, known: Known, *, whole: bool = True, only: Severity | None = None) -> tuple[Remark, ...]:
    """Everything the rules find, the serious first, then by place. `whole` is false for the text of a draft alone;
    `only` asks the rules of one weight.

    Pure: the same letter and facts give the same remarks; a rule that lacks its facts is silent.
    """
    asked = (rule for rule in RULES if (whole or not rule.whole) and only in {None, rule.severity})
    found = [remark for rule in asked for remark in _asked(rule, letter, known)]
    return tuple(sorted(found, key=lambda one: (one.severity is not Severity.SERIOUS, one.line, one.column)))


def _asked(rule: Rule, letter: Letter, known: Known) -> Iterator[Remark]:
    for hit in rule.check(letter, known):
        yield Remark(
            rule.rule_id, rule.title, rule.severity, hit.line, hit.column, len(hit.quote), hit.quote, hit.reason,
            hit.remedy,
        )  # fmt: skip


def serious(remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
    """Those that must be mended or waived before anyone signs."""
    return tuple(one for one in remarks if one.severity is Severity.SERIOUS)
