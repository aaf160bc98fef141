"""A closed case goes into one file that proves itself, and every change to that file is found."""

import json
import shutil
import zipfile
from contextlib import suppress
from hashlib import sha256

import pytest
from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.cli import run
from models.errors import InputError
from tasks.archiving import archive, closed_cases
from tasks.bundles import CASE, HISTORY, MANIFEST, check_bundle, is_bundle
from tasks.database import reading


@pytest.fixture
def desk(published) -> Desk:
    return Desk(published)


@pytest.fixture
def bundle(desk, home, tmp_path):
    with reading(desk.engine) as connection:
        places = {"letters": home / "letters", "site": home / "site"}
        (made,) = archive(connection, [1], tmp_path / "a", **places)
        (again,) = archive(connection, [1], tmp_path / "b", **places)
    assert again.path.read_bytes() == made.path.read_bytes()
    assert made.manifest_sha256 == check_bundle(made.path).manifest_sha256
    return made.path


def rewritten(bundle, change, *, listed=False):
    """The bundle with its files changed, and the list made to agree where asked."""
    with zipfile.ZipFile(bundle) as old:
        files = {name: old.read(name) for name in old.namelist()}
    change(files)
    if listed:
        manifest = json.loads(files[MANIFEST])
        manifest["files"] = {name: sha256(data).hexdigest() for name, data in files.items() if name != MANIFEST}
        files[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(bundle, "w") as new:
        for name, data in files.items():
            new.writestr(name, data)
    return check_bundle(bundle).faults


def test_everything_is_in_it_and_nobody_s_contacts(bundle):
    report = check_bundle(bundle)
    assert (report.faults, report.case) == ((), "云岭市政协六届二次会议/0001")
    with zipfile.ZipFile(bundle) as opened:
        contents = {name: opened.read(name) for name in opened.namelist()}
    folders = {name.partition("/")[0] for name in contents}
    assert folders >= {"README.txt", "letters", "drafts", "proposal", "publication", "case.json", "notices.json"}
    assert [name for name, data in contents.items() if b"13900001111" in data] == []
    assert "banli verify" in contents["README.txt"].decode()


@pytest.mark.parametrize(
    ("change", "listed", "said"),
    [
        (lambda f: f.update({"drafts/1.txt": b"x"}), False, "drafts/1.txt 被改动"),
        (lambda f: f.pop("notices.json"), False, "缺少 notices.json"),
        (lambda f: f.update({"more.txt": b""}), False, "多出 more.txt"),
        (lambda f: f.pop(HISTORY), True, "清单里没有 history.jsonl"),
        (lambda f: f.update({"drafts/1.txt": b"x"}), True, "第1稿的正文与签字所覆盖的不符"),
        (
            lambda f: f.update({HISTORY: f[HISTORY].replace("许科长".encode(), "别人".encode(), 1)}),
            True,
            "条记录被改动",
        ),
        (lambda f: f.update({HISTORY: f[HISTORY].rsplit(b"\n", 2)[0] + b"\n"}), True, "与案件登记的末条不一致"),
        (lambda f: f.update({CASE: f[CASE].replace(b'"sha256": "', b'"sha256": "0', 1)}), True, "不符"),
        (lambda f: f.update({"publication/page.html": b"<p>x</p>"}), True, "公开页面与公开时登记的文本不符"),
        (lambda f: f.update({CASE: b"[]"}), True, "记录的格式不对"),
    ],
)
def test_whatever_is_changed_is_found(bundle, change, listed, said):
    assert any(said in one for one in rewritten(bundle, change, listed=listed))


def test_a_damaged_bundle_ends_in_a_sentence_or_a_fault(bundle, tmp_path):
    content = bundle.read_bytes()
    whole = check_bundle(bundle)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(0, len(content) - 1), st.binary(min_size=1, max_size=4), st.booleans())
    def damaged(place, put, cut):
        broken = tmp_path / "broken.zip"
        broken.write_bytes(content[:place] if cut else content[:place] + put + content[place + len(put) :])
        is_bundle(broken)
        with suppress(InputError):
            found = check_bundle(broken)
            assert found.faults or found == whole

    damaged()


def test_the_commands_write_and_check_offline(desk, home, tmp_path, capsys, monkeypatch):
    for words, code, said in (
        (["archive", "0001", tmp_path / "out"], 0, "已写成 1 件"),
        (["archive", "--closed", tmp_path / "out"], 0, "没有已办结的件"),
        (["archive", tmp_path / "out"], 2, "没有写案号"),
        (["archive", "--closed", "0001", tmp_path / "out"], 2, "又写了案号"),
        (["archive", "9999", tmp_path / "out"], 2, "没有找到案号"),
    ):
        assert run([str(word) for word in words]) == code
        out, err = capsys.readouterr()
        assert said in out + err
    (file,) = (tmp_path / "out").iterdir()
    shutil.rmtree(home)
    assert run(["verify", str(file)]) == 0
    assert "条记录全部相符" in capsys.readouterr().out
    rewritten(file, lambda files: files.pop("notices.json"))
    assert run(["verify", str(file)]) == 1
    assert "不符：缺少 notices.json。" in capsys.readouterr().out
    assert run(["verify", __file__]) == 2
    assert run(["verify", str(tmp_path / "none.zip")]) == 2


def test_cases_that_are_over_are_found(desk):
    with reading(desk.engine) as connection:
        assert closed_cases(connection) == []


def test_a_signature_given_for_another_outside_its_dates_is_found(bundle):
    def forged(files):
        case = json.loads(files[CASE])
        case["signatures"][1] |= {"absent": "钱科长", "stands_from_on": "2026-01-01", "stands_until_on": "2026-01-05"}
        files[CASE] = json.dumps(case, ensure_ascii=False).encode()

    assert rewritten(bundle, forged, listed=True) == ("第2个签字是许科长代钱科长签的，不在代签期间内",)
