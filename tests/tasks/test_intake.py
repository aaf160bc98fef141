"""Receipt of real files: what is taken, and the sentence for everything that is not."""

from datetime import date

import docx
import pytest
from openpyxl import load_workbook

from models.errors import InputError
from models.vocabulary import ProposalKind, ProposerKind, Track
from tasks.intake import SessionInfo, read_proposals, write_template
from tasks.intake_columns import COLUMNS
from tasks.sheets import write_table

CPPCC = SessionInfo("云溪市政协六届二次会议", Track.CPPCC, date(2026, 1, 10), date(2026, 1, 15))
NPC = SessionInfo("云溪市十六届人大六次会议", Track.NPC, date(2026, 1, 11), date(2026, 1, 16))
AGENCIES = ("云溪市民政局", "云溪市交通局", "云溪市园林局")
ROW = {
    "案号": "2023128",
    "届次": "云溪市政协六届二次会议",
    "类型": "政协提案",
    "案由": "关于增设直饮水点的提案",
    "正文": "园内没有饮水设施。\n建议增设。𠮷",
    "提案人": "苏某某、林某某",
    "提交日期": "2026-01-12",
    "建议承办单位": "云溪市园林局、云溪市民政局",
    "电话": "13800000000、",
    "所提建议": "在东门增设\n在西门增设",
}


def sheet(path, *rows):
    write_table(path, COLUMNS, [ROW | row for row in rows])
    return path


def read(*paths, existing=None, sessions=(CPPCC, NPC), agencies=AGENCIES, **options):
    return read_proposals(
        paths, agencies=agencies, sessions=sessions, existing=existing or {}, today=date(2026, 2, 1), **options
    )


def said(*paths, **options):
    """The faults as shown; nothing may be offered for storing beside them."""
    intake = read(*paths, **options)
    assert intake.actions == ()
    return "\n".join(str(fault) for fault in intake.faults)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_row_becomes_the_action_that_receives_it(tmp_path, ending):
    intake = read(sheet(tmp_path / f"提案.{ending}", {}))
    assert intake.faults == ()
    (action,) = intake.actions
    assert (action.case, action.session, action.proposal_kind) == ("2023128", CPPCC.name, ProposalKind.PROPOSAL)
    assert action.text == "园内没有饮水设施。\n建议增设。𠮷"
    assert [(one.name, one.kind, one.phone) for one in action.proposers] == [
        ("苏某某", ProposerKind.MEMBER, "13800000000"),
        ("林某某", ProposerKind.MEMBER, None),
    ]
    assert action.suggested_agencies == ("云溪市园林局", "云溪市民政局")
    assert action.asks == ("在东门增设", "在西门增设")
    assert intake.origins == (f"提案.{ending} 第 2 行",)
    assert [(file.name, file.proposals) for file in intake.files] == [(f"提案.{ending}", 1)]


def test_the_same_proposal_has_the_same_key_whatever_file_it_comes_in(tmp_path):
    (one,) = read(sheet(tmp_path / "a.xlsx", {})).actions
    (two,) = read(
        sheet(tmp_path / "b.csv", {"案号": "第2023128号", "届次": "政协云溪市第六届委员会第二次会议"})
    ).actions
    (other,) = read(sheet(tmp_path / "c.csv", {"正文": "另一篇"})).actions
    assert one.key == two.key != other.key


def test_a_number_received_before_is_known_again_or_refused(tmp_path):
    path = sheet(tmp_path / "a.xlsx", {})
    (action,) = read(path).actions
    name = (CPPCC.name, False, "2023128")
    again = read(path, existing={name: action.key})
    assert (len(again.actions), again.known) == (1, 1)
    text = said(path, existing={name: "another"})
    assert "a.xlsx 第 2 行「案号」" in text
    assert "已经收过" in text
    assert read(path, existing={(CPPCC.name, True, "2023128"): "another"}).faults == ()


def test_numbers_doubled_within_and_between_files(tmp_path):
    first = sheet(tmp_path / "a.xlsx", {}, {"案号": "２０２３１２８", "正文": "另一篇"})
    text = said(first, sheet(tmp_path / "b.csv", {"案号": "第2023128号"}))
    assert "a.xlsx 第 3 行「案号」" in text
    assert "b.csv 第 2 行「案号」" in text
    assert text.count("与a.xlsx 第 2 行重复") == 2


def test_leading_zeros_make_another_number_and_stay(tmp_path):
    intake = read(sheet(tmp_path / "a.xlsx", {"案号": "00128"}, {"案号": "128", "正文": "另一篇"}))
    assert [action.case for action in intake.actions] == ["00128", "128"]


def test_rows_without_a_number_are_told_apart_by_their_content(tmp_path):
    assert len(read(sheet(tmp_path / "a.csv", {"案号": ""}, {"案号": "", "正文": "另一篇"})).actions) == 2
    assert "完全相同" in said(sheet(tmp_path / "a.csv", {"案号": ""}, {"案号": ""}))


