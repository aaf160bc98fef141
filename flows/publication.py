"""Publication (公开): decisions are recorded, then what was decided is carried out."""

from __future__ import annotations

import os
from typing import Annotated

from prefect import State, flow, get_run_logger

from flows.naming import run_name
from flows.parcels import ASKED, NONE_GIVEN, Given, Outcomes, form
from flows.recording import ended, record
from flows.retried import retried
from models.actions.publication import DecidePublication, Publish, TakeDown
from models.settings import settings_from
from tasks import clock, database, publishing


@flow(name="公开", flow_run_name=run_name("公开"), validate_parameters=False, persist_result=False)
def publish(
    actions: Annotated[Given, form(DecidePublication, TakeDown, alone=True), ASKED] = NONE_GIVEN,
) -> State[Outcomes]:
    """登记公开审查和撤回，生成公开网站，核对网页与签发文本，一致的记为已公开。"""
    outcomes = record(actions, DecidePublication, TakeDown, Publish)
    site = write_site()
    log = get_run_logger()
    log.info("公开网站共%s页，本次更新%s个文件", site.pages, site.written)
    for alarm in site.alarms:
        log.error(alarm)
    if site.actions:
        outcomes += record(site.actions, Publish)
        write_site()
    return ended(outcomes)


@retried("生成网站", times=2, after_seconds=10)
def write_site() -> publishing.Published:
    """Write and read back; what is unchanged stays untouched."""
    settings = settings_from(os.environ)
    return publishing.publish_site(
        database.engine(),
        settings.site,
        office=settings.office,
        base_url=settings.site_address,
        read_from=settings.site_url,
        at=clock.now(),
        today=clock.today(),
    )
