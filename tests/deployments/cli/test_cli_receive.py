"""Files coming in: everything wrong is told and nothing stored, or all of it is received, once."""

import csv
import os
import signal
import subprocess
import sys
import time
import zipfile

import pytest
from databases import rows
from openpyxl import Workbook
from prefect.settings import PREFECT_API_URL

SESSION = "云溪市政协六届二次会议"
TITLES = ("案号", "届次", "类型", "案由", "正文", "提案人", "提交日期")


def row(**changes):
    good = {"案号": "2026001", "届次": SESSION, "类型": "政协提案", "案由": "关于增设直饮水点的提案", "正文": "建议增设。",
            "提案人": "苏某某", "提交日期": "2026-01-20"}  # fmt: skip
    return good | changes


def sheet(path, *rows):
    """A .csv, or a .xlsx by its ending."""
    lines = [TITLES, *([one[title] for title in TITLES] for one in rows)]
    if path.suffix == ".xlsx":
        book = Workbook()
        for line in lines:
            book.active.append(line)
        book.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    return path


def count(settings):
    return rows(settings.database_url, "select count(*) from cases")[0][0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"届次": "云溪市政协七届一次会议"}, "「届次」"),
        ({"正文": ""}, "「正文」：没有填写正文"),
        ({"正文": "建" * 1_700_000}, "「正文」"),
        ({"提交日期": "2025-12-01"}, "「提交日期」"),
        ({"提交日期": "昨天"}, "「昨天」不是日期"),
        ({"案由": "坏\x07字"}, "含有控制字符或乱码（U+0007）"),
        ({"类型": "提问"}, "「类型」"),
        ({"提案人": ""}, "「提案人」"),
    ],
)
def test_a_wrong_cell_is_named_with_file_row_and_remedy_and_nothing_stored(banli, settings, tmp_path, changes, words):
    path = sheet(tmp_path / "提案.csv", row(案号="2026000"), row(**changes))
    ended = banli("receive", path)
    assert (ended.code, ended.out) == (2, "")
    assert "提案.csv 第 3 行" in ended.err
    assert words in ended.err
    assert "一件也没有登记" in ended.err
    assert count(settings) == 0


def test_every_fault_is_told_at_once(banli, settings, tmp_path):
    path = sheet(tmp_path / "提案.csv", row(案由="", 正文=""), row(案号="2026002", 提案人=""))
    ended = banli("receive", path, "--json")
    assert ended.code == 2
    assert len(ended.document["faults"]) == 3
    assert {"where", "what", "remedy"} == set(ended.document["faults"][0])


def test_a_number_given_twice_is_refused(banli, settings, tmp_path):
    path = sheet(tmp_path / "提案.csv", row(), row(正文="另一件。"))
    ended = banli("receive", path)
    assert (ended.code, "重复" in ended.err) == (2, True)


def test_a_number_received_before_with_other_words_is_refused(banli, office, tmp_path):
    ended = banli("receive", sheet(tmp_path / "提案.csv", row(案号="0001")))
    assert (ended.code, "已经收过，内容与这一件不同" in ended.err) == (2, True)


def unknown_file(path):
    return path


def empty_file(path):
    path.write_bytes(b"")
    return path


def broken_workbook(path):
    sheet(path, row())
    path.write_bytes(path.read_bytes()[:900])
    return path


def renamed_picture(path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return path


def other_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    return path


def formula(path):
    return sheet(path, row(案由="=1+1"))


def wrong_encoding(path):
    path = path.with_suffix(".csv")
    path.write_bytes("案号，届次，案由\n".encode("utf-16-le") + b"\xff\xfe\xfa")
    return path


@pytest.mark.parametrize(
    "make", [unknown_file, empty_file, broken_workbook, renamed_picture, other_zip, formula, wrong_encoding]
)
def test_a_file_that_is_no_such_sheet_is_refused_in_a_sentence(banli, settings, tmp_path, make):
    ended = banli("receive", make(tmp_path / "提案.xlsx"))
    assert (ended.code, ended.out) == (2, "")
    assert "提案." in ended.err
    assert count(settings) == 0


def test_one_bad_file_keeps_the_good_one_out_too(banli, settings, tmp_path):
    good = sheet(tmp_path / "甲.csv", row())
    ended = banli("receive", good, empty_file(tmp_path / "乙.csv"))
    assert (ended.code, count(settings)) == (2, 0)


def test_a_million_empty_rows_are_nothing(banli, settings, tmp_path):
    path = sheet(tmp_path / "提案.csv", row())
    with path.open("a", encoding="utf-8") as file:
        file.write(",,,,,,\n" * 1_000_000)
    assert banli("receive", path, "--dry-run", "--json").document["left"] == 1


def test_rare_characters_are_welcome(banli, settings, tmp_path):
    path = sheet(tmp_path / "提案.xlsx", row(提案人="𠮷某𬭎", 案由="关于𣲘圳公园的提案"))
    assert banli("receive", path, "--dry-run").code == 0


def test_a_dry_run_writes_nothing(banli, settings, tmp_path):
    path = sheet(tmp_path / "提案.csv", row(), row(案号="2026002"))
    ended = banli("receive", path, "--dry-run")
    assert ended.code == 0
    assert "可登记 2 件，此前已收过 0 件" in ended.out
    assert count(settings) == 0


# ── with a Prefect server ────────────────────────────────────────────────────────────────────────────────────────


def test_received_once_however_often(banli, settings, tmp_path, prefect_server):
    path = sheet(tmp_path / "提案.csv", row(), row(案号="00128"))
    assert "新登记 2 件，此前已收过 0 件" in banli("receive", path).out
    again = banli("receive", path, "--json").document
    assert (again["new"], again["known"], again["left"]) == (0, 2, 0)
    assert count(settings) == 2
    assert banli("show", "00128", "--json").document["case"]["number"] == "00128"


def test_interrupted_it_keeps_whole_chunks_says_so_and_goes_on(banli, settings, tmp_path, prefect_server):
    total = 6_000
    path = sheet(tmp_path / "提案.csv", *(row(案号=f"{n:05}", 案由=f"关于第{n}处直饮水点的提案") for n in range(total)))
    command = [sys.executable, "-c", "from deployments.cli import main; main()", "receive", str(path)]
    with subprocess.Popen(
        command,
        env=os.environ | {"PREFECT_API_URL": PREFECT_API_URL.value()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until = time.monotonic() + 120
        while not count(settings) and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert "再运行一次同样的命令" in out
    stored = count(settings)
    assert 0 < stored < total
    assert stored % 1_000 == 0
    assert banli("history", "verify").code == 0
    assert banli("receive", path, "--dry-run", "--json").document["left"] == total - stored
