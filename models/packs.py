"""Reading policy packs (规则包的载入): what a pack inherits is put in, what is wrong is refused with every mistake found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from models.errors import Fault, PolicyError
from models.pack_checks import faults_of
from models.policy import Pack
from models.refusals import held_against, read_toml

_OWN: Final = {"pack", "clocks", "lineage"}
_MERGED: Final = ("titles", "ladder", "ladders")
"""Merged key by key with what is inherited; every other section is replaced whole."""


def parse_pack(text: str, file: str, base: Pack | None = None) -> Pack:
    """Read one pack; sections it leaves out and clocks it does not name come from `base`, the pack it extends.

    Raises: PolicyError naming file, key and reason, with every mistake found.
    """
    return _build(read_toml(text, file), file, base)


class Packs(Mapping[str, Pack]):
    """Packs by code, whatever the order of their files, each with what it inherits put in when it is first asked for.

    A file whose code is given is not even read before.

    Raises: PolicyError for what is no TOML and a code used twice; for an unknown base, a circle in `extends` or anything
    else that is wrong with a pack, when it is asked for.
    """

    def __init__(self, texts: Mapping[str, str], codes: Mapping[str, str] | None = None) -> None:
        self._texts = texts
        self._tables: dict[str, dict[str, Any]] = {}
        self._files: dict[str, str] = {}
        self._built: dict[str, Pack] = {}
        for file in texts:
            code = codes[file] if codes else _code(self._table(file), file)
            if code in self._files:
                what = f"{code} 已由 {self._files[code]} 使用"
                raise PolicyError(Fault(f"{file}·pack·code", what, "请换一个代号。"))
            self._files[code] = file

    def __getitem__(self, code: str) -> Pack:
        return self._resolve(code, ())

    def __contains__(self, code: object) -> bool:
        return code in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def _table(self, file: str) -> dict[str, Any]:
        if file not in self._tables:
            self._tables[file] = read_toml(self._texts[file], file)
        return self._tables[file]

    def _resolve(self, code: str, above: tuple[str, ...]) -> Pack:
        if code in self._built:
            return self._built[code]
        file = self._files[code]
        base = _meta(self._table(file)).get("extends")
        if base in (*above, code):
            circle = " → ".join((*above, code, base))
            raise PolicyError(
                Fault(f"{file}·pack·extends", f"规则包相互继承成环：{circle}", "请去掉其中一个 extends。")
            )
        if base is not None and base not in self._files:
            remedy = f"可用的有：{'、'.join(sorted(self._files))}。"
            raise PolicyError(Fault(f"{file}·pack·extends", f"没有规则包 {base}", remedy))
        inherited = None if base is None else self._resolve(base, (*above, code))
        self._built[code] = _build(self._table(file), file, inherited)
        return self._built[code]


def parse_packs(texts: Mapping[str, str]) -> dict[str, Pack]:
    """All of these packs, by code. Raises: PolicyError when any of them is wrong."""
    return dict(Packs(texts))


def _code(table: Mapping[str, Any], file: str) -> str:
    """The pack's code, or the file's name where it has none that can be one; what else is wrong is told later."""
    for key in ("code", "extends"):
        if not isinstance(value := _meta(table).get(key, ""), str):
            raise PolicyError(Fault(f"{file}·pack·{key}", f"{value} 不是文字", f'请写成 {key} = "yunxi" 这样。'))
    return str(_meta(table).get("code", file))


def _meta(table: Mapping[str, Any]) -> Mapping[str, Any]:
    found = table.get("pack")
    return found if isinstance(found, dict) else {}


def _merged(inherited: Any, own: Any) -> Any:
    if isinstance(inherited, dict) and isinstance(own, dict):
        return inherited | {key: _merged(inherited.get(key), value) for key, value in own.items()}
    return own


def _build(table: dict[str, Any], file: str, base: Pack | None) -> Pack:
    named = _meta(table).get("extends")
    if named != (base.code if base else None):
        raise PolicyError(
            Fault(f"{file}·pack·extends", f"继承自 {named}，但未随同给出", "请把它和所继承的规则包放在一起载入。")
        )
    whole = dict(table)
    if base is not None:
        inherited = base.model_dump(mode="json", by_alias=True)
        whole = {key: value for key, value in inherited.items() if key not in _OWN} | table
        whole |= {key: _merged(inherited[key], table.get(key, {})) for key in _MERGED}
        whole["lineage"] = [base.code, *base.lineage]
    pack = held_against(Pack, whole, file)
    if faults := faults_of(pack, base, file):
        raise PolicyError(*faults)
    own = sorted(pack.clocks, key=lambda rule: (rule.for_role is None, rule.in_recess is None))
    ids = {rule.rule_id for rule in own}
    inherited_clocks = (rule for rule in (base.clocks if base else ()) if rule.rule_id not in ids)
    return pack.model_copy(update={"clocks": (*own, *inherited_clocks)})
