"""`link resend`: what was lost stops working, the new goes to the address on file."""

from sqlalchemy import select

from models.tables.fields import core
from models.tables.history import HistoryRow
from tasks import database

HISTORY = core(HistoryRow)


def test_a_lost_link_is_replaced_after_a_trial(banli, office):
    tried = banli("link", "resend", "0004", "--to", "民政局", "--dry-run")
    assert tried.code == 0
    assert "只是试办，没有写入" in tried.out
    done = banli("link", "resend", "0004", "--to", "民政局", "--by", "王敏", "--json")
    assert done.code == 0
    assert done.document["outcome"]["result"] == "已办理"
    assert "重发链接" in banli("show", "0004").out
    with database.engine(office.database_url).connect() as connection:
        assert connection.scalars(select(HISTORY.c.name).where(HISTORY.c.action == "重发链接")).all() == ["王敏"]


def test_who_has_no_part_is_refused_with_those_who_have(banli, office):
    ended = banli("link", "resend", "0004", "--to", "气象局")
    assert ended.code != 0
    assert "气象局不是本件的承办单位或提案人" in ended.err
    assert "可以发给" in ended.err


def test_a_case_that_is_not_there_is_refused_in_a_sentence(banli, office):
    ended = banli("link", "resend", "9999999", "--to", "民政局")
    assert ended.code != 0
    assert "没有找到案号" in ended.err
