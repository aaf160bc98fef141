"""Replies as offices published them: read with their places, or taken through the life cycle again."""

from pathlib import Path

PUBLISHED = Path(__file__).parents[2] / "published"


def test_import_tells_each_field_with_its_place(banli, home):
    shown = banli("import", PUBLISHED / "coded.txt").out
    assert "HG-202400416" in shown
    assert "第1行第11字" in shown
    assert "页面上没有" in shown
    (document,) = banli("import", PUBLISHED / "coded.txt", "--json").document
    assert document["number"]["value"] == "HG-202400416"
    assert document["document_number"] is None


def test_import_reads_what_it_can_and_names_what_it_cannot(banli, home, tmp_path):
    ended = banli("import", PUBLISHED / "coded.txt", tmp_path / "没有.html", "--json")
    assert ended.code == 1
    good, bad = ended.document
    assert good["result_class"]["value"] == "A"
    assert "没有找到这个文件" in bad["error"]
    assert banli("import", tmp_path / "没有.html").code == 2


def test_a_reply_is_taken_through_the_life_cycle_in_a_folder_of_its_own(banli, home, tmp_path, prefect_server):
    ended = banli(
        "import", PUBLISHED / "coded.txt", tmp_path / "没有.html", "--replay", "--into", tmp_path / "own", "--json"
    )
    assert ended.code == 1
    good, bad = ended.document
    assert good["case"] == "区政协九届四次会议/HG-202400416"
    assert Path(good["page"]).is_relative_to(tmp_path / "own" / "site")
    assert "HG-202400416" in Path(good["page"]).read_text(encoding="utf-8")
    assert "没有找到这个文件" in bad["refused"]
    assert not home.exists()
