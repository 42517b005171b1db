"""Send one desktop notice through plyer, in a process of its own. The only file that knows plyer.

It is run as a script, never imported by the app: a notice arrives as JSON on standard input; exit status 0
and an empty standard error mean that it was sent. It stands alone, importing nothing of the rest of the
program, so that a notice costs as little as possible to start.

plyer has no errors to speak of. Without a bus notify-send complains on standard error and plyer returns as
if all were well; a hung service blocks it for 25 to 75 seconds; its D-Bus backend stays broken after the
bus has restarted. So whoever starts this process judges by its standard error and its time, and starts a
new one for every notice.

This module must never print anything on success, and never decide anything about doses or reminders.
"""

from __future__ import annotations

import json
import subprocess
import sys
from html import escape
from importlib.util import find_spec

APP_NAME = "Splitdose"
# A balloon on Windows lives as long as the thread that shows it, and this process as long as that thread:
# it has to end well within the time that the app allows.
BALLOON_SECONDS = 5

_APPLESCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)


def main() -> int:
    """Read the notice, send it, and turn any failure into one line on standard error.

    Returns:
        The exit status.
    """
    notice = json.load(sys.stdin)
    try:
        send(notice["title"], notice["body"])
    except Exception as error:  # noqa: BLE001 - the last stop: whatever plyer raises is the channel's failure
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


def send(title: str, body: str) -> None:
    """Send through the backend of this platform.

    Args:
        title: One line, already without control characters.
        body: Lines, already without control characters.

    Raises:
        Exception: Whatever the backend raises. Several backends raise nothing and only write to standard
            error.
    """
    if sys.platform == "darwin" and find_spec("pyobjus") is None:
        # The text travels as arguments; inside the script it would be code.
        script = [word for line in _APPLESCRIPT for word in ("-e", line)]
        subprocess.run(["osascript", *script, title, body], check=True)
        return

    from plyer import notification

    # Asking for the class makes plyer choose its backend; what the text needs depends on which one it chose.
    backend = notification.__class__.__name__
    if backend == "NotifySendNotification":
        # notify-send undoes backslash escapes in the body, then the service reads markup.
        body = _not_an_option(escape(body, quote=False).replace("\\", "\\\\"))
    elif backend == "NotifyDbus":
        body = escape(body, quote=False)
    elif backend == "NotifyDesktopPortals":
        # Both go into a quoted GVariant string, and are shown without markup.
        title, body = _in_quotes(title), _in_quotes(body)
    notification.notify(
        title=_not_an_option(title),
        message=body,
        app_name=APP_NAME,
        # Elsewhere 0 means that the notice stays until it is dismissed, as notify-send's always do under
        # plyer.
        timeout=BALLOON_SECONDS if sys.platform == "win32" else 0,
    )


def _not_an_option(text: str) -> str:
    """Put a space before a leading dash: plyer gives notify-send the text where it also looks for options."""
    return f" {text}" if text.startswith("-") else text


def _in_quotes(text: str) -> str:
    """Escape what would end or change a single-quoted GVariant string."""
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")


if __name__ == "__main__":
    sys.exit(main())
