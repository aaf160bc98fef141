"""Logs for machines (结构化日志): from every part one JSON object a line, where BANLI_LOG_FORMAT=json asks for it."""

from __future__ import annotations

import logging.config
from collections.abc import Mapping
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

from models.errors import Fault, InputError

VARIABLE: Final = "BANLI_LOG_FORMAT"
FORMATS: Final = ("text", "json")
FORMATTER: Final = "deployments.logs.JsonLines"


class JsonLines(JsonFormatter):
    """`at` (UTC), `level`, `logger`, `message`, `process`; from Prefect also the run's name and id; of an error `exc_info`.

    Constructed as `logging.config` does: whatever format it names, the fields are these.
    """

    def __init__(self, *_given: Any) -> None:
        super().__init__(
            ["levelname", "name", "message", "process"],
            timestamp="at",
            rename_fields={"levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
        )


def for_prefect(environ: Mapping[str, str]) -> dict[str, str]:
    """What makes Prefect's processes write such lines; nothing where text is wanted.

    Source: Prefect, logging customization: any key of its logging.yml is taken from `PREFECT_LOGGING_<PATH>`.
    Raises: InputError when BANLI_LOG_FORMAT is no format.
    """
    if not _json_wanted(environ):
        return {}
    return {
        "PREFECT_LOGGING_FORMATTERS_JSON_CLASS": FORMATTER,
        "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO",
    }


def configure(environ: Mapping[str, str]) -> None:
    """Have this process write such lines to stderr, where they are wanted. Raises: InputError as `for_prefect` does."""
    if _json_wanted(environ):
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"json": {"()": FORMATTER}},
                "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
                "root": {"level": "WARNING", "handlers": ["console"]},
            }
        )


def _json_wanted(environ: Mapping[str, str]) -> bool:
    given = environ.get(VARIABLE) or FORMATS[0]
    if given not in FORMATS:
        raise InputError(Fault(VARIABLE, f"没有“{given}”这种日志格式", "请设为 text 或 json。"))
    return given == "json"
