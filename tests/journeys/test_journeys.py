"""The stories of some proposals, from receipt to the end, as the people in them would tell them."""

from builders import day

from models import actions as a
from models import tables as t
from models.notice_vocabulary import NoticeStatus
from models.vocabulary import ClockKind, ProposalKind, Publicity, Stage


def test_a_joint_proposal_from_receipt_to_its_end(story):
    """张某某 and 李某某 propose a canteen; 民政局 leads, 财政局 helps; it is promised, answered, published and kept."""
    story.receives("0001", "张某某", "李某某")
    story.on(2, 2).office(a.Accept, "0001")
    story.on(2, 25).office(a.Assign, "0001", lead="民政局", co_handlers=["财政局"]).morning()
    story.on(2, 26).lead(a.SignFor, "0001").co_handler(a.SignFor, "0001")
    story.on(3, 10).talks("0001", "张某某").talks("0001", "李某某")
    story.on(3, 12).co_handler(a.GiveOpinion, "0001", text="所需经费拟列入预算。")
    promise = {"text": "年底前建成三处社区食堂", "due_on": day(12, 31)}
    text = "一、已选定三处场地。\n二、经费已列入预算。"
    story.on(4, 1).lead(a.SubmitDraft, "0001", text=text, result_class="B", promises=[promise])
    story.on(4, 2).co_handler(a.Countersign, "0001").all_sign("0001")
    story.office(a.DecidePublication, "0001").lead(a.SendReply, "0001").on(4, 3).morning()
    story.on(4, 8).says("张某某", "0001", "满意").says("李某某", "0001", "基本满意").morning()

    assert story.case("0001").stage is Stage.TRACKING
    story.on(12, 21).morning()
    story.on(12, 24).lead(a.ReportPromise, "0001", promise=1, status="已兑现", evidence="三处均已开业，附验收单。")
    story.office(a.Close, "0001").office(a.Archive, "0001")

    case = story.case("0001")
    assert (case.stage, case.publicity) == (Stage.ARCHIVED, Publicity.PUBLISHED)
    for addressee in case.addressees:
        told = story.told(f"提案人:{addressee.key}")
        assert [kind for kind in told if kind in {"收件告知", "立案告知", "答复函", "公开告知"}] == [
            "收件告知", "立案告知", "答复函", "公开告知",
        ]  # fmt: skip
    assert story.told("单位:财政局")[:1] == ["交办通知"]
    assert "承诺到期" in story.told("单位:民政局")
    for words in ("一、已选定三处场地。", "张某某", "李某某", "云岭市民政局", "年底前建成三处社区食堂"):
        assert words in story.page("0001")
    assert len(list((story.home / "letters").rglob("*.docx"))) == 2
    story.desk.assert_whole()


def test_a_suggestion_of_deputies_finds_its_agency_at_the_second_try(story):
    """民政局 says it is not for them; the office agrees; 教育局 answers, and both clocks are kept."""
    story.receives("0107", "赵某某", proposal_kind=ProposalKind.SUGGESTION)
    story.on(2, 2).office(a.Accept, "0107").on(2, 25).office(a.Assign, "0107", lead="民政局").morning()
    story.on(2, 27).lead(a.RequestReturn, "0107", reason="属于教育部门职责", suggested_agency="教育局").morning()
    story.on(3, 3).office(a.GrantReturn, "0107", agency="民政局", to="教育局").morning()

    case = story.case("0107")
    assert [clock.due_on for clock in case.clocks if clock.runs and clock.kind is ClockKind.REPLY] == [
        day(5, 25),
        day(6, 3),
    ]
    story.on(3, 4).lead(a.SignFor, "0107", agency="教育局")
    story.on(3, 16).talks("0107", "赵某某", agency="教育局")
    story.on(4, 1).lead(a.SubmitDraft, "0107", agency="教育局", text="已纳入计划。").all_sign("0107", agency="教育局")
    story.office(a.DecidePublication, "0107").lead(a.SendReply, "0107", agency="教育局").on(4, 2).morning()

    case = story.case("0107")
    assert not [clock for clock in case.clocks if clock.runs and clock.kind is ClockKind.REPLY]
    assert story.told("督办")[:1] == ["退办申请"]
    assert "同意退办" in story.told("单位:民政局")
    assert story.told("单位:教育局")[0] == "交办通知"
    assert "云岭市教育局" in story.page("0107")
    assert "赵某某代表" in story.page("0107")


