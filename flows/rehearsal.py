"""The rehearsal of a year (演练), with its table and chart among the artifacts."""

from __future__ import annotations

import base64
from datetime import date
from typing import Annotated

from prefect import State, flow
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
from prefect.states import Completed

from flows.form_fields import shown
from tasks.year import Plan, rehearse_year
from tasks.year_chart import png
from tasks.year_figures import Figures, figures


@flow(name="演练", flow_run_name="演练 {from_on} 至 {until_on}", persist_result=False)
def rehearse(
    from_on: Annotated[date, shown("从哪天起", "例如 2026-01-20。")],
    until_on: Annotated[date, shown("到哪天止", "含这一天。")],
    cases: Annotated[int, shown("多少件", "编出多少件来办。")] = 200,
    seed: Annotated[int, shown("随机种子", "相同的种子结果相同。")] = 1,
    pack: Annotated[str, shown("规则包", "规则包的代号，见 banli policy list。")] = "national_cppcc",
    *,
    weekly: Annotated[bool, shown("按周登记", "每周一次登记，而不是每天。")] = False,
) -> State[int]:
    """在临时数据库里把一届会议从头办到尾：逾期、各单位的忙闲、每周的通知，成表成图。不动本办的数据。"""
    plan = Plan(from_on, until_on, cases=cases, seed=seed, pack=pack, weekly=weekly)
    found = rehearse_year(plan, lambda engine, diary: figures(engine, diary, plan))
    _show(found)
    sent = sum(found.by_channel.values())
    return Completed(message=f"演练{cases}件，通知{sent}条，合并后{found.messages}封", data=sent)


def _show(found: Figures) -> None:
    """The tables and the picture, the same the command shows."""
    create_table_artifact(
        key="rehearsal-deadlines", table=_lateness(found), description=f"演练：期限（{_span(found)}）"
    )
    create_table_artifact(
        key="rehearsal-agencies", table=_agencies(found), description=f"演练：各单位（{_span(found)}）"
    )
    picture = f"data:image/png;base64,{base64.b64encode(png(found)).decode()}"
    create_image_artifact(key="rehearsal-chart", image_url=picture, description=f"演练（{_span(found)}）")
    channels = "、".join(f"{name} {count}" for name, count in found.by_channel.items()) or "无"
    create_markdown_artifact(
        key="rehearsal", markdown=f"# 演练\n\n{_span(found)}。通知按渠道：{channels}；合并后 {found.messages} 封。"
    )


def _span(found: Figures) -> str:
    return f"{found.from_on} 至 {found.until_on}，{found.cases} 件，规则包 {found.pack}，种子 {found.seed}"


def _lateness(found: Figures) -> list[dict[str, object]]:
    return [
        {
            "时限": one.kind.value,
            "按时": one.in_time,
            "逾期办结": one.late,
            "逾期未办": one.open_late,
            "未到期": one.open,
            "逾期中位数": one.median_late_workdays,
            "最长逾期": one.most_late_workdays,
        }
        for one in found.lateness
    ]


def _agencies(found: Figures) -> list[dict[str, object]]:
    return [
        {
            "单位": one.agency,
            "主办": one.led,
            "会办": one.co_handled,
            "逾期": one.late,
            "最多在办": one.most_open,
            "通知": one.notices,
            "合并后": one.messages,
        }
        for one in found.agencies
    ]
