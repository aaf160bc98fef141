"""Doing something with a case: what the rules refuse, how fields are given, what a dry run leaves alone."""

import csv
import os
import subprocess
import sys

import pytest
from databases import everything

DEAD_SERVER = "http://127.0.0.1:9/api"
LEAD = "主办单位:王科长:民政局"


def stored(settings):
    """Everything in the database, to see that nothing changed."""
    return everything(settings.database_url)


@pytest.fixture
def tried(banli, office):
    """What a dry run says: exit code, results, messages. Nothing may be written."""

    def attempt(*arguments):
        before = stored(office)
        ended = banli("do", *arguments, "--dry-run", "--json")
        assert stored(office) == before
        outcomes = ended.document["outcomes"]
        return ended.code, [one["result"] for one in outcomes], " ".join(one["message"] for one in outcomes)

    return attempt


def test_a_dry_run_says_what_would_be_recorded(tried):
    code, results, said = tried(
        "交办", "--case", "0002", "--set", "主办单位=教育局", "--set", "会办单位=财政局、交通局"
    )
    assert (code, results) == (0, ["已办理"])
    assert "教育局" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("立案", "--case", "0004"), "本件现在是“办理中”，不能办理“立案”"),
        (("交办", "--case", "0002", "--set", "主办单位=教育局", "--by", LEAD), "主办单位不能办理“交办”"),
        (("立案", "--case", "0005"), "本件现在是“已撤案”"),
        (("交办", "--case", "0006", "--set", "主办单位=教育局"), "请在主案上办理"),
        (("立案", "--case", "9999"), "没有找到案号“9999”"),
        (("交办", "--case", "0002", "--set", "主办单位=林业局"), "林业局"),
        (("签收", "--case", "0003", "--by", LEAD), "民政局不是本件"),
        (("并案", "--case", "0001", "--set", "并入案号=0005"), "已撤案"),
    ],
)
def test_the_rules_refuse_in_a_sentence(tried, arguments, words):
    code, results, said = tried(*arguments)
    assert (code, results) == (1, ["未办理"])
    assert words in said


def test_of_two_conflicting_actions_in_one_batch_the_second_is_refused(tried):
    code, results, said = tried("立案", "--case", "0001", "--case", "0001")
    assert (code, results) == (1, ["已办理", "未办理"])
    assert "待交办" in said


def test_one_bad_case_never_blocks_the_others(tried):
    assert tried("立案", "--case", "9999", "--case", "0001", "--case", "0004")[1] == ["未办理", "已办理", "未办理"]


def test_an_agency_need_not_know_which_part_it_has(tried):
    arguments = ("沟通", "--case", "0004", "--set", "沟通方式=电话", "--set", "沟通日期=2026-06-09", "--set", "沟通对象=苏某某",
                 "--set", "提案人意见=同意")  # fmt: skip
    assert tried(*arguments, "--by", "单位:李科长:财政局")[1] == ["已办理"]
    assert tried("会办意见", "--case", "0004", "--set", "会办意见=无", "--by", "单位:李科长:财政局")[1] == ["已办理"]
    assert tried("会办意见", "--case", "0004", "--set", "会办意见=无", "--by", "单位:王科长:民政局")[1] == ["未办理"]


@pytest.fixture
def refused(banli, office):
    """The sentences of a command line that is wrong."""

    def attempt(*arguments):
        before = stored(office)
        ended = banli("do", *arguments)
        assert (ended.code, ended.out) == (2, "")
        assert stored(office) == before
        return ended.err

    return attempt


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "没有写要办的动作"),
        (("立按", "--case", "0001"), "没有动作“立按”。是不是“立案”？"),
        (("立案",), "没有写案号"),
        (("交办", "--case", "0002", "--set", "主办单位"), "没有等号"),
        (("交办", "--case", "0002", "--set", "主办=教育局"), "没有“主办”这一项。是不是“主办单位”？"),
        (("交办", "--case", "0002"), "“主办单位”：没有填写。请填写。"),
        (("交办", "--case", "0002", "--set", "主办单位=甲", "--set", "lead=乙"), "“主办单位”写了两次"),
        (("交办", "--case", "0002", "--set", "主办单位=甲", "--set", "指定答复日期=明天"), "「明天」不是日期"),
        (("沟通", "--case", "0004", "--set", "沟通方式=微信"), "只能填：面商、电话、走访、座谈、书面"),
        (("立案", "--case", "0001", "--by", "科长：王某"), "不认识的身份“科长”"),
        (("立案", "--case", "0001", "--by", "系统：王某"), "不认识的身份“系统”"),
        (("立案", "--case", "0001", "--by", "督办单位"), "没有写姓名"),
        (("签收", "--case", "0003", "--by", "主办单位:王某"), "没有写单位"),
        (("签收", "--case", "0003", "--by", "主办单位:王某:财正局"), "是不是“财政局”"),
        (("起草", "--case", "0004", "--set", "答复正文=@没有.docx"), "没有找到这个文件"),
        (("立案", "--file", "表.xlsx"), "不能同时写"),
        (("立案", "--case", "0001", "--out", "表.xlsx"), "只和 --file 一起用"),
        (("--file", "没有.xlsx"), "打不开"),
    ],
)
def test_what_is_wrong_with_the_input_is_said_and_nothing_done(refused, arguments, words):
    assert words in refused(*arguments)


def test_a_body_of_five_megabytes_is_refused(refused, tmp_path):
    (tmp_path / "长.txt").write_text("建议" * 900_000, encoding="utf-8")
    assert "超过 5 MB" in refused("起草", "--case", "0004", "--set", f"答复正文=@{tmp_path}/长.txt")


