"""The columns of the receipt sheet (收件登记表) and what its template says about them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from models.vocabulary import ProposalKind, ProposerKind
from tasks.sheet_tables import NOTE_TITLE
from tasks.sheets import Column, Note, write_table

EXAMPLE_NUMBER: Final = "示例"
EXAMPLE_TITLE: Final = "关于在云溪公园增设直饮水点的建议（示例）"

NUMBER: Final = Column("案号", aliases=("编号", "提案号", "建议号", "number"), width=14, example=EXAMPLE_NUMBER,
                       help="按文本保留，前面的 0 不会丢失；留空时按届次顺序编号。")  # fmt: skip
SESSION: Final = Column("届次", required=True, aliases=("届次会议", "会议", "session"), width=24,
                        example="云溪市政协六届二次会议", help="已登记的届次；全称、简称均可。")  # fmt: skip
KIND: Final = Column("类型", required=True, aliases=("kind", "proposal_kind"), width=14,
                     choices=tuple(ProposalKind), example=ProposalKind.PROPOSAL, help="三种之一。")  # fmt: skip
TITLE: Final = Column("案由", required=True, aliases=("标题", "题目", "title"), width=40, example=EXAMPLE_TITLE,
                      help="不超过 300 字。")  # fmt: skip
TEXT: Final = Column("正文", required=True, aliases=("内容", "text", "body"), width=60, help="全文，不超过 200,000 字。",
                     example="云溪公园日均游客较多，园内没有饮水设施。建议在东、西两门各增设一处直饮水点。")  # fmt: skip
PROPOSERS: Final = Column("提案人", required=True, aliases=("建议人", "领衔人", "proposers"), width=24,
                          example="苏某某、林某某", help="多人用“、”隔开，第一位为领衔人。")  # fmt: skip
PROPOSER_KIND: Final = Column("提案人类别", aliases=("提案人身份", "proposer_kind"), width=12, choices=tuple(ProposerKind),
                              example=ProposerKind.MEMBER,
                              help="各人相同时写一个，不同时按提案人顺序用“、”隔开；留空时建议为代表、提案为委员、建议案为政协。")  # fmt: skip
SUBMITTED: Final = Column("提交日期", required=True, aliases=("收到日期", "submitted_on"), width=14, example="2026-01-20",
                          help="如 2026-01-20、2026/1/20、2026年1月20日。")  # fmt: skip
RECESS: Final = Column("闭会期间", aliases=("平时", "in_recess"), width=10, choices=("是", "否"), example="否",
                       help="闭会期间（平时）提出的填“是”；留空为“否”。")  # fmt: skip
CATEGORY: Final = Column(
    "类别", aliases=("分类", "category"), width=12, example="城建环资", help="本地的分类，可以留空。"
)
AGENCIES: Final = Column("建议承办单位", aliases=("suggested_agencies",), width=24, example="云溪市园林局",
                         help="已登记的单位，多个用“、”隔开；可以留空。")  # fmt: skip
PHONE: Final = Column("电话", aliases=("联系电话", "手机", "phone"), width=16, example="000-00000000",
                      help="多人时按提案人顺序用“、”隔开；只有一个时记在领衔人名下。")  # fmt: skip
EMAIL: Final = Column("电子邮箱", aliases=("邮箱", "email"), width=22, example="su@example.invalid", help="同上。")
ADDRESS: Final = Column("通信地址", aliases=("地址", "address"), width=30, example="云溪市虚构路 1 号", help="同上。")
ASKS: Final = Column("所提建议", aliases=("asks",), width=40, example="在公园东门增设直饮水点\n在公园西门增设直饮水点",
                     help="每条一行（格内换行）；可以留空。")  # fmt: skip

COLUMNS: Final = (NUMBER, SESSION, KIND, TITLE, TEXT, PROPOSERS, PROPOSER_KIND, SUBMITTED, RECESS, CATEGORY, AGENCIES,
                  PHONE, EMAIL, ADDRESS, ASKS)  # fmt: skip

_NOTES: Final = (Column("列", width=16), Column("必填", width=8), Column("怎样填", width=70), Column("示例", width=40))


def write_template(path: Path) -> None:
    """The sheet `banli template` gives, as .xlsx or .csv. Its example row is passed over when it comes back."""
    notes = tuple(
        (column.title, "是" if column.required else "", column.help + _allowed(column), column.example)
        for column in COLUMNS
    )
    example = {column.title: column.example for column in COLUMNS}
    write_table(path, COLUMNS, [example], title="收件登记", notes=(Note(NOTE_TITLE, _NOTES, notes),))


def _allowed(column: Column) -> str:
    return f"只能填：{'、'.join(column.choices)}。" if column.choices else ""
