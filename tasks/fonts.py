"""The faces a letter is set in (字体): those the standard names where they are installed, free ones where not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from models.errors import Fault, UnavailableError

WANTED: Final = {
    "小标宋": (
        "方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "小标宋体",
        "华文中宋", "STZhongsong",
    ),
    "仿宋": (
        "仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "方正仿宋_GBK", "FZFangSong-Z02", "华文仿宋", "STFangsong",
        "朱雀仿宋", "Zhuque Fangsong", "Zhuque Fangsong (technical preview)",
    ),
    "楷体": (
        "楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "方正楷体_GBK", "FZKai-Z03", "华文楷体", "STKaiti",
        "LXGW WenKai", "霞鹜文楷", "AR PL UKai CN",
    ),
    "黑体": ("黑体", "SimHei", "方正黑体_GBK", "FZHei-B01", "华文黑体", "STHeiti"),
    "宋体": ("宋体", "SimSun", "方正书宋_GBK", "FZShuSong-Z01", "华文宋体", "STSong"),
}  # fmt: skip
"""Family names that are the face, best first: commercial, of an operating system, or free (朱雀仿宋, 霞鹜文楷: OFL)."""

SERIF: Final = ("Noto Serif CJK SC", "Source Han Serif SC", "思源宋体", "Noto Serif SC")
SANS: Final = ("Noto Sans CJK SC", "Source Han Sans SC", "思源黑体", "Noto Sans SC")
STAND_INS: Final = {"小标宋": SERIF, "仿宋": SERIF, "楷体": SERIF, "黑体": SANS, "宋体": SERIF}
"""Free families (OFL) that stand in where the face is not installed: Debian's fonts-noto-cjk has both."""

HAN: Final = (
    *SERIF, *SANS, "SimSun-ExtB", "宋体-ExtB", "SimSun-ExtG", "FangSong_GB18030", "HanaMinA", "HanaMinB",
    "BabelStone Han", "Plangothic P1", "Plangothic P2", "TW-Sung-Ext-B",
)  # fmt: skip
SYMBOLS: Final = ("Noto Sans Symbols 2", "Noto Emoji", "Segoe UI Symbol", "DejaVu Sans")
"""Asked in turn for a character the face does not have: rare ones (生僻字), then signs."""

REMEDY: Final = "Debian、Ubuntu 可运行 apt-get install fonts-noto-cjk；或把单位的字体装到系统字体目录。"


@dataclass(frozen=True, slots=True)
class Face:
    """One face as it will be printed: what the standard names, what is used, and what helps with rare characters."""

    name: str
    family: str
    genuine: bool
    """Whether the family is the face itself and no stand-in."""
    chain: tuple[str, ...]
    """Families asked in turn for each character."""


@cache
def installed() -> Any:
    """Every font of this machine, searched once in a process (a `typst.Fonts`)."""
    import typst  # noqa: PLC0415 - 80 MB that only a PDF needs

    return typst.Fonts(include_embedded_fonts=False)


@cache
def faces() -> dict[str, Face]:
    """Every face by its name.

    Raises: UnavailableError when no Chinese font is installed at all.
    """
    return choose(frozenset(installed().families()))


def choose(families: frozenset[str]) -> dict[str, Face]:
    """The faces a machine with these font families prints in.

    Raises: UnavailableError when none of them is Chinese.
    """
    rare, signs = ([family for family in asked if family in families] for asked in (HAN, SYMBOLS))
    found = {}
    for name, wanted in WANTED.items():
        family = next((one for one in (*wanted, *STAND_INS[name], *rare) if one in families), None)
        if family is None:
            fault = Fault("字体", f"本机没有{name}，也没有能代替它的中文字体，不能生成 PDF", REMEDY)
            raise UnavailableError(fault)
        chain = (family, *(one for one in (*rare, *signs) if one != family))
        found[name] = Face(name, family, genuine=family in wanted, chain=chain)
    return found


def replaced(found: dict[str, Face]) -> tuple[str, ...]:
    """What is printed in another face than the standard's, e.g. `仿宋用 Noto Serif CJK SC 代替`."""
    return tuple(f"{face.name}用 {face.family} 代替" for face in found.values() if not face.genuine)
