"""Opening the app, and what it leaves in the terminal."""

import sys
from typing import TYPE_CHECKING

from splitdose.session import Session
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.terminal.process import no_flow_control

if TYPE_CHECKING:
    from splitdose.settings import Settings


def _part(app: SplitdoseApp, result: str | None) -> None:
    """Leave the terminal its title, and the person a line on whether reminders continue."""
    if sys.stdout is None or not sys.stdout.isatty():
        return
    sys.stdout.write(app.reminding.parting_sequence())
    if result == "quit" and not app.demo:
        watched = app.session.reader.store.is_watched()
        sys.stdout.write(
            "reminders continue: the watcher runs\n"
            if watched
            else "reminders stop until Splitdose is open again; splitdose remind --install keeps them going\n"
        )
    sys.stdout.flush()


def run_app(session: Session, settings: "Settings", *, demo: bool = False) -> int:
    """Run the app until the person leaves it.

    Args:
        session: on the data folder.
        settings: the person's.
        demo: say on screen that this is a sample.

    Returns:
        An exit code; 10 asks the caller to start the demo instead.
    """
    app = SplitdoseApp(session, settings, demo=demo)
    with no_flow_control():
        result = app.run()
    _part(app, result)
    return 10 if result == "demo" else app.return_code or 0
