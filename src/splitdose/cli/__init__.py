"""The command line: plain text for scripts, screen readers, cron and status bars, and JSON where there is data.

One module for each family of commands. Nothing here may import Textual or Rich, nor know how the app looks: the
app is opened by whoever calls `run`, so that every other command starts without it.
"""

from splitdose.cli.run import run

__all__ = ["run"]