def test_with_json_a_refusal_is_one_document_too(banli, office):
    ended = banli("do", "立按", "--case", "0001", "--json")
    assert ended.code == 2
    assert ended.document["faults"][0]["what"] == "没有动作“立按”"


def test_a_server_that_does_not_answer_is_said_and_nothing_done(office):
    # In a process of its own: which server is used is settled when Prefect is imported.
    before = stored(office)
    command = [sys.executable, "-c", "from deployments.cli import main; main()", "do", "立案", "--case", "0001"]
    environment = os.environ | {"PREFECT_API_URL": DEAD_SERVER}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 3
    assert "Prefect 服务没有应答" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    assert stored(office) == before


def test_every_action_can_be_looked_up(banli, office):
    listed = banli("actions", "--json").document
    assert len(listed) >= 35
    for one in listed:
        found = banli("actions", one["action"], "--json").document
        assert found["about"].startswith(one["action"]) or found["about"]
        assert all(field["title"] for field in found["fields"])
    shown = banli("actions", "交办").out
    assert "主办单位" in shown
    assert "banli do 交办 --case 2023128 --set 主办单位=…" in shown
    assert "是不是“交办”" in banli("actions", "交班").err


def test_the_sheet_of_work_offers_the_office_what_it_can_do(banli, office, tmp_path):
    ended = banli("export", tmp_path / "办理表.csv", "--stage", "待审查", "--stage", "待交办", "--json")
    assert ended.document["cases"] == 2
    text = (tmp_path / "办理表.csv").read_text(encoding="utf-8-sig")
    assert "/0001" in text
    assert "/0004" not in text
    assert banli("export", tmp_path / "民政局.xlsx", "--agency", "民政局", "--json").document["cases"] == 1
    wrong = banli("export", tmp_path / "x.xlsx", "--stage", "带审查")
    assert (wrong.code, "是不是“待审查”" in wrong.err) == (2, True)
    assert banli("export", tmp_path / "x.pdf").code == 2


def test_a_sheet_without_a_choice_is_refused(banli, office, tmp_path):
    banli("export", tmp_path / "办理表.xlsx")
    ended = banli("do", "--file", tmp_path / "办理表.xlsx")
    assert (ended.code, "没有一行选择了动作" in ended.err) == (2, True)


def chosen(path, changes):
    """Fill in an exported .csv sheet: by number, the cells to set."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    titles = [title.rstrip("*") for title in rows[0]]
    for row in rows[1:]:
        for title, text in changes.get(row[0].rpartition("/")[2], {}).items():
            row[titles.index(title)] = text
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def test_a_sheet_is_tried_without_touching_it(banli, office, tmp_path):
    path = tmp_path / "办理表.csv"
    banli("export", path)
    chosen(path, {"0001": {"动作": "立案"}, "0002": {"动作": "交办", "主办单位": "林业局"}})
    before = path.read_bytes()
    ended = banli("do", "--file", path, "--dry-run", "--json")
    assert ended.code == 1
    assert ended.document["counts"] == {"已办理": 1, "未办理": 1}
    assert path.read_bytes() == before


def test_every_fault_of_a_sheet_is_told_with_its_cell(banli, office, tmp_path):
    path = tmp_path / "办理表.csv"
    banli("export", path)
    chosen(path, {"0001": {"动作": "立按"}, "0002": {"动作": "交办"}})
    ended = banli("do", "--file", path)
    assert ended.code == 2
    assert "「动作」：不认识的动作「立按」" in ended.err
    assert "「主办单位」：交办：没有填写" in ended.err


# ── with a Prefect server ────────────────────────────────────────────────────────────────────────────────────────


def test_an_action_goes_through_its_flow(banli, office, prefect_server):
    ended = banli("do", "立案", "--case", "0001", "--case", "0004", "--json")
    assert ended.code == 1
    assert [one["result"] for one in ended.document["outcomes"]] == ["已办理", "未办理"]
    assert banli("show", "0001", "--json").document["case"]["stage"] == "待交办"


def test_a_sheet_makes_the_round_trip_and_a_second_time_changes_nothing(banli, office, tmp_path, prefect_server):
    path = tmp_path / "办理表.csv"
    banli("export", path)
    chosen(path, {"0001": {"动作": "立案"}, "0002": {"动作": "交办", "主办单位": "教育局"}, "0004": {"动作": "办结"}})
    assert banli("do", "--file", path, "--json").document["counts"] == {"已办理": 2, "未办理": 1}
    text = path.read_text(encoding="utf-8-sig")
    assert "已办理：" in text
    assert "未办理：" in text
    before = {table: rows for table, rows in stored(office).items() if table != "notices"}
    again = banli("do", "--file", path, "--out", tmp_path / "结果.csv", "--json")
    assert again.document["counts"] == {"已办过": 2, "未办理": 1}
    assert {table: rows for table, rows in stored(office).items() if table != "notices"} == before
    assert "已办过：" in (tmp_path / "结果.csv").read_text(encoding="utf-8-sig")


def test_a_reply_is_drafted_from_a_file(banli, office, tmp_path, prefect_server):
    file = tmp_path / "答复.txt"
    file.write_text("您提出的提案收悉。\n现答复如下：已经增设。", encoding="gb18030")
    given = ("--set", f"答复正文=@{file}", "--set", "办理结果类别=A", "--set", "承诺事项=年底前再增设两处|2026-12-31")
    assert banli("do", "会办意见", "--case", "0004", "--by", "单位:李:财政局", "--set", "会办意见=无").code == 0
    ended = banli("do", "起草", "--case", "0004", "--by", LEAD, *given)
    assert ended.code == 0, ended.out
    case = banli("show", "0004", "--json").document["case"]
    assert case["drafts"][0]["text"].endswith("现答复如下：已经增设。")
