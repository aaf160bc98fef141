"""A TOML document held against a pydantic model, its mistakes told as Chinese faults with file and key."""

from __future__ import annotations

import json
import tomllib
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from models.errors import Fault, PolicyError

M = TypeVar("M", bound=BaseModel)

_REASONS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("缺少这一项", "请补上。"),
    "extra_forbidden": ("不认识的键", "请删去，或对照文档改正写法。"),
    "enum": ("不认识的值 {value}", "可用的值：{expected}。"),
    "literal_error": ("不认识的值 {value}", "可用的值：{expected}。"),
    "int_type": ("{value} 不是整数", "请写不加引号的整数。"),
    "string_type": ("{value} 不是文字", "请写成加引号的文字。"),
    "bool_type": ("{value} 不是 true 或 false", "请写 true 或 false。"),
    "greater_than": ("{value} 太小", "应大于 {gt}。"),
    "greater_than_equal": ("{value} 太小", "不得小于 {ge}。"),
    "less_than_equal": ("{value} 太大", "不得大于 {le}。"),
    "string_too_short": ("没有内容", "请写明。"),
    "string_pattern_mismatch": ("{value} 写法不对", "应符合 {pattern}。"),
    "too_short": ("没有内容", "至少写一项。"),
}
"""Pydantic's error types and what they are called to a clerk."""

_PATTERNS: Final = {
    r"^[a-z][a-z0-9_]*$": "小写字母开头，只用小写字母、数字和下划线",
    r"^[a-z0-9_.]+$": "只用小写字母、数字、下划线和点",
    r"^(0[1-9]|1[0-2])-[0-3]\d$": "月-日的写法，例如 08-31",
}
"""What a pattern asks for, in words."""

_OTHER: Final = ("{value} 无法识别", "请对照自带的规则包改正。")


def read_toml(text: str, file: str) -> dict[str, Any]:
    """Parse TOML. Raises: PolicyError when it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise PolicyError(Fault(file, f"不是有效的 TOML({wrong})", "请对照自带的文件修改格式。")) from wrong


def held_against(model: type[M], table: dict[str, Any], file: str) -> M:
    """`table` as a `model`, strictly. Raises: PolicyError with every mistake."""
    try:
        return model.model_validate_json(json.dumps(table, default=str))
    except ValidationError as wrong:
        raise PolicyError(*(_fault(error, file) for error in wrong.errors(include_url=False))) from wrong


def _fault(error: Any, file: str) -> Fault:
    what, remedy = _REASONS.get(error["type"], _OTHER)
    given = error.get("ctx", {})
    if "expected" in given:
        given = given | {"expected": str(given["expected"]).replace(" or ", "、").replace(", ", "、").replace("'", "")}
    if pattern := given.get("pattern"):
        given = given | {"pattern": _PATTERNS.get(pattern, pattern)}
    words = {"value": json.dumps(error["input"], ensure_ascii=False, default=str)} | given
    where = "·".join([file, *(f"第{part + 1}项" if isinstance(part, int) else str(part) for part in error["loc"])])
    return Fault(where, what.format(**words), remedy.format(**words))
