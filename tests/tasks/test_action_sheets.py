"""The sheet of work goes out, is filled in, comes back, and carries its outcomes."""

from dataclasses import replace
from datetime import date

import pytest
from openpyxl import load_workbook

from models.actions.action import Actor
from models.actions.assignment import Assign
from models.actions.handling import RecordContact
from models.actions.receipt import Supplement
from models.errors import InputError
from models.forms import action_types
from models.lifecycle import STEPS
from models.vocabulary import Channel, ContactWay, Role
from tasks.action_sheets import Waiting, read_actions, write_actions, write_outcomes
from tasks.sheets import Column, read_table, write_table

BY = Actor(channel=Channel.SHEET)
ITEMS = (
    Waiting("云溪市政协六届二次会议/00128", "=关于修路", "待交办", "督办单位", date(2026, 3, 2), ("交办",)),
    Waiting("云溪市政协六届二次会议/00129", "关于架桥", "办理中", "云溪市交通局", None, ("沟通", "申请延期", "起草")),
    Waiting("云溪市政协六届二次会议/00130", "关于种树", "退回补正", "苏某某", None, ("补正",)),
)


def filled(path, changes):
    """The sheet with cells filled in, by row and heading, as a person would."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    titles = [str(cell.value).rstrip("*") for cell in sheet[1]]
    for number, cells in changes.items():
        for title, text in cells.items():
            sheet.cell(number, titles.index(title) + 1, text)
    book.save(path)
    return path


@pytest.fixture
def path(tmp_path):
    write_actions(tmp_path / "办理.xlsx", ITEMS)
    return tmp_path / "办理.xlsx"


def test_the_sheet_offers_each_case_what_can_be_done_with_it(path):
    book = load_workbook(path)
    sheet = book["办理表"]
    titles = [cell.value for cell in sheet[1]]
    assert titles[:7] == ["案号*", "案由", "阶段", "等谁办", "期限", "动作*", "新案由"]
    assert titles[-2:] == ["办理结果", "防重标识"]
    assert titles.count("理由") == 1
    assert "新案由" in titles
    rules = {rule.formula1: str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert rules['"交办"'] == "F2"
    assert rules['"沟通,申请延期,起草"'] == "F3"
    assert '"面商,电话,走访,座谈,书面"' in rules
    assert [row[0].value for row in book["填写说明"].iter_rows(min_row=2)] == [
        "补正",
        "交办",
        "沟通",
        "申请延期",
        "起草",
    ]


def test_no_field_of_any_action_hides_behind_a_column_of_the_case(tmp_path):
    write_actions(tmp_path / "a.csv", [replace(ITEMS[0], actions=tuple(action_types()))])
    (row,) = read_table(tmp_path / "a.csv").rows
    assert row["案由"] == ITEMS[0].title
    assert {"新案由", "对办理结果的评价"} <= set(read_table(tmp_path / "a.csv").columns)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_untouched_sheet_asks_for_nothing(tmp_path, ending):
    write_actions(tmp_path / f"a.{ending}", ITEMS)
    assert read_actions(tmp_path / f"a.{ending}", BY) == ([], [])


def test_chosen_actions_come_back_typed_and_with_their_rows(path):
    filled(path, {
        2: {"动作": "交办", "主办单位": "云溪市交通局", "会办单位": "云溪市民政局、云溪市园林局", "理由": "与交办无关"},
        3: {"动作": "沟通", "沟通方式": "面商", "沟通日期": date(2026, 3, 1), "沟通对象": "苏某某", "提案人意见": "同意"},
        4: {"动作": "补正", "新案由": "关于多种树", "修改后的正文": "全文"},
    })  # fmt: skip
    actions, faults = read_actions(path, BY)
    assert faults == []
    assert [number for number, _ in actions] == [2, 3, 4]
    assign, contact, supplement = (action for _, action in actions)
    assert isinstance(assign, Assign)
    assert (assign.case, assign.co_handlers) == (ITEMS[0].case_ref, ("云溪市民政局", "云溪市园林局"))
    assert isinstance(contact, RecordContact)
    assert (contact.way, contact.on, contact.by) == (ContactWay.FACE_TO_FACE, date(2026, 3, 1), BY)
    assert isinstance(supplement, Supplement)
    assert supplement.title == "关于多种树"


def test_the_same_row_is_the_same_action_and_a_changed_one_another(path):
    def key():
        ((_, action),) = read_actions(path, BY)[0]
        return action.key

    filled(path, {3: {"动作": "申请延期", "理由": "涉及面广"}})
    first = key()
    assert key() == first
    filled(path, {3: {"理由": "处理难度大"}})
    assert key() != first


def test_mistakes_name_row_column_and_remedy_and_spare_the_others(path):
    filled(path, {
        2: {"动作": "交瓣"},
        3: {"动作": "沟通", "沟通方式": "微信", "沟通日期": "上周", "沟通对象": "苏某某", "提案人意见": "同意"},
        4: {"动作": "补正", "修改后的正文": "全文"},
    })  # fmt: skip
    actions, faults = read_actions(path, BY)
    assert [number for number, _ in actions] == [4]
    assert [(fault.where, fault.what) for fault in faults] == [
        ("办理.xlsx[办理表] 第 2 行「动作」", "不认识的动作「交瓣」"),
        ("办理.xlsx[办理表] 第 3 行「沟通方式」", "沟通：不认识的「微信」"),
        ("办理.xlsx[办理表] 第 3 行「沟通日期」", "沟通：「上周」不是日期"),
    ]
    assert "是不是「交办」" in faults[0].remedy


def test_a_renamed_column_and_a_missing_case_are_told(path, tmp_path):
    filled(path, {2: {"动作": "交办", "主办单位": "云溪市交通局", "案号": ""}})
    assert read_actions(path, BY)[1][0].what == "没有填写案号"
    write_table(tmp_path / "b.csv", [Column("案号"), Column("动作"), Column("里由")], [])
    with pytest.raises(InputError, match="是不是「理由」"):
        read_actions(tmp_path / "b.csv", BY)


SYSTEM_ONLY = [step.kind for step in STEPS if step.who == {Role.SYSTEM}]


@pytest.mark.parametrize("word", SYSTEM_ONLY)
def test_what_only_the_system_does_is_neither_offered_nor_read(tmp_path, word):
    path = tmp_path / "a.xlsx"
    write_actions(path, [replace(ITEMS[0], actions=("交办", word))])
    assert word not in [row[0].value for row in load_workbook(path)["填写说明"].iter_rows(min_row=2)]
    filled(path, {2: {"动作": word}})
    assert read_actions(path, BY)[1][0].what == f"「{word}」由系统办理，不用填"


def test_outcomes_are_written_into_the_same_row_and_nothing_else_changes(path, tmp_path):
    filled(path, {2: {"动作": "交办", "主办单位": "云溪市交通局"}})
    before = read_table(path, "办理表").rows
    write_outcomes(path, tmp_path / "结果.xlsx", {2: "已办理：已交办", 3: "=未办理"})
    after = read_table(tmp_path / "结果.xlsx", "办理表").rows
    assert [row["办理结果"] for row in after] == ["已办理：已交办", "=未办理", ""]
    assert [row.cells | {"办理结果": ""} for row in after] == [row.cells | {"办理结果": ""} for row in before]
    book = load_workbook(tmp_path / "结果.xlsx")
    assert book.sheetnames == ["办理表", "填写说明"]
    assert book["办理表"]["B2"].data_type == "s"
    assert len(book["办理表"].data_validations.dataValidation) == len(
        load_workbook(path)["办理表"].data_validations.dataValidation
    )
    assert [action.key for _, action in read_actions(path, BY)[0]] == [
        action.key for _, action in read_actions(tmp_path / "结果.xlsx", BY)[0]
    ]


def test_outcomes_in_a_csv_in_place(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('办理表\n\n案号,动作,理由\n7,申请延期,"涉及\n面广"\n8,,\n', encoding="gb18030")
    assert [number for number, _ in read_actions(path, BY)[0]] == [4]
    write_outcomes(path, path, {4: "-已办理"})
    rows = read_table(path, columns=[Column(title) for title in ("案号", "动作", "理由", "办理结果")]).rows
    assert [row.number for row in rows] == [4, 5]
    assert rows[0].cells == {"案号": "7", "动作": "申请延期", "理由": "涉及\n面广", "办理结果": "-已办理"}


def test_outcomes_need_the_sheet_they_belong_to(tmp_path):
    for name in ("a.csv", "a.xlsx"):
        write_table(tmp_path / name, [Column("案号"), Column("案由")], [{"案号": "7", "案由": "修路"}])
        with pytest.raises(InputError, match="动作"):
            write_outcomes(tmp_path / name, tmp_path / name, {2: "x"})
