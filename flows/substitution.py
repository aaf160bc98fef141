"""The register of substitutes (代签登记), as a form."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from prefect import State, flow
from prefect.states import Completed, Failed
from pydantic import Field

from models.errors import InputError
from tasks import clock, database, substituting

Agency = Annotated[str, Field(title="承办单位")]
Level = Annotated[str, Field(title="审签环节", description="例如 核稿、分管领导、主要负责人；会办单位填 会签")]
Absent = Annotated[str, Field(title="审批人", description="不在岗的人")]
Substitute = Annotated[str, Field(title="代签人")]
From = Annotated[date, Field(title="起始日期", description="含当日")]
Until = Annotated[date, Field(title="截止日期", description="含当日")]
Reason = Annotated[str, Field(title="原因", description="例如 出差、学习、休假")]
Name = Annotated[str, Field(title="经办人姓名")]


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
