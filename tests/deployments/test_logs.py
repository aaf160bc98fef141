"""Lines that machines read: one JSON object each, with the same fields from every part."""

import json
import logging
import logging.config

import pytest
from prefect.logging.configuration import DEFAULT_LOGGING_SETTINGS_PATH, load_logging_config

from deployments import logs
from models.errors import InputError

JSON = {"BANLI_LOG_FORMAT": "json"}


def written(formatter, level, words, *given, **more):
    record = logging.LogRecord("banli.web", level, __file__, 1, words, given, more.pop("exc_info", None))
    record.__dict__ |= more
    return json.loads(formatter.format(record))


@pytest.fixture
def formatter(monkeypatch):
    """The formatter Prefect's processes end up with."""
    for name, value in logs.for_prefect(JSON).items():
        monkeypatch.setenv(name, value)
    config = load_logging_config(DEFAULT_LOGGING_SETTINGS_PATH)
    console = config["handlers"]["console"]
    assert (console["formatter"], console["level"]) == ("json", "INFO")
    made = logging.config.DictConfigurator({"version": 1}).configure_formatter(config["formatters"]["json"])
    assert isinstance(made, logs.JsonLines)
    return made


def test_a_line_tells_when_how_grave_who_and_what(formatter):
    line = written(formatter, logging.INFO, "已办理%s项", 3, flow_run_name="签收 3件", flow_run_id="1")
    assert line.pop("at").endswith("+00:00")
    assert isinstance(line.pop("process"), int)
    assert line == {
        "level": "INFO", "logger": "banli.web", "message": "已办理3项", "flow_run_name": "签收 3件", "flow_run_id": "1",
    }  # fmt: skip


def test_a_line_is_one_line_in_readable_chinese(formatter):
    error = (ValueError, ValueError("两行\n的错误"), None)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "第一行\n第二行", (), error)
    said = formatter.format(record)
    assert "\n" not in said
    assert "第二行" in said
    assert "ValueError" in json.loads(said)["exc_info"]


def test_the_pages_write_the_same(formatter, monkeypatch, capsys):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    logs.configure(JSON)
    logging.getLogger("banli.web").warning("办理页面：%s", "慢")
    root.setLevel(level)
    line = json.loads(capsys.readouterr().err)
    assert set(line) == set(written(formatter, logging.INFO, "x"))
    assert line["message"] == "办理页面：慢"


def test_text_is_left_as_it_was_and_a_strange_format_is_refused():
    assert logs.for_prefect({}) == logs.for_prefect({"BANLI_LOG_FORMAT": "text"}) == {}
    before = list(logging.getLogger().handlers)
    logs.configure({})
    assert logging.getLogger().handlers == before
    for refuses in (logs.for_prefect, logs.configure):
        with pytest.raises(InputError, match=r"BANLI_LOG_FORMAT.*没有“xml”这种日志格式"):
            refuses({"BANLI_LOG_FORMAT": "xml"})
