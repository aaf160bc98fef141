"""What a database says when it cannot, as a sentence for people (数据库的错误), where the cause lies outside our code."""

from __future__ import annotations

import re
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.errors import Fault, UnavailableError

_AGAIN = "请稍后重试。"
_BUSY = ("数据库正忙，没有写入任何内容", _AGAIN)
_FULL = ("磁盘已满，没有写入任何内容", "请腾出空间后重试。")
_TAKEN = ("与同时进行的另一次登记相冲突，没有写入任何内容", "请重试一次。")
_READ_ONLY = ("数据库是只读的，没有写入任何内容", "请检查文件权限后重试。")
_STANDBY = ("数据库是只读的，没有写入任何内容", "请检查 BANLI_DATABASE_URL 指的是不是主库。")
_NOT_MADE = ("数据库还没有建好", "请先运行 banli up 或 banli init。")
_NO_DATABASE = ("没有这个数据库", "请先在 PostgreSQL 里建库（createdb），再运行 banli init。")
_OTHER_VERSION = ("数据库和程序不是同一个版本", "请运行 banli init 升级数据库；数据库更新的，请换用新版本的程序。")
_DAMAGED = ("数据库文件已损坏", "请运行 banli doctor 检查，并从备份恢复。")
_NOT_ALLOWED = ("数据库账号没有这项权限，没有写入任何内容", "请核对 BANLI_DATABASE_URL 里的账号和它的授权。")
_NO_MORE = ("数据库的连接已经用完", "请稍后重试；经常如此，请调大 PostgreSQL 的 max_connections。")
_UNREACHABLE = ("连不上数据库", "请检查数据库是否在运行，稍后重试。")

_CODES: Final = {
    "23505": _TAKEN,
    "25006": _STANDBY,
    "40001": _BUSY,
    "40P01": _BUSY,
    "42501": _NOT_ALLOWED,
    "42703": _OTHER_VERSION,
    "42P01": _NOT_MADE,
    "53100": _FULL,
    "53300": _NO_MORE,
    "55P03": _BUSY,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""PostgreSQL's own codes: what it says may be in any language (lc_messages).

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_SIGNS: Final = (
    ("unique constraint", _TAKEN),
    ("disk is full", _FULL),
    ("disk i/o error", ("写不进磁盘，没有写入任何内容", "请检查磁盘空间、配额和磁盘状况后重试。")),
    ("readonly", _READ_ONLY),
    ("locked", _BUSY),
    ("unable to open", ("打不开数据库", "请检查 BANLI_HOME 或 BANLI_DATABASE_URL 是否正确、目录是否可写。")),
    ("no such table", _NOT_MADE),
    ("no such column", _OTHER_VERSION),
    ("malformed|not a database", _DAMAGED),
    ('database ".*" does not exist', _NO_DATABASE),
    ("too many (clients|connections)|remaining connection slots", _NO_MORE),
)
"""What SQLite says; and what PostgreSQL says while connecting, for which there is no code."""


def explained(error: DBAPIError | PoolTimeout) -> Exception:
    """The error to raise in its place; the error itself where nobody but us can help."""
    if isinstance(error, PoolTimeout):  # every connection of this process is in use
        return _unavailable(*_BUSY)
    code = getattr(error.orig, "sqlstate", None)
    if code in _CODES:
        return _unavailable(*_CODES[code])
    said = str(error.orig).lower()
    for sign, words in () if code else _SIGNS:
        if re.search(sign, said):
            return _unavailable(*words)
    if isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error):
        return _unavailable(*_UNREACHABLE)
    return error


def _unavailable(what: str, remedy: str) -> UnavailableError:
    return UnavailableError(Fault("", what, remedy))
