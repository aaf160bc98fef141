"""The audit finds each thing that must never be, in the case where it is, and nothing in a sound office."""

import shutil

import pytest
from builders import POLICIES, day, furnish, unlock_history
from desk import Desk
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from deployments.migrating import upgrade
from models.vocabulary import Stage
from tasks import clock
from tasks.auditing import RULES, Scene, audit
from tasks.database import make_engine, transaction

ON = day(4, 2)
UNGUARDED = {"sqlite": "PRAGMA defer_foreign_keys = ON", "postgresql": "SET LOCAL session_replication_role = replica"}
"""So that a row may be changed without those that hang on it."""
SAID = "INSERT INTO feedback VALUES (1, 1, '1.1', 0, '满意', '满意', '2026-04-01', '未表示', NULL, NULL)"


@pytest.fixture
def desk(published) -> Desk:
    return Desk(published)


def change(desk, *statements):
    unlock_history(desk.engine)
    with transaction(desk.engine) as connection:
        connection.exec_driver_sql(UNGUARDED[connection.dialect.name])
        for one in statements:
            connection.exec_driver_sql(one)


def audited(desk, home, on=ON):
    return audit(Scene(desk.engine, home / "site", clock.morning_of(on)))


def found(desk, home, on=ON):
    return {(one.rule, one.what) for one in audited(desk, home, on).findings}


def test_a_sound_office_has_nothing_to_find(desk, home):
    made = audited(desk, home)
    assert made.findings == ()
    assert (made.cases, made.entries > 10, len(made.rules)) == (1, True, len(RULES))


@pytest.mark.parametrize(
    ("rule", "said", "statement"),
    [
        ("用词", "写着“办完了”", "UPDATE cases SET stage = '办完了'"),
        ("记录校验", "内容被改动", "UPDATE history SET summary = '另一句话' WHERE seq = 3"),
        ("阶段有据", "最后一条记录却到“征询意见”", "UPDATE cases SET stage = '已办结'"),
        ("阶段有据", "却没有到这里的记录", "UPDATE cases SET history_length = 99"),
        ("阶段有据", "第3条记录开始的阶段不是上一条结束的阶段", "UPDATE history SET from_stage = '已归档' WHERE seq = 3"),
        ("流程", "经“签收”到“办理中”，流程里没有这一步", "UPDATE history SET from_stage = '已归档' WHERE action = '签收'"),
        ("流程", "经“一步登天”", "UPDATE history SET action = '一步登天' WHERE seq = 4"),
        ("防重标识", "第2条记录没有防重标识", "DELETE FROM idempotency_keys WHERE seq = 2"),
        ("防重标识", "没有这一条", "INSERT INTO idempotency_keys VALUES ('x', 1, 77)"),
        ("应发通知", "没有发给任何人的“答复函”", "DELETE FROM notices WHERE kind = '答复函'"),
        ("通知及时", "起该发，还没有发出", "UPDATE notices SET status = '待发' WHERE kind = '答复函'"),
        ("通知不重", "可能发过3次", "UPDATE notices SET doubts = 2 WHERE kind = '答复函'"),
        ("通知不重", "记作已发，却没有时间", "UPDATE notices SET sent_at = NULL WHERE kind = '答复函'"),
        ("签字", "正文与登记的校验值不符", "UPDATE drafts SET text = '改过的答复'"),
        ("签字", "第1个签字覆盖的不是它所签的稿", "UPDATE signatures SET sha256 = 'x' WHERE no = 1"),
        ("签字", "不是登记的那一稿", "UPDATE letters SET sha256 = 'x'"),
        ("签字", "没有人签过", "DELETE FROM signatures"),
        (
            "反馈放开",
            "第1轮反馈没有放开，本件已经到“已办复”",
            f"{SAID};UPDATE cases SET stage = '已办复'",
        ),
        ("期限有据", "按现行规则应为", "UPDATE clocks SET due_on = '2026-12-31' WHERE stopped_on IS NULL"),
        ("公开一致", "登记的校验值与签发文本不符", "UPDATE publications SET page_sha256 = 'x'"),
        ("公开一致", "却没有答复函", "DELETE FROM letters"),
    ],
)  # fmt: skip
def test_whatever_must_never_be_is_found(desk, home, rule, said, statement):
    change(desk, *statement.split(";"))
    made = audited(desk, home).findings
    named = [one for one in made if one.rule == rule and said in one.what]
    assert named, made
    assert named[0].case.endswith("/0001")
    assert named[0].remedy.endswith("。")


def test_a_page_that_reads_otherwise_or_is_gone_is_found(desk, home):
    (page,) = (home / "site" / "cases").glob("*.html")
    page.write_text(page.read_text("utf-8").replace("专职人员", "兼职人员"), "utf-8")
    ((rule, what),) = found(desk, home)
    assert rule == "公开一致"
    assert "应为“专”" in what
    page.unlink()
    assert found(desk, home) == {("公开一致", f"记作已公开，网站上却没有 {page.name}。")}


@pytest.mark.parametrize("written", ["13900001111", "139-0000-1111", "+86 139 0000 1111"])
def test_a_proposer_s_telephone_on_a_public_page_is_found_and_not_repeated(desk, home, written):
    (home / "site" / "data" / "extra.csv").write_text(f"张某某,{written}\n", "utf-8")
    change(desk, "UPDATE proposer_contacts SET email = 'zhang@example.invalid'")
    assert found(desk, home) == {("公开无联系方式", "公开文件 data/extra.csv 里有提案人的电话。")}
    (home / "site" / "data" / "extra.csv").write_text("请联系Zhang@Example.invalid。", "utf-8")
    assert found(desk, home) == {("公开无联系方式", "公开文件 data/extra.csv 里有提案人的邮箱。")}


def test_feedback_shown_before_it_is_released_is_found(desk, home):
    (page,) = (home / "site" / "cases").glob("*.html")
    page.write_text(page.read_text("utf-8").replace("</main>", '<p class="satisfaction">不满意</p></main>'), "utf-8")
    assert found(desk, home) == set()  # nobody has said anything: it is only a strange page
    change(desk, SAID)
    assert found(desk, home) == {("公开一致", "公开页面上有尚未放开的反馈意见。")}


def test_a_notice_is_late_after_a_whole_working_day_not_before(desk, home):
    """Due on Friday at nine; the weekend and the feast of Qingming (4 to 6 April 2026) are no working days."""
    change(
        desk, "UPDATE notices SET status = '待发', not_before_at = '2026-04-03 01:00:00.000000' WHERE kind = '答复函'"
    )
    late = [(on, bool(found(desk, home, day(4, on)))) for on in (3, 5, 7, 8)]
    assert late == [(3, False), (5, False), (7, False), (8, True)]


@pytest.mark.parametrize("statement", ["UPDATE history SET summary = ''", "DELETE FROM history"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_database_itself_keeps_the_history(request, home, tmp_path, kind, statement):
    shutil.copytree(POLICIES, home / "policies")
    url = f"sqlite:///{tmp_path / 'a.sqlite'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    made = make_engine(url)
    upgrade(made)
    furnish(made)
    desk = Desk(made)
    desk.walk(Stage.HANDLING)
    with pytest.raises(IntegrityError, match="只能增加"), transaction(made) as connection:
        connection.execute(text(statement))
    desk.assert_whole()
    if kind == "postgresql":
        assert {one.rule for one in audit(Scene(made, tmp_path, clock.morning_of(day(2, 26)))).findings} == {"通知及时"}
    made.dispose()
