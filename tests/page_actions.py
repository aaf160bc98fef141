"""Every action of a person with the case it needs and what is typed: for tests of the pages."""

from typing import Any

from models import actions as a
from models.vocabulary import Role
from tasks.world import look_again

LEAD, CO, OTHER = "民政局", "财政局", "教育局"
OFFICE = Role.COORDINATOR
NAME = {"by_name": "赵经办"}
_LEAD = a.Actor(role=Role.LEAD, name="王科长", agency=LEAD)
_UNHAPPY = [
    {"kind": a.GiveFeedback, "proposer": who, "attitude": "满意", "result": "不满意", "reasons": "没有落实",
     "by": a.Actor(role=Role.PROPOSER, name=who)}
    for who in ("张三", "李四")
]  # fmt: skip
_HAPPY = [{**one, "result": "满意", "reasons": None} for one in _UNHAPPY]
_KEPT = {"kind": a.ReportPromise, "promise": 1, "status": "已兑现", "evidence": "已配齐", "by": _LEAD}
_PUBLISHED = [
    {"kind": a.DecidePublication},
    {"kind": a.Publish, "path": "cases/0001.html", "page_sha256": "0" * 64, "by": a.SYSTEM},
]
_EXTENSION = {"kind": a.RequestExtension, "by": _LEAD, "reason": "涉及面广"}
_RETURN = {"kind": a.RequestReturn, "by": _LEAD, "reason": "不属本单位职责"}

