"""Opening the app: `splitdose` alone, and `splitdose demo`. The screens themselves are given, never imported."""

from dataclasses import replace

from splitdose.cli.parser import Commands, number
from splitdose.cli.shell import Declined, Shell
from splitdose.core.errors import BadInput
from splitdose.session import Session

START_DEMO = 10
"""What the screens return when the person, without a plan, chose to look at the demo."""


def add(commands: Commands) -> None:
    """Add this family's commands."""
    demo = commands.add(
        "demo", open_demo, "open the app on a sample plan and history",
        about="Everything lies in a temporary folder that is gone afterwards; your own record is not touched.\n"
              "The sample is a taper of 44 days; today is its 36th, unless another is named.",
        examples="splitdose demo\nsplitdose demo --day 47", json=False,
    )  # fmt: skip
    demo.add_argument("--day", metavar="N", help="the day of the taper that today is; after the 44th it is over")


def open_own(shell: Shell) -> int:
    """`splitdose`: the app on the person's own record."""
    _needs_terminal(shell, "splitdose today shows the day as text")
    session = shell.open_session(shell.folder, "window")
    shell.session = session
    # What can't be read is said in one line, before any screen opens.
    session.reader.plan()
    code = _open(shell, session)
    return _demo(shell) if code == START_DEMO else code


def open_demo(shell: Shell) -> int:
    """`splitdose demo`."""
    if getattr(shell.options, "data", None) is not None:
        raise BadInput("the demo keeps its record in a temporary folder", "leave --data out")
    from splitdose.demo import LAST_DAY

    typed = shell.options.day
    day = None if typed is None else number(typed, "--day", LAST_DAY)
    _needs_terminal(shell, "the demo is shown on screens only")
    return _demo(shell, day)


def _demo(shell: Shell, day: int | None = None) -> int:
    from splitdose.demo import SAMPLE_DAY, demo_folder, make_demo

    with demo_folder() as folder:
        make_demo(folder, shell.clock(), shell.zone, day=day or SAMPLE_DAY)
        return _open(shell, shell.open_session(folder, "window"), demo=True)


def _needs_terminal(shell: Shell, todo: str) -> None:
    # Textual draws on standard error; a screen drawn into a file would only look as if the program hung.
    if not all(stream.isatty() for stream in (shell.stdin, shell.out.stream, shell.err.stream)):
        raise Declined("the app needs a terminal", todo)
    if shell.open_app is None:
        raise Declined("there are no screens here", todo)


def _open(shell: Shell, session: Session, *, demo: bool = False) -> int:
    assert shell.open_app is not None
    settings = shell.settings
    if getattr(shell.options, "ascii", False):
        settings = replace(settings, ascii=True)
    shell.in_app = True
    return shell.open_app(session, settings, demo=demo)