@pytest.mark.parametrize(
    ("change", "column", "what"),
    [
        ({"届次": "云溪市政协七届二次会议"}, "届次", "是不是「云溪市政协六届二次会议」"),
        ({"建议承办单位": "云溪市民正局"}, "建议承办单位", "是不是「云溪市民政局」"),
        ({"案由": ""}, "案由", "没有填写"),
        ({"案由": "长" * 301}, "案由", "超过 300 字"),
        ({"正文": ""}, "正文", "没有填写"),
        ({"提案人": ""}, "提案人", "没有填写"),
        ({"提案人": "苏某某等5位委员", "电话": ""}, "提案人", "没有写全"),
        ({"提交日期": ""}, "提交日期", "没有填写"),
        ({"提交日期": "2026-01-09"}, "提交日期", "早于云溪市政协六届二次会议开幕"),
        ({"提交日期": "2026-02-02"}, "提交日期", "还没有到"),
        ({"提交日期": "2026年2月30日"}, "提交日期", "不是日期"),
        ({"类型": "提案"}, "类型", "人大代表建议、政协提案、建议案"),
        ({"类型": "人大代表建议"}, "类型", "不收人大代表建议"),
        ({"提案人类别": "代表"}, "提案人类别", "政协提案的提案人不能是代表"),
        ({"提案人类别": "委员、委员、委员"}, "提案人类别", "提案人有 2 位"),
        ({"提案人": "、，", "电话": ""}, "提案人", "没有姓名"),
        ({"提案人类别": "委员、居民"}, "提案人类别", "不认识的提案人类别「居民」"),
        ({"提案人": "苏某某、" + "长" * 301}, "提案人第 2 项·姓名或名称", "超过 300 字"),
        ({"提案人类别": "居民"}, "提案人类别", "只能填"),
        ({"闭会期间": "也许"}, "闭会期间", "看不出是或否"),
        ({"电话": "没有电话"}, "电话", "不像电话号码"),
        ({"电话": "13800000000、13800000001、13800000002"}, "电话", "提案人只有 2 位"),
        ({"电子邮箱": "su@例"}, "电子邮箱", "不像电子邮箱"),
    ],
)
def test_each_mistake_names_file_row_column_and_remedy(tmp_path, change, column, what):
    intake = read(sheet(tmp_path / "提案.csv", {}, change | {"案号": "2"}))
    assert intake.actions == ()
    (fault,) = intake.faults
    assert fault.where == f"提案.csv 第 3 行「{column}」"
    assert what in fault.what + fault.remedy
    assert fault.remedy.endswith("。")
    assert not fault.what.endswith("。")


