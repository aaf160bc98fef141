"""Letters as files (函件): `letter`, and the templates they are made from: `letter-template export`, `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli_console import AsJson, emit, group, say, show_table, told
from deployments.cli_office import look, office_settings
from deployments.cli_work import CaseRef
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from tasks.case_letters import CaseLetter

_SUFFIXES = (".docx", ".pdf")

Kind = Annotated[
    str, typer.Option("--kind", metavar="种类", help="答复函、会办意见函、延期告知函、阶段答复函、承诺落实函。")
]
Out = Annotated[Path, typer.Argument(metavar="去处", help="文件（只有一封时）或目录。")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "函件：把一件的答复函、会办意见函、延期告知函等生成 PDF 或 .docx；每位收函人一封。"
    examples = (
        "banli letter 2023128",
        "banli letter 2023128 --pdf 函件/",
        "banli letter 2023128 --to 张三 --docx 函.docx",
    )
    app.command("letter", **told(about, *examples))(letter)
    template = group("letter-template", "函件模板：取出随附的来改，核对改好的。")
    about = "取出函件模板来改：letter.docx 用 Word 改，letter.typ 管 PDF。改好放回数据目录的 templates 里就生效。"
    template.command("export", **told(about, "banli letter-template export 模板/"))(export)
    about = "核对改过的模板（.docx、.typ）：写错的变量指出第几段、第几行。"
    template.command("check", **told(about, "banli letter-template check 模板/letter.docx"))(check)
    app.add_typer(template)


def letter(
    case: CaseRef,
    kind: Kind = "答复函",
    to: Annotated[str | None, typer.Option("--to", metavar="姓名", help="只要给这位的。")] = None,
    *,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="去处", help="存成 PDF：文件名，或目录。")] = None,
    docx: Annotated[Path | None, typer.Option("--docx", metavar="去处", help="存成 .docx：文件名，或目录。")] = None,
    form: Annotated[bool, typer.Option(help="答复函后附征询意见表。")] = True,
    as_json: AsJson = False,
) -> None:
    """A case's letters, listed or written."""
    found = _letters(case, kind, to)
    if not form:
        found = [_without_form(one) for one in found]
    written = [
        path for where, suffix in ((docx, ".docx"), (pdf, ".pdf")) if where for path in _write(found, where, suffix)
    ]
    if as_json:
        emit(
            {
                "letters": [{"kind": one.kind, "to": one.to, "title": one.letter.title} for one in found],
                "files": written,
            }
        )
        return
    if not written:
        rows = [(one.to, one.letter.title, one.letter.document_number, one.letter.letter_on) for one in found]
        show_table(("收函人", "标题", "文号", "日期"), rows)
        say("要存成文件，请加 --pdf 或 --docx。", *_free_numbers(case))
    for path in written:
        say(f"已写成 {path}。")
    if pdf:
        _say_replaced()


def _free_numbers(case: str) -> list[str]:
    """The next document numbers of every agency of the case that has a prefix."""
    from tasks.case_file import find_case
    from tasks.clock import today
    from tasks.letter_numbers import next_numbers
    from tasks.loading import load_cases
    from tasks.world import packs

    with look() as connection:
        found = load_cases(connection, [find_case(connection, case)]).popitem()[1]
        said = []
        for part in found.open_assignments:
            free = next_numbers(connection, part.agency, packs()[found.pack], year=today().year)
            if free:
                number = free.reply if part.leads else free.opinion
                said.append(f"{part.agency}的下一个文号：{number}")
    return said


def _letters(case: str, kind: str, to: str | None) -> list[CaseLetter]:
    from notifications.letter_kinds import LetterKind
    from tasks.case_letters import case_letters
    from tasks.clock import today

    if kind not in set(LetterKind):
        raise InputError(Fault("--kind", f"没有这种函件“{kind}”", f"可以写：{'、'.join(LetterKind)}。"))
    with look() as connection:
        found = case_letters(connection, case, LetterKind(kind), today=today())
    names = list(dict.fromkeys(one.to for one in found))
    if to is not None and to not in names:
        raise InputError(Fault("--to", f"没有给“{to}”的函", f"可以写：{'、'.join(names)}。"))
    return [one for one in found if to in {None, one.to}]


def _without_form(one: CaseLetter) -> CaseLetter:
    from dataclasses import replace

    from notifications.letter_forms import TITLE

    kept = tuple(name for name in one.letter.attachments if name != TITLE)
    return replace(one, letter=replace(one.letter, attachments=kept), form=None)


def _write(found: list[CaseLetter], where: Path, suffix: str) -> list[Path]:
    """Into one file when there is one letter and the name is a file's, else each into its own in a folder."""
    from tasks.case_letters import file_name
    from tasks.letters import write_docx
    from tasks.letters_pdf import TEMPLATE, write_pdf

    single = where.suffix.lower() == suffix
    if single and len(found) > 1:
        remedy = f"请写目录名，或用 --to 指定一位：{'、'.join(one.to for one in found)}。"
        raise InputError(Fault(f"{where}", f"有{len(found)}封函，一个文件放不下", remedy))
    if not single and where.suffix.lower() in _SUFFIXES:
        raise InputError(Fault(f"{where}", f"文件名应以 {suffix} 结尾", "请改文件名，或写目录名。"))
    settings = office_settings()
    paths = []
    for one in found:
        path = where if single else where / file_name(one, suffix)
        if suffix == ".pdf":
            own = settings.letter_typ
            write_pdf(one.letter, path, form=one.form, template=own if own.exists() else TEMPLATE)
        else:
            own = settings.letter_docx
            write_docx(one.letter, path, form=one.form, template=own if own.exists() else None)
        paths.append(path)
    return paths


def _say_replaced() -> None:
    from tasks.fonts import faces, replaced

    if said := replaced(faces()):
        say(f"本机没有标准字体：{'，'.join(said)}。")


def export(folder: Out) -> None:
    """Write the built-in templates, never over an existing file."""
    from tasks.atomic import write_bytes
    from tasks.letters_builtin import template_bytes
    from tasks.letters_pdf import TEMPLATE

    files = {"letter.docx": template_bytes(), "letter.typ": TEMPLATE.read_bytes()}
    for name, content in files.items():
        path = folder / name
        if path.exists():
            raise InputError(Fault(str(path), "文件已经有了", "请换一个目录，或先移走。"))
        write_bytes(path, content)
        say(f"已写成 {path}。")
    say(f"改好后用 banli letter-template check 核对，再放到 {office_settings().home / 'templates'}。")


def check(
    files: Annotated[list[Path], typer.Argument(metavar="文件", help="改过的 letter.docx 或 letter.typ。")],
) -> None:
    """Check templates by setting a sample letter in each."""
    from tasks.letters_check import check_template

    for path in files:
        say(f"{path} 可以用：{check_template(path)}。")
