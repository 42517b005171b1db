"""Trying the reminders: `notify --test` sends one notice through every channel."""

from splitdose.cli.parser import Commands
from splitdose.cli.shell import Declined, Shell
from splitdose.core.errors import BadInput


def add(commands: Commands) -> None:
    """Add this family's commands."""
    notify = commands.add(
        "notify", run_notify, "try how reminders reach you",
        about="Sends one notice through every channel, whatever the settings say, and prints what each answered.",
        examples="splitdose notify --test",
    )  # fmt: skip
    notify.add_argument("--test", action="store_true", help="send one now")


def run_notify(shell: Shell) -> int:
    """`splitdose notify`."""
    if not shell.options.test:
        raise BadInput("notify needs to know what to do", "splitdose notify --test sends a notice")
    from splitdose.notify import Notice, ring_terminal, send_desktop

    notice = Notice("Splitdose", "This is a test. Reminders reach you here.")
    shell.out.flush()
    # The terminal may be behind either stream: a redirected answer still leaves one to ring.
    terminal = next((s for s in (shell.out.stream, shell.err.stream) if s.isatty()), shell.out.stream)
    outcomes = [send_desktop(notice, environ=shell.environ), ring_terminal(notice, terminal, shell.environ)]
    if shell.json:
        shell.out.json({"channels": [{"channel": o.channel, "ok": o.ok, "reason": o.reason or None} for o in outcomes]})
    else:
        for outcome in outcomes:
            shell.out.line(f"{outcome.channel}: {'sent' if outcome.ok else f'not sent: {outcome.reason}'}")
    if not any(outcome.ok for outcome in outcomes):
        raise Declined("no channel took the notice", "the alarm inside the app still shows what is due")
    return 0