ACTIONS: list[tuple[str, str, list[dict[str, Any]], Role, dict[str, str]]] = [
    ("补正", "received", [{"kind": a.ReturnToProposer, "reason": "补充数据"}], Role.PROPOSER, {"text": "补充后的正文"}),
    ("撤案", "received", [], Role.PROPOSER, {"reason": "另行提出"}),
    ("立案", "received", [], OFFICE, {"category": "社会建设"}),
    ("不予立案", "received", [], OFFICE, {"reason": "已有答复", "destination": "转为意见建议"}),
    ("退回补正", "received", [], OFFICE, {"reason": "缺少依据"}),
    ("并案", "received", [], OFFICE, {"into": "0002", "reason": "内容相同"}),
    ("撤销并案", "received", [{"kind": a.Merge, "into": "0002"}], OFFICE, {"reason": "并错了"}),
    ("交办", "filed", [], OFFICE, {"lead": LEAD, "mode": "主办", "co_handlers": f"{CO}、{OTHER}", "due_on": ""}),
    ("签收", "assigned", [], Role.LEAD, {}),
    ("申请退办", "signed", [], Role.CO_HANDLER, {"reason": "不属本单位职责", "suggested_agency": OTHER}),
    ("同意退办", "signed", [_RETURN], OFFICE, {"to": OTHER}),
    ("不同意退办", "signed", [_RETURN], OFFICE, {"reason": "属于该局职责"}),
    ("沟通", "handling", [], Role.LEAD, {"way": "电话", "on": "2026-02-26", "with_name": "张三", "said": "无异议"}),
    ("免于沟通", "handling", [], Role.PROPOSER, {"note": "不必见面"}),
    ("请予说明", "handling", [], Role.LEAD, {"question": "请说明所指路段"}),
    ("说明", "handling", [{"kind": a.AskClarification, "by": _LEAD, "question": "哪一段"}], Role.PROPOSER, {"text": "东段"}),
    ("撤回", "handling", [_RETURN], Role.LEAD, {"reason": "点错了"}),
    ("申请延期", "handling", [], Role.LEAD, {"reason": "涉及面广"}),
    ("同意延期", "handling", [_EXTENSION], OFFICE, {}),
    ("不同意延期", "handling", [_EXTENSION], OFFICE, {"reason": "期限充裕"}),
    ("阶段答复", "handling", [_EXTENSION], Role.LEAD, {"text": "已完成选址，资金尚待落实。"}),
    ("定期报告", "handling", [], Role.LEAD, {"text": "已完成选址。"}),
    ("会办意见", "handling", [], Role.CO_HANDLER, {"text": "同意列入预算。"}),
    ("退回会办意见", "drafting", [], Role.LEAD, {"reason": "内容空泛"}),
    ("起草", "drafting", [], Role.LEAD, {"text": "现答复如下。", "result_class": "A", "document_number": "某民函〔2026〕12号",
     "contact_unit": LEAD, "contact_person": "王科长", "contact_phone": "0571-0000", "promises": "建成一处|2026-12-31|"}),
    ("答复稿意见", "countersigning", [], Role.PROPOSER, {"stance": "建议修改", "text": "写明完成时间"}),
    ("会签", "countersigning", [], Role.CO_HANDLER, {"remark": "同意"}),
    ("审签", "approving", [], Role.LEAD, {"remark": "同意"}),
    ("改后审签", "approving", [], Role.LEAD, {"text": "您提出的提案收悉。已增加两名专职人员。", "remark": "已改"}),
    ("退回修改", "approving", [], Role.LEAD, {"remark": "补充数据"}),
    ("预审通过", "pre_review", [], OFFICE, {"result_class": "B", "remark": "类别更正"}),
    ("答复", "approved", [], Role.LEAD, {}),
    ("反馈", "replied", [], Role.PROPOSER, {"attitude": "满意", "result": "基本满意", "wish": "同意公开", "reasons": "继续落实"}),
    ("反馈期满", "replied", [], OFFICE, {}),
    ("重新办理", "replied", _UNHAPPY, OFFICE, {"reason": "请再研究"}),
    ("维持答复", "replied", _UNHAPPY, OFFICE, {"reason": "已尽力"}),
    ("公开审查", "replied", [], OFFICE, {"mode": "不予公开", "reason": "涉及个人隐私", "summary": ""}),
    ("更正答复", "replied", [], Role.LEAD, {"text": "您提出的提案收悉。已增加三名专职人员。", "note": "人数有误"}),
    ("撤回公开", "replied", _PUBLISHED, OFFICE, {"reason": "数据有误"}),
    ("承诺进展", "replied", [], Role.LEAD, {"promise": "1", "status": "已兑现", "evidence": "已配齐"}),
    ("办结", "replied", [*_HAPPY, _KEPT, *_PUBLISHED], OFFICE, {}),
    ("归档", "received", [{"kind": a.NotAccept, "reason": "已有答复"}], OFFICE, {}),
]  # fmt: skip
_RULE = '[[clocks]]\ntracks = ["政协"]\nstart = "交办之日"\nroll = true\nsource = "第九条"\nconfidence = "I"\n'
WITH_RULES = {
    "阶段答复": f'{_RULE}id = "y.interim"\nstep = "阶段答复"\nlength = 3\nunit = "个月"\n',
    "定期报告": f'{_RULE}id = "y.report"\nstep = "定期报告"\nmonth_day = "08-31"\n',
}
"""What the office's pack says in addition where an action needs it."""
WHO = {
    Role.LEAD: ("民政局", LEAD),
    Role.CO_HANDLER: ("财政局", CO),
    Role.PROPOSER: ("张三", None),
    OFFICE: ("督办", None),
}


def prepared(office: Any, place: str, before: list[dict[str, Any]]) -> None:
    """Two cases at that place of the road, and what happened to the first there."""
    office.to(place, "0001", "0002")
    for given in before:
        fields = {name: value for name, value in given.items() if name != "kind"}
        office.do((office.day.month, office.day.day), given["kind"].model_validate({"case": "0001", **fields}))


def ready_for(office: Any, row: Any) -> None:
    """An office in which the row's action can be done."""
    kind, place, before, _role, _fields = row
    office.alone = kind == "撤案"
    office.asks_for_views = kind == "答复稿意见"
    if kind in WITH_RULES:
        pack = office.home / "policies" / "yunling.toml"
        pack.write_text(pack.read_text("utf-8").replace("[approval]", f"{WITH_RULES[kind]}\n[approval]"), "utf-8")
        look_again()
    prepared(office, place, before)
    if kind == "反馈期满":
        office.day = office.day.replace(month=12)
