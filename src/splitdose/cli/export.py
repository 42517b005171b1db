"""Reports: `export` writes what was recorded as text, page, table, calendar or data."""

from splitdose.cli.parser import Commands
from splitdose.cli.shell import Declined, Shell
from splitdose.core.amount import quote
from splitdose.core.errors import BadInput
from splitdose.report import FORMATS, make
from splitdose.report.files import write_report


def add(commands: Commands) -> None:
    """Add this family's commands."""
    about = "\n".join(f"{f.name}: {f.description}" for f in FORMATS.values())
    export = commands.add(
        "export", export_report, "write a report of what was recorded",
        about=f"{about}\nWithout --from and --to it speaks of everything until today; a calendar, of what is to come.",
        examples="splitdose export markdown --from 2026-01-01\nsplitdose export html -o report.html",
        json=False,
    )  # fmt: skip
    export.add_argument("format", metavar="FORMAT", choices=tuple(FORMATS), help=", ".join(FORMATS))
    export.add_argument("--from", metavar="D", dest="first", help="the first day")
    export.add_argument("--to", metavar="D", dest="last", help="the last day")
    export.add_argument(
        "-o", metavar="FILE", dest="file", help="write to a file that only you can read; - is the output"
    )
    export.add_argument("--yes", action="store_true", help="replace the file if there is one")
    export.add_argument("--discreet", action="store_true", help="leave out names, notes and reasons")
    export.add_argument("--titles", action="store_true", help="name medicine and dose in a calendar's titles")


def export_report(shell: Shell) -> int:
    """`splitdose export`."""
    from splitdose.report.data import Options

    options = shell.options
    target = shell.target(options.file)
    if target is not None and target.exists() and not options.yes:
        if target.is_dir():
            raise BadInput(f"{quote(str(target), limit=200)} is a folder", "name a file")
        question = f"{quote(str(target), limit=200)} exists. Replace it?"
        if not shell.ask(question):
            raise Declined(f"{quote(str(target), limit=200)} exists", "--yes replaces it")
    if not shell.reader.store.exists():
        raise Declined("there is no record yet", "splitdose plan import FILE begins one")

    told = -1

    def progress(done: int, total: int) -> None:
        # Only long work, at a terminal, says how far it is.
        nonlocal told
        percent = done * 100 // max(1, total)
        if target is not None and shell.err.stream.isatty() and percent // 10 > told // 10:
            told = percent
            shell.err.stream.write(f"\r{percent:3} %" if percent < 100 else "\r     \r")
            shell.err.stream.flush()

    text = make(
        shell.reader, options.format, first=shell.day(options.first), last=shell.day(options.last),
        options=Options(discreet=options.discreet, titles=options.titles), progress=progress,
    )  # fmt: skip
    if target is None:
        shell.out.exact(text)
        return 0
    content = FORMATS[options.format].in_file(text)
    write_report(target, content)
    shell.out.line(f"written: {target} ({len(content)} bytes)")
    return 0
