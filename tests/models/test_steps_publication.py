"""Publication, promises, the end (公开、跟踪、办结、归档)."""

import pytest
from builders import CO, LEAD, OFFICE, REPLY, Walk, at, day, feedback, talk

from models import actions as a
from models.vocabulary import ClockKind, PromiseStatus, PublicationMode, Publicity, Stage

PUBLISH = a.Publish(case="0001", by=a.SYSTEM, path="cases/x.html", page_sha256="0" * 64)
TAKE_DOWN = a.TakeDown(case="0001", by=OFFICE, reason="数字有误")
CLOSE = a.Close(case="0001", by=OFFICE)


def decide(mode: str = "全文公开", **more: object) -> a.DecidePublication:
    return a.DecidePublication(case="0001", by=OFFICE, mode=mode, **more)


def report(promise: int = 1, status: str = "已兑现", by: a.Actor = LEAD) -> a.ReportPromise:
    return a.ReportPromise(case="0001", by=by, promise=promise, status=status, evidence="验收单")


def promised(*vows: dict[str, object]) -> Walk:
    """A case answered with promises."""
    walk = at(Stage.HANDLING).do(talk(), a.SignFor(case="0001", by=CO), on=day(3, 10))
    walk.do(a.GiveOpinion(case="0001", by=CO, text="同意"))
    walk.do(a.SubmitDraft(case="0001", by=LEAD, text=REPLY, promises=vows), a.Countersign(case="0001", by=CO))
    walk.do(*(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    return walk.do(a.SendReply(case="0001", by=LEAD), feedback())


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (decide("不予公开"), "不予公开没有写明依据。请在“依据”一栏写明理由和法律依据。"),
        (decide("摘要公开", summary="摘要"), "摘要公开没有写明依据。"),
        (decide("摘要公开", reason="涉及商业秘密"), "摘要公开没有摘要。请填写摘要。"),
    ],
)
def test_less_than_the_whole_needs_its_reason(action, said):
    assert at(Stage.APPROVING).refusal(action).startswith(said)


@pytest.mark.parametrize(
    ("action", "publicity"),
    [
        (decide(), Publicity.DECIDED),
        (decide("摘要公开", reason="涉及商业秘密", summary="摘要"), Publicity.DECIDED),
        (decide("不予公开", reason="涉及个人隐私"), Publicity.NOT_PUBLIC),
    ],
)
def test_a_decision_names_its_reviewer_and_what_follows(action, publicity):
    walk = at(Stage.APPROVING).do(action)
    assert (walk.case.publicity, walk.case.publications[0].reviewer) == (publicity, "督办科王敏")
    assert walk.case.publications[0].mode is PublicationMode(action.mode)


def test_a_decision_stands_until_the_page_is_taken_down():
    walk = at(Stage.REPLIED)
    assert walk.refusal(decide()) == "已确定全文公开。需要更改的，请先撤回公开。"
    walk.do(PUBLISH)
    assert walk.case.publicity is Publicity.PUBLISHED
    assert walk.refusal(PUBLISH).startswith("本件公开状态是“已公开”。只有“待公开”的件可以这样办。")
    assert ClockKind.PUBLICATION not in {clock.kind for clock in walk.case.clocks if clock.runs}
    walk.do(TAKE_DOWN, on=day(4, 1))
    page = walk.case.publications[0]
    assert (walk.case.publicity, page.taken_down_on, page.note) == (Publicity.TAKEN_DOWN, day(4, 1), "数字有误")
    assert walk.refusal(TAKE_DOWN).startswith("本件公开状态是“已撤回”。")
    assert walk.do(decide("不予公开", reason="涉密")).case.publicity is Publicity.NOT_PUBLIC
    assert walk.do(decide()).case.publicity is Publicity.DECIDED


def test_after_the_reply_a_refusal_to_publish_ends_the_term():
    walk = promised()
    assert ClockKind.PUBLICATION in {clock.kind for clock in walk.case.clocks if clock.runs}
    walk.do(decide("不予公开", reason="涉密"))
    assert ClockKind.PUBLICATION not in {clock.kind for clock in walk.case.clocks if clock.runs}


def test_promises_are_followed_until_all_are_reported():
    walk = promised({"text": "年内建成", "due_on": day(12, 31)}, {"text": "每季通报"})
    assert walk.case.stage is Stage.TRACKING
    assert walk.refusal(report(3)) == "没有第3项承诺。本件的承诺：第1项、第2项。"
    stranger = report(by=LEAD.model_copy(update={"agency": "教育局"}))
    assert walk.refusal(stranger) == "第1项承诺由民政局负责。请由负责单位报告。"
    walk.do(report(1, "未到期"))
    assert walk.case.stage is Stage.TRACKING
    walk.do(report(), on=day(6, 1))
    assert not [clock for clock in walk.case.clocks if clock.runs and clock.kind is ClockKind.PROMISE]
    assert walk.refusal(report()) == "第1项承诺已经兑现。不需要再次报告。"
    walk.do(report(2, "未兑现", by=OFFICE))
    assert (walk.case.stage, walk.case.promises[1].status) == (Stage.ANSWERED, PromiseStatus.BROKEN)
    assert walk.do(report(2)).case.promises[1].status is PromiseStatus.KEPT


def test_a_case_ends_when_nothing_is_owed():
    walk = promised()
    assert walk.refusal(CLOSE) == "公开还没有办完（待定公开）。请先作公开审查；不公开的写明依据。"
    walk.do(decide())
    assert "公开还没有办完（待公开）" in walk.refusal(CLOSE)
    walk.do(PUBLISH, CLOSE, a.Archive(case="0001", by=OFFICE))
    assert walk.case.stage is Stage.ARCHIVED


def test_a_case_with_a_promise_upheld_against_complaint_is_followed_too():
    walk = promised({"text": "年内建成"})
    assert walk.do(decide(), PUBLISH).refusal(CLOSE).startswith("本件现在是“跟踪办理”")


def test_a_promise_taken_up_again_keeps_the_case_open():
    walk = promised({"text": "年内建成"}).do(decide(), PUBLISH, report(1, "未兑现"))
    walk.do(report(1, "未到期"))
    assert walk.refusal(CLOSE) == "还有1项承诺未到期。请先报告承诺进展。"