def test_a_body_of_five_megabytes_is_refused_in_a_sentence(tmp_path):
    text = said(sheet(tmp_path / "a.csv", {"正文": "字" * (5 * 1024 * 1024 // 3)}))
    assert text.count("\n") == 0
    assert "正文有 1,747,626 字（5.2 MB），上限 200,000 字" in text


def test_every_mistake_of_every_row_is_told_at_once(tmp_path):
    text = said(sheet(tmp_path / "a.csv", {"案由": "", "提交日期": "昨天"}, {"案号": "3", "正文": "修\x08路"}))
    assert [line.partition("：")[0].partition(":")[0] for line in text.split("\n")] == [
        "a.csv 第 3 行「正文」",
        "a.csv 第 2 行「案由」",
        "a.csv 第 2 行「提交日期」",
    ]


def test_more_mistakes_than_anyone_reads_are_counted(tmp_path):
    intake = read(sheet(tmp_path / "a.csv", *({"案号": str(n), "案由": ""} for n in range(250))))
    assert len(intake.faults) == 201
    assert "还有 50 处错误" in intake.faults[-1].what


def test_broken_files_do_not_hide_the_mistakes_of_others(tmp_path):
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04")
    text = said(tmp_path / "坏.xlsx", sheet(tmp_path / "a.csv", {"案由": ""}))
    assert "坏.xlsx" in text
    assert "a.csv 第 2 行「案由」" in text


def test_in_recess_a_date_before_the_session_is_no_mistake(tmp_path):
    (action,) = read(sheet(tmp_path / "a.csv", {"闭会期间": "是", "提交日期": "2026-01-02"})).actions
    assert action.in_recess
    (named,) = read(
        sheet(tmp_path / "b.csv", {"届次": "云溪市政协六届二次会议闭会期间", "提交日期": "2026/1/2"})
    ).actions
    assert named.in_recess


@pytest.mark.parametrize(
    "text", ["2026-01-12", "2026/1/12", "2026.1.12", "2026年1月12日", "20260112", "46034", "2026-1-12 00:00:00"]
)
def test_dates_in_every_usual_spelling(tmp_path, text):
    (action,) = read(sheet(tmp_path / "a.csv", {"提交日期": text})).actions
    assert action.submitted_on == date(2026, 1, 12)


def test_sessions_in_other_words_and_ambiguous_ones(tmp_path):
    (action,) = read(sheet(tmp_path / "a.csv", {"届次": "市政协 6 届 2 次会议"})).actions
    assert action.session == CPPCC.name
    twin = SessionInfo("青石市政协六届二次会议", Track.CPPCC)
    assert "可以指" in said(sheet(tmp_path / "b.csv", {"届次": "市政协六届二次会议"}), sessions=(CPPCC, twin))
    assert read(sheet(tmp_path / "c.csv", {}), sessions=(CPPCC, twin)).faults == ()
    assert "还没有登记过届次" in said(sheet(tmp_path / "d.csv", {}), sessions=())


def test_the_template_explains_itself_and_its_example_is_passed_over(tmp_path):
    write_template(tmp_path / "样表.xlsx")
    write_template(tmp_path / "样表.csv")
    book = load_workbook(tmp_path / "样表.xlsx")
    assert book.sheetnames == ["收件登记", "填写说明"]
    assert [cell.value for cell in book["收件登记"][1]][:4] == ["案号", "届次*", "类型*", "案由*"]
    assert {rule.formula1 for rule in book["收件登记"].data_validations.dataValidation} >= {
        '"人大代表建议,政协提案,建议案"'
    }
    for name in ("样表.xlsx", "样表.csv"):
        assert "没有一件" in said(tmp_path / name)
    book["收件登记"].append([ROW.get(column.title) for column in COLUMNS])
    book.save(tmp_path / "填好.xlsx")
    assert len(read(tmp_path / "填好.xlsx").actions) == 1


HEAD = "案号：7　届次：云溪市政协六届二次会议　类型：政协提案\n提案人: 苏某某、林某某\n提交日期：2026年1月12日\n"


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_single_proposal_as_text(tmp_path, name):
    (tmp_path / name).write_text(
        f"# 关于修路的提案\n\n{HEAD}\n第一段。\n\n建议：修路。\n".replace("# ", "# " if name == "a.md" else ""),
        encoding="utf-8",
    )
    (action,) = read(tmp_path / name).actions
    assert (action.case, action.title) == ("7", "关于修路的提案")
    assert action.text == "第一段。\n\n建议：修路。"
    assert [one.name for one in action.proposers] == ["苏某某", "林某某"]


def test_the_first_heading_after_the_head_is_the_title(tmp_path):
    (tmp_path / "a.txt").write_text(f"{HEAD}\n关于修路的提案\n\n第一段，\n第二段。\n", encoding="gb18030")
    (action,) = read(tmp_path / "a.txt").actions
    assert (action.title, action.text) == ("关于修路的提案", "第一段，\n第二段。")


def test_a_word_file_with_a_table_for_a_head(tmp_path):
    document = docx.Document()
    cells = [(key, ROW[key]) for key in ("案号", "届次", "类型", "案由", "提案人", "提交日期", "电话")]
    table = document.add_table(rows=len(cells), cols=2)
    for at, pair in enumerate(cells):
        for column, text in enumerate(pair):
            table.cell(at, column).text = text
    document.add_paragraph("园内没有饮水设施。")
    document.add_paragraph("建议增设。")
    document.save(tmp_path / "a.docx")
    (action,) = read(tmp_path / "a.docx").actions
    assert (action.case, action.title) == ("2023128", ROW["案由"])
    assert action.text == "园内没有饮水设施。\n建议增设。"


def test_mistakes_in_a_document_name_the_line(tmp_path):
    (tmp_path / "a.txt").write_text(
        "案由：修路\n届次：云溪市政协九届一次会议\n类型：政协提案\n提案人：苏某某\n", encoding="utf-8"
    )
    text = said(tmp_path / "a.txt")
    assert "a.txt 第 2 行「届次」" in text
    assert "a.txt「提交日期」：没有填写" in text
    assert "a.txt「正文」：没有填写" in text


def test_json_with_one_proposal_or_many(tmp_path):
    (tmp_path / "a.json").write_text(
        '{"案号": 7, "届次": "云溪市政协六届二次会议", "类型": "建议案", "案由": "关于养老的建议案", "正文": "如下。",'
        ' "提案人": ["云溪市政协"], "提交日期": "2026-01-12", "闭会期间": false, "所提建议": ["一、二并举", "三"]}',
        encoding="utf-8",
    )
    (action,) = read(tmp_path / "a.json").actions
    assert action.asks == ("一、二并举", "三")
    assert action.proposers[0].kind is ProposerKind.CPPCC


def test_ten_thousand_rows_tell_their_progress(tmp_path):
    told = []
    rows = [{"案号": f"{n:05d}", "正文": f"{n}" + "公园没有饮水设施。" * 20} for n in range(10_000)]
    intake = read(sheet(tmp_path / "a.csv", *rows), progress=lambda done, total: told.append((done, total)))
    assert len(intake.actions) == 10_000
    assert told[0] == (50, 10_000)
    assert told[-1] == (10_000, 10_000)
    assert told == sorted(told)


def test_a_missing_file_is_a_sentence(tmp_path):
    assert "打不开" in said(tmp_path / "没有.xlsx")
    with pytest.raises(InputError, match="不能写成"):
        write_template(tmp_path / "样表.doc")