def test_two_proposals_are_handled_together_and_answered_apart(story):
    """孙某某 asks for what 张某某 asked for; each gets a letter and a page under the own number."""
    story.receives("0001", "张某某").receives("0002", "孙某某")
    story.on(2, 2).office(a.Merge, "0002", into="0001").office(a.Accept, "0001")
    story.on(2, 25).office(a.Assign, "0001", lead="民政局").lead(a.SignFor, "0001")
    story.on(3, 10).talks("0001", "张某某").talks("0001", "孙某某")
    story.on(4, 1).lead(a.SubmitDraft, "0001", text="两件提案合并办理，现答复如下。").all_sign("0001")
    story.office(a.DecidePublication, "0001").lead(a.SendReply, "0001").on(4, 2).morning()

    assert "0002" in story.page("0002")
    assert "孙某某" in story.page("0002")
    assert "孙某某" not in story.page("0001")
    merged = story.case("0002")
    assert (merged.stage, merged.replied_on) == (Stage.MERGED, day(4, 1))
    assert {"并案告知", "答复函"} <= set(story.told(f"提案人:{merged.id}.1"))
    story.on(4, 8).says("张某某", "0001", "满意").says("孙某某", "0001", "满意")
    assert story.case("0001").stage is Stage.ANSWERED
    assert {one.addressee for one in story.case("0001").feedback} == {"1.1", "2.1"}


def test_who_is_dissatisfied_is_answered_again(story):
    """张某某 finds no measures in the reply; it is done again within a month, and the new page replaces the old."""
    story.receives("0001", "张某某").on(2, 2).office(a.Accept, "0001")
    story.on(2, 25).office(a.Assign, "0001", lead="民政局").lead(a.SignFor, "0001").on(3, 10).talks("0001", "张某某")
    story.on(4, 1).lead(a.SubmitDraft, "0001", text="已阅，将积极研究。").all_sign("0001")
    story.office(a.DecidePublication, "0001").lead(a.SendReply, "0001").on(4, 2).morning()
    assert "将积极研究" in story.page("0001")
    story.on(4, 8).says("张某某", "0001", "不满意", "没有具体措施").office(
        a.OrderRedo, "0001", reason="请提出具体措施"
    ).morning()
    (redo,) = [clock for clock in story.case("0001").clocks if clock.kind is ClockKind.REDO]
    assert redo.due_on == day(5, 8)
    story.on(4, 20).talks("0001", "张某某").lead(a.SubmitDraft, "0001", text="年内建成三处。").all_sign("0001")
    story.lead(a.SendReply, "0001").on(4, 21).morning().on(4, 24).says("张某某", "0001", "满意").morning()

    case = story.case("0001")
    assert (case.stage, case.round, [one.result.value for one in case.feedback]) == (
        Stage.ANSWERED,
        1,
        ["不满意", "满意"],
    )
    assert "年内建成三处" in story.page("0001")
    assert "将积极研究" not in story.page("0001")
    assert story.told("提案人:1.1").count("答复函") == 2


def test_an_overdue_reply_is_chased_and_laid_before_the_office(story):
    """民政局 signs and then is silent; it hears of it every working day, and after five the office does."""
    story.receives("0001", "张某某").on(2, 2).office(a.Accept, "0001")
    story.on(2, 25).office(a.Assign, "0001", lead="民政局").lead(a.SignFor, "0001").on(3, 10).talks("0001", "张某某")
    story.on(5, 25).morning()
    assert "催办" in story.told("单位:民政局")
    for of_month in (26, 27, 28, 29):
        story.on(5, of_month).morning()
    assert story.told("单位:民政局").count("逾期催办") == 4
    assert "升级督办" not in story.told("督办")
    story.on(6, 1).morning().on(6, 1).morning()
    assert story.told("督办").count("升级督办") == 1
    assert story.case("0001").stage is Stage.HANDLING


def test_a_recommendation_of_the_conference_has_no_clock(story):
    """The conference itself adopts it; no term runs, nobody is chased, and it is answered all the same."""
    asks = ["加密农村公交", "补齐养老服务"]
    story.receives("0900", "云岭市政协", proposal_kind=ProposalKind.RECOMMENDATION, asks=asks)
    story.on(2, 2).office(a.Accept, "0900").on(2, 25).office(a.Assign, "0900", lead="民政局", co_handlers=["交通局"])
    assert story.case("0900").clocks == ()
    story.on(11, 2).morning()
    assert not [row for row in story.desk.rows(t.NoticeRow) if row.clock_no]
    story.lead(a.SignFor, "0900").co_handler(a.SignFor, "0900", agency="交通局")
    story.co_handler(a.GiveOpinion, "0900", agency="交通局", text="公交已加密。")
    story.lead(a.SubmitDraft, "0900", text="两条建议均已采纳。").co_handler(a.Countersign, "0900", agency="交通局")
    story.all_sign("0900").office(a.DecidePublication, "0900").lead(a.SendReply, "0900").on(11, 3).morning()
    assert story.case("0900").stage is Stage.REPLIED
    assert "两条建议均已采纳。" in story.page("0900")
    assert {row.status for row in story.desk.rows(t.NoticeRow)} <= {
        NoticeStatus.SENT,
        NoticeStatus.EXPIRED,
        NoticeStatus.WAITING,
    }
