"""The register of substitutes (代签登记), as a form."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.form_fields import shown
from models.errors import InputError
from tasks import clock, database, substituting

Agency = Annotated[str, shown("承办单位", "单位名册里的名称")]
Level = Annotated[str, shown("审签环节", "例如 核稿、分管领导、主要负责人；会办单位填 会签")]
Absent = Annotated[str, shown("审批人", "不在岗的人")]
Substitute = Annotated[str, shown("代签人", "替他签字的人")]
From = Annotated[date, shown("起始日期", "含当日")]
Until = Annotated[date, shown("截止日期", "含当日")]
Reason = Annotated[str, shown("原因", "例如 出差、学习、休假")]
Name = Annotated[str, shown("经办人姓名", "谁登记的，记入办理记录")]


@flow(name="代签登记", flow_run_name="代签登记 {agency} {absent}", persist_result=False)
def name_substitute(
    agency: Agency,
    level: Level,
    absent: Absent,
    substitute: Substitute,
    *,
    from_on: From,
    until_on: Until,
    reason: Reason,
    by_name: Name = "督办单位经办人",
) -> State[int]:
    """审批人不在时由谁代签：期间内代签人的签字算本环节的签字，期间以外不作数。"""
    given = {
        "agency": agency, "level": level, "absent": absent, "substitute": substitute, "from_on": from_on,
        "until_on": until_on, "reason": reason,
    }  # fmt: skip
    try:
        with database.transaction(database.engine()) as connection:
            made = substituting.name_substitute(connection, given, by=by_name, at=clock.now())
    except InputError as error:
        return Failed(message=str(error))
    said = f"已登记第{made.no}号：{absent}{made.span}由{substitute}代签“{level}”"
    return Completed(message=said, data=made.no)
