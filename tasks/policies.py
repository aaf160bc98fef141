"""Policy packs (规则包) read from the package and, where an office keeps its own, from a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import models
from models.errors import Fault, InputError, UnavailableError
from models.packs import Packs, parse_packs
from models.policy import Pack

DEFAULT = "national_cppcc"
SHIPPED: Final = Path(models.__file__).with_name("policies")
"""The package's packs, each in a file named as its code."""


def load_packs(folder: Path | None = None) -> Mapping[str, Pack]:
    """All packs by code; a file in `folder` replaces the packaged one of the same name.

    With a folder all are checked; the package's alone are right, and each is read and built when it is asked for.

    Raises: PolicyError for a pack that is wrong; UnavailableError when the folder cannot be read.
    """
    texts = pack_texts(folder)
    return Packs(texts, {file: file.removesuffix(".toml") for file in texts}) if folder is None else parse_packs(texts)


def load_pack(code: str = DEFAULT, folder: Path | None = None) -> Pack:
    """One pack. Raises: InputError when there is none of this code."""
    packs = load_packs(folder)
    if code not in packs:
        raise InputError(Fault("规则包", f"没有 {code}", f"可用的有：{'、'.join(sorted(packs))}。"))
    return packs[code]


def pack_texts(folder: Path | None = None) -> dict[str, str]:
    """The text of every pack by file name: the package's, then the office's own."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.toml"))}
    return texts if folder is None else texts | _own(folder)


def _own(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise UnavailableError(Fault(str(folder), "没有这个规则包文件夹", "请建立文件夹，或改正设置。"))
    texts = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            texts[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise UnavailableError(
                Fault(str(path), f"读不出规则包（{wrong}）", "请核对路径、权限和编码(UTF-8)。")
            ) from wrong
    return texts
