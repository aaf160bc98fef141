"""Tables as offices really send them: what is read, and what is refused in which words."""

import io
import random
import resource
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from models.errors import InputError
from tasks.intake_columns import COLUMNS as RECEIPT
from tasks.intake_columns import write_template
from tasks.sheets import Column, read_table, scan_table

COLUMNS = (Column("案号"), Column("案由", required=True), Column("类型", choices=("政协提案", "建议案")))


def workbook(path, rows, *, sheet="Sheet1"):
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def with_sheet_xml(path, xml):
    """The workbook with its first sheet's XML replaced."""
    content = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            with new.open(info.filename, "w") as part:
                for piece in xml if info.filename == "xl/worksheets/sheet1.xml" else [old.read(info)]:
                    part.write(piece)
    return path


def sheet_xml(*rows):
    yield b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    yield from rows
    yield b"</sheetData></worksheet>"


def refusal(path, **options):
    with pytest.raises(InputError) as refused:
        read_table(path, **options)
    return str(refused.value)


def test_values_become_the_text_a_clerk_sees(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["数", "零", "日", "时", "否", "字"],
            [
                2023128.0,
                "00512",
                date(2026, 1, 20),
                datetime.fromisoformat("2026-01-20T08:30"),
                False,
                "𠮷野家\r\n二楼",
            ],
            [1.5, "", datetime.fromisoformat("2026-01-20"), None, True, " 前后有空 "],
        ],
    )
    first, second = read_table(path).rows
    assert list(first.cells.values()) == ["2023128", "00512", "2026-01-20", "2026-01-20 08:30", "否", "𠮷野家\n二楼"]
    assert second.cells == {"数": "1.5", "日": "2026-01-20", "否": "是", "字": "前后有空"}
    assert (first.number, second.number) == (2, 3)


def test_the_headings_may_stand_below_a_title_and_be_marked(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", [["云溪市提案登记表"], [], ["案 号", "*案由(必填)", "类型*"], ["7", "修路", "建议案"]]
    )
    (row,) = read_table(path, columns=COLUMNS).rows
    assert (row.number, row.cells) == (4, {"案号": "7", "案由": "修路", "类型": "建议案"})


def test_headings_that_cannot_be_taken_are_all_named(tmp_path):
    said = refusal(workbook(tmp_path / "a.xlsx", [["案号", "案号", "类形", "类型"]]), columns=COLUMNS)
    assert "第 1 行" in said
    assert "「案号」出现了多次" in said
    assert "「类形」" in said
    assert "是不是「类型」" in said
    assert "缺少必填的列「案由」" in said


def test_a_sheet_without_headings_is_refused(tmp_path):
    assert "找不到表头" in refusal(workbook(tmp_path / "a.xlsx", [["1", "2"], ["3"]]), columns=COLUMNS)


def test_the_sheet_with_the_headings_is_found_and_two_are_refused(tmp_path):
    book = Workbook()
    book.active.append(["填写说明", "请看"])
    for name in ("一", "二"):
        sheet = book.create_sheet(name)
        sheet.append(["案号", "案由"])
        sheet.append([name, "修路"])
    book.save(tmp_path / "a.xlsx")
    assert "有 2 张工作表都有内容" in refusal(tmp_path / "a.xlsx", columns=COLUMNS)
    assert read_table(tmp_path / "a.xlsx", "二", columns=COLUMNS).rows[0]["案号"] == "二"
    assert "没有工作表「三」" in refusal(tmp_path / "a.xlsx", sheet="三")


def test_formulas_and_error_values_are_refused_with_their_cells(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["案号", "案由"], ["=A1&1", "修路"], ["2", "#N/A"]])
    said = refusal(path, columns=COLUMNS)
    assert "单元格 A2" in said
    assert "单元格 B3" in said
    assert "选择性粘贴为数值" in said


def test_a_formula_far_down_is_found_across_pieces_of_the_file(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["案号", "案由"]])
    rows = [b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>']
    rows += [b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(2, 60_000)]
    rows += [b'<row r="60000"><c r="C60000"><f>A1+1</f><v>2</v></c></row>']
    assert "单元格 C60000" in refusal(with_sheet_xml(path, sheet_xml(*rows)))


def test_a_million_empty_rows_cost_little(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["案号", "案由"]])
    head = b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'
    empty = (b'<row r="%d"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>' % (n, n, n) for n in range(2, 1_000_001))
    with_sheet_xml(path, sheet_xml(head, *(b"".join(row for _, row in zip(range(10_000), empty, strict=False))
                                           for _ in range(100))))  # fmt: skip
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert read_table(path).rows == ()
    assert time.process_time() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_content_scattered_to_the_last_cell_is_refused_before_room_is_made_for_it(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["案号", "案由"]])
    with_sheet_xml(path, sheet_xml(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))
    assert "XFD1048576" in refusal(path)


