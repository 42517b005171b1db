"""What `splitdose remind` costs while nothing is due, beside an empty Textual app in the same minutes.

``python benchmarks/idle.py [SECONDS]``: both run at once, in pseudo-terminals of their own, and their processor time
and memory are read from /proc after start-up and at the end. Linux only.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAN = Path(__file__).parents[1] / "tests" / "plans" / "baclofen.toml"
EMPTY_APP = "from textual.app import App; App().run()"
TICK = os.sysconf("SC_CLK_TCK")


def start(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a program in a terminal that nobody looks at."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "HOME": str(folder)}
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True)
    os.close(theirs)
    os.set_blocking(ours, False)
    return process


def cost(pid: int) -> tuple[float, float]:
    """Seconds of processor time so far, and MiB in memory."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    rss = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return (int(fields[11]) + int(fields[12])) / TICK, int(rss.split()[1]) / 1024


def main() -> None:
    """Run both and print a line for each."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        splitdose = [sys.executable, "-m", "splitdose", "--data", str(folder / "data")]
        subprocess.run([*splitdose, "plan", "import", str(PLAN), "--yes"], check=True, stdout=subprocess.DEVNULL)
        # What is due already is said once, so that the minutes that are measured have nothing to say.
        (folder / "config.toml").write_text("[reminders]\nrepeats = 0\n", encoding="utf-8")
        os.environ["SPLITDOSE_CONFIG"] = str(folder / "config.toml")
        running = {
            "splitdose remind": start([*splitdose, "remind"], folder),
            "empty Textual app": start([sys.executable, "-c", EMPTY_APP], folder),
        }
        try:
            time.sleep(10)
            before = {name: cost(process.pid)[0] for name, process in running.items()}
            time.sleep(seconds)
            for name, process in running.items():
                used, memory = cost(process.pid)
                used -= before[name]
                print(
                    f"{name:<18} {used:6.2f} s of processor in {seconds:.0f} s ({used / seconds:.3%}), {memory:.1f} MiB"
                )
        finally:
            for process in running.values():
                process.kill()
                process.wait()


if __name__ == "__main__":
    main()
