"""How a command ends (退出码): 0 done, 1 refused in part, 2 wrong input, 3 unavailable, 130 interrupted; no traceback."""

from __future__ import annotations

import re
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from deployments.cli_console import emit, warn
from deployments.cli_office import office_settings
from models.errors import BanliError

REFUSED: Final = 1
WRONG: Final = 2
UNAVAILABLE: Final = 3
STOPPED: Final = 130


def tell(error: BanliError, *, as_json: bool) -> int:
    """Say what a user can mend; returns the exit code."""
    warn(*str(error).splitlines())
    if as_json:
        faults = [{"where": one.where, "what": one.what, "remedy": one.remedy} for one in error.faults]
        emit({"error": str(error), "faults": faults})
    return error.exit_code


def tell_unexpected(error: Exception, *, as_json: bool) -> int:
    """Say that something went wrong that is ours to mend, and where the rest stands; returns the exit code."""
    if isinstance(error, OSError) and error.errno is not None:
        sentence = (
            f"读写失败：{error.strerror}{f'（{error.filename}）' if error.filename else ''}。请检查磁盘空间和权限。"
        )
        warn(sentence)
    else:
        sentence = f"程序出错，没有办完（{type(error).__name__}）。详情见 {_write_log(error)}，请把它交给管理员。"
        warn(sentence)
    if as_json:
        emit({"error": sentence, "faults": []})
    return UNAVAILABLE


def _write_log(error: Exception) -> Path:
    """Keep the traceback in the home folder, or where temporary files go when that cannot be written."""
    text = "".join(traceback.format_exception(error))
    name = f"error-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.log"
    for folder in (office_settings().home / "logs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{' '.join(sys.argv)}\n{text}", encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return Path(name)


_USAGE: Final = (
    (r"No such command '(.+)'\..*", "没有命令“{0}”"),
    (r"No such option: (\S+).*", "没有选项“{0}”"),
    (r"Missing command.*", "没有写命令"),
    (r"Missing (?:argument|option|parameter) '?([^'.]+)'?.*", "缺少 {0}"),
    (r"Option '([^']+)' requires an argument.*", "选项 {0} 后面没有写值"),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.+)\)", "多出了“{0}”"),
    (r"Invalid value for '?([^':]+)'?: .*(?:valid integer|valid int).*", "{0} 要写整数"),
    (r"Invalid value for '?([^':]+)'?: .*greater than or equal to (\S+)", "{0} 不能小于 {1}"),
    (r"Invalid value for '?([^':]+)'?: .*less than or equal to (\S+)", "{0} 不能大于 {1}"),
    (r"Invalid value for '?([^':]+)'?: (.*)", "{0} 填写有误（{1}）"),
)
"""What the command-line parser says, in our words."""


def tell_usage(error: Any, *, as_json: bool, near: tuple[str, ...] = ()) -> int:
    """Say what is wrong with the command line itself; returns the exit code."""
    said = str(error.format_message())
    what = next(
        (
            sentence.format(*found.groups())
            for sign, sentence in _USAGE
            if (found := re.fullmatch(sign, said, re.DOTALL))
        ),
        said,
    )
    path = error.ctx.command_path if error.ctx else "banli"
    hint = f"是不是“{near[0]}”？" if near else ""
    sentence = f"{what}。{hint}用法见 {path} --help。"
    warn(sentence)
    if as_json:
        emit({"error": sentence, "faults": []})
    return WRONG
