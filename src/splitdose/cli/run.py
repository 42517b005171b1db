"""Running one command: parse, do, and turn every way it can end into an exit code and at most one line.

Exit codes: 0 done; 1 refused or declined; 2 bad input; 3 could not be saved; 4 existing data can't be read; 70
something unforeseen; 130 interrupted. A traceback is only ever shown when SPLITDOSE_DEBUG is set.
"""

import traceback
from collections.abc import Mapping, Sequence
from typing import TextIO

from splitdose.cli import app, backup, doctor, export, notify, plan, record, remind, show
from splitdose.cli.parser import Commands, HelpShown, Parser, main_parser
from splitdose.cli.shell import Clock, Declined, OpenApp, OutputFailed, Printer, Shell
from splitdose.core.errors import BadInput
from splitdose.session import Refused
from splitdose.settings import config_file, read_settings
from splitdose.store import CannotRead, NotSaved

DONE, REFUSED, BAD_INPUT, NOT_SAVED, CANNOT_READ, UNFORESEEN, INTERRUPTED, READER_LEFT = (
    0, 1, 2, 3, 4, 70, 130, 141,
)  # fmt: skip
DEBUG_VARIABLE = "SPLITDOSE_DEBUG"
FAMILIES = (app, show, record, plan, notify, export, remind, doctor, backup)


def build_parser() -> Parser:
    """The whole command line."""
    parser = main_parser()
    commands = Commands(parser, title="commands")
    for family in FAMILIES:
        family.add(commands)
    return parser


def run(
    argv: Sequence[str],
    *,
    clock: Clock,
    environ: Mapping[str, str],
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    open_app: OpenApp | None = None,
) -> int:
    """Do what one command line says.

    Args:
        argv: the words after the program's name.
        clock: gives the instant, with an offset.
        environ: of the process.
        stdin: where answers come from.
        stdout: where answers go.
        stderr: where errors, questions and notices go.
        open_app: opens the screens; None where there are none.

    Returns:
        The exit code.
    """
    out, err = Printer(stdout, held=True), Printer(stderr, held=False)
    ending = _Ending(err)
    code = DONE
    try:
        code = _guarded(argv, clock, environ, stdin, out, ending, open_app)
        try:
            out.flush()
        except BrokenPipeError:
            out.silence()  # what was to be done is done; whoever reads has read enough
    except BrokenPipeError:
        out.silence()
        err.silence()
        return DONE if ending.saved else READER_LEFT
    except OutputFailed as problem:
        out.silence()
        return code or ending.failed(f"the output can't be written: {problem}", "", UNFORESEEN)
    return code


class _Ending:
    """How a command ended: once it has saved what it was to save, whatever goes wrong then is only said.

    A script that is told of a failure tries again, and an extra dose would be recorded twice.
    """

    def __init__(self, err: Printer) -> None:
        self.err = err
        self.shell: Shell | None = None

    @property
    def saved(self) -> bool:
        return self.shell is not None and self.shell.saved

    def failed(self, what: str, todo: str, code: int) -> int:
        """Say what went wrong in one line, and return the exit code."""
        if self.saved:
            what, code = f"it is saved, but {what}", DONE
        self.err.line(f"splitdose: {what}; {todo}" if todo else f"splitdose: {what}")
        return code


def _guarded(
    argv: Sequence[str], clock: Clock, environ: Mapping[str, str], stdin: TextIO, out: Printer, ending: _Ending,
    open_app: OpenApp | None,
) -> int:  # fmt: skip
    try:
        return _command(argv, clock, environ, stdin, out, ending, open_app)
    except HelpShown as help:
        for line in help.text.splitlines():
            out.line(line)
        return DONE
    except BadInput as problem:
        return ending.failed(problem.what, problem.todo, BAD_INPUT)
    except (Refused, Declined) as problem:
        return ending.failed(problem.what, problem.todo, REFUSED)
    except NotSaved as problem:
        return ending.failed(problem.what, problem.todo, NOT_SAVED)
    except CannotRead as problem:
        return ending.failed(problem.what, problem.todo, CANNOT_READ)
    except KeyboardInterrupt:
        return DONE if ending.saved else INTERRUPTED
    except (BrokenPipeError, OutputFailed):
        raise
    except Exception as problem:  # noqa: BLE001 - the last stop: nothing may reach a person as a traceback
        if environ.get(DEBUG_VARIABLE):
            traceback.print_exc(file=ending.err.stream)
        what = f"something unforeseen went wrong: {type(problem).__name__}: {problem}"
        return ending.failed(what, f"{DEBUG_VARIABLE}=1 shows where", UNFORESEEN)


def _command(
    argv: Sequence[str], clock: Clock, environ: Mapping[str, str], stdin: TextIO, out: Printer, ending: _Ending,
    open_app: OpenApp | None,
) -> int:  # fmt: skip
    options = build_parser().parse_args(list(argv))
    settings = read_settings(config_file(environ))
    if getattr(options, "ascii", False) or settings.ascii:
        out.ascii_only = ending.err.ascii_only = True
    shell = ending.shell = Shell(options, clock, environ, settings, out, ending.err, stdin, open_app)
    for warning in settings.warnings:
        shell.note(warning)
    command = getattr(options, "run", app.open_own)
    if shell.json and not getattr(options, "takes_json", False):
        raise BadInput("--json is for commands that answer with data", "splitdose --help lists them")
    try:
        code = command(shell)
    except (Refused, Declined):
        shell.tell_notices()  # a damaged line may be why a dose seems not to be recorded
        raise
    shell.tell_notices()
    backup.keep_backup(shell)
    return code
