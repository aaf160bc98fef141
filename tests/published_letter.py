"""A published reply as tests print it, and how it is read."""

from __future__ import annotations

from models.published import Published, read_published


def read(text: str, **meta: str) -> Published:
    return read_published(list(enumerate(text.strip("\n").split("\n"), 1)), meta)


LETTER = """
关于区政协八届五次会议第104号提案的答复
{above}
钱多多委员：
您提出的《关于建设口袋公园的提案》收悉。现答复如下：
已建成。
{contact}
东江区园林局
{dated}
{below}
"""


def letter(above="", contact="", dated="2024年5月8日", below="", **meta) -> Published:
    return read(LETTER.format(above=above, contact=contact, dated=dated, below=below), **meta)