def test_broken_locked_old_and_foreign_workbooks(tmp_path):
    whole = workbook(tmp_path / "ok.xlsx", [["案号"]]).read_bytes()
    ole = bytes.fromhex("D0CF11E0A1B11AE1")
    cases = {
        "cut.xlsx": (whole[: len(whole) // 2], "文件不完整"),
        "text.xlsx": ("案号".encode(), "内容不是 Excel 工作簿"),
        "locked.xlsx": (ole + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        "old.xls": (ole + b"\0" * 512, "另存为 .xlsx"),
        "empty.xlsx": (b"", "空文件"),
        "a.pdf": (b"%PDF-1.7", "不支持的格式"),
    }
    for name, (content, said) in cases.items():
        (tmp_path / name).write_bytes(content)
        assert said in refusal(tmp_path / name), name
    flipped = bytearray(whole)
    flipped[whole.index(b"PK", 4) - 20] ^= 0xFF
    (tmp_path / "flipped.xlsx").write_bytes(bytes(flipped))
    assert "已损坏" in refusal(tmp_path / "flipped.xlsx")
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        archive.writestr("readme.txt", "x")
    assert "已损坏" in refusal(tmp_path / "other.xlsx")
    assert "打不开" in refusal(tmp_path / "nowhere.xlsx")


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["案号"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.bin", "w") as part:
        for _ in range(800):
            part.write(bytes(1 << 20))
    assert "展开后超过" in refusal(path)


def test_control_characters_are_named_with_their_cell(tmp_path):
    (tmp_path / "a.csv").write_text("案号,案由\n1,修\x08路\n", encoding="utf-8")
    said = refusal(tmp_path / "a.csv", columns=COLUMNS)
    assert "a.csv 第 2 行「案由」" in said
    assert "U+0008" in said


def test_content_under_no_heading_is_not_dropped_silently(tmp_path):
    (tmp_path / "a.csv").write_text("案号,案由\n1,修路,还有\n", encoding="utf-8")
    assert "没有表头的列里有内容「还有」" in refusal(tmp_path / "a.csv", columns=COLUMNS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_usual_encoding_and_delimiter(tmp_path, encoding, delimiter):
    text = f'案号{delimiter}案由\n007{delimiter}"修路,\n架桥"\n\n8{delimiter}𠮷祥路\n'
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    rows = read_table(tmp_path / "a.csv", columns=COLUMNS).rows
    assert [row.cells for row in rows] == [{"案号": "007", "案由": "修路,\n架桥"}, {"案号": "8", "案由": "𠮷祥路"}]
    assert [row.number for row in rows] == [2, 4]


def test_a_wrong_byte_is_named_with_its_row(tmp_path):
    good = "案号,案由\n1,关于修路的提案\n2,".encode()
    (tmp_path / "a.csv").write_bytes(good + b"\xff\n")
    said = refusal(tmp_path / "a.csv", columns=COLUMNS)
    assert "文本第 3 行" in said
    assert f"第 {len(good) + 1} 个字节（0xFF）" in said
    (tmp_path / "b.csv").write_bytes("案号,案由\n".encode("gb18030") + b"1,\x81\x20\n")
    assert "UTF-8 和 GB18030" in refusal(tmp_path / "b.csv", columns=COLUMNS)


def test_an_unclosed_quote_is_refused_where_it_begins(tmp_path):
    (tmp_path / "a.csv").write_text('案号,案由\n1,修路\n2,"架桥\n3,种树\n', encoding="utf-8")
    said = refusal(tmp_path / "a.csv", columns=COLUMNS)
    assert "第 3 行" in said
    assert "引号不成对" in said


def test_csv_formulas_and_nul_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("案号,案由\n=1+1,修路\n", encoding="utf-8")
    assert "是公式" in refusal(tmp_path / "a.csv", columns=COLUMNS)
    (tmp_path / "b.csv").write_text("案号,案由\n1,修\0路\n", encoding="utf-8")
    assert "空字符" in refusal(tmp_path / "b.csv", columns=COLUMNS)


def test_json_is_read_in_its_usual_shapes(tmp_path):
    path = tmp_path / "a.json"
    for text in (
        '[{"案由": "修路", "案号": 7}]',
        '{"案由": "修路", "案号": 7}',
        '{"proposals": [{"案由": "修路", "案号": 7.0}]}',
    ):
        path.write_text(text, encoding="utf-8")
        assert read_table(path, columns=COLUMNS).rows[0].cells == {"案由": "修路", "案号": "7"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"案由": "修路",}]', "第 1 行第"),
        ("3", "对象的列表"),
        ('[{"案由": {"a": 1}}]', "第 1 件「案由」"),
        ('[{"案由": "a", "案由": "b"}]', "写了两次"),
        ('[{"案由": "a", "备注": "b"}]', "不认识的项「备注」"),
        (r'[{"案由": "a\ud800"}]', "U+D800"),
        ("[" * 100_000, "不是有效的 JSON"),
    ],
)
def test_json_that_cannot_be_taken(tmp_path, text, said):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert said in refusal(tmp_path / "a.json", columns=COLUMNS)


def test_cell_faults_leave_the_rest_readable(tmp_path):
    (tmp_path / "a.csv").write_text("案号,案由\n1,修\x08路\n2,架桥\n", encoding="utf-8")
    table = scan_table(tmp_path / "a.csv", columns=COLUMNS)
    assert len(table.faults) == 1
    assert len(table.rows) == 2


@pytest.mark.parametrize("seed", range(40))
def test_damage_inside_a_workbook_ends_in_a_sentence(tmp_path, seed):
    """Parts with bytes lost, doubled or changed, packed again so that only the content is wrong."""
    chance = random.Random(seed)
    write_template(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as whole:
        parts = {name: bytearray(whole.read(name)) for name in whole.namelist()}
    for _ in range(25):
        damaged = {name: bytearray(content) for name, content in parts.items()}
        content = damaged[chance.choice(list(parts))]
        at, length = chance.randrange(len(content)), chance.randint(1, 40)
        content[at : at + length] = chance.choice((b"", content[at : at + length] * 2, chance.randbytes(1)))
        with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
            for name, text in damaged.items():
                archive.writestr(name, bytes(text))
        try:
            assert scan_table(tmp_path / "b.xlsx", columns=RECEIPT).columns
        except InputError as error:
            assert error.faults[0].remedy.endswith("。")  # noqa: PT017 - either way out is right
