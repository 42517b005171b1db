"""Days of the real taper before a real terminal, a real notification daemon and a clock that is set as clocks are.

What the daemon has received at the end is exactly what was owed: none lost, none doubled, each within two seconds of
the moment it was owed, or of the machine's waking.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from splitdose.store import DataFolder
from support.app import PLANS
from support.clock import Clock
from support.desktop import Desktop, Received
from support.requirements import require
from support.shell import PROGRAM, run
from support.terminal import Terminal
from support.waiting import wait_for

Open = Callable[..., Terminal]
IN_TIME = timedelta(seconds=2)
BEFORE = 1.3
"""Seconds before an instant to which the clock jumps, more than a tick takes; what follows runs at true speed."""
AFTER = 1.5
"""Seconds after it until which nothing may come: whatever is owed is claimed by the tick that sees it."""

NIGHT_PLAN = """\
[slots]
night = "02:30"

[[medicine]]
name = "zopiclone"
advance = "on date"

  [[medicine.product]]
  name = "tablet"
  strength = "5 mg"
  form = "tablet"

  [[medicine.step]]
  night = "1 x tablet"
"""


def _queue() -> int:
    """How many processes run or want to, at this moment."""
    return int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[0])


def _busy(queues: Sequence[int]) -> float:
    """How many processes want each processor: where they have to queue, everything takes so much longer.

    Args:
        queues: as they were seen while something was waited for; the last minute's mean counts too.
    """
    return max(1.0, max(os.getloadavg()[0], sum(queues) / len(queues)) / (os.cpu_count() or 1))


@dataclass
class Watch:
    """Someone at the desk, with a clock and a list of what has come."""

    folder: Path
    clock: Clock
    desktop: Desktop
    count: int = 0
    titles: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    def run_until(self, moment: datetime) -> None:
        """Let the clock run at true speed until it shows a time."""
        wait_for(lambda: self.clock.now() >= moment, within=20, what=f"{moment} to come")

    def moment(self, wall: str) -> datetime:
        """A time of the wall clock."""
        return datetime.fromisoformat(wall).replace(tzinfo=self.clock.zone)

    def claims(self) -> set[str]:
        """The notices claimed so far, those too that are still on their way."""
        return {document["id"] for document in DataFolder(self.folder).documents("state", "sent")}

    def to(self, wall: str) -> datetime:
        """Jump to a few seconds before a time, see that nothing came, and run up to it."""
        moment = self.moment(wall)
        before = moment - timedelta(seconds=BEFORE)
        self.clock.set(f"{before.replace(tzinfo=None)}")
        self.run_until(moment)
        return moment

    def owed(self, wall: str, title: str, *, body: str = "") -> None:
        """See that one notice comes at a time of the wall clock, not before it, and within two seconds."""
        moment = self.to(wall)
        self.comes(moment, title, body=body)
        assert self.delays[-1] >= -0.1, f"{title} came {-self.delays[-1]:.2f} s before it was owed"

    def comes(self, moment: datetime, title: str, *, body: str = "") -> None:
        """See that one more notice comes within two seconds of a moment."""
        queues: list[int] = []

        def come() -> list[Received]:
            queues.append(_queue())
            return self.desktop.received()[self.count :]

        received = wait_for(
            come,
            within=20,
            what=f"{title!r} for {moment:%d %b %H:%M}",
        )
        # By the daemon's own stamp of when it came: asking it takes longer than that on a busy machine.
        stamps = re.findall(r"'timestamp': <int64 ([0-9]+)>", self.desktop._dunst("NotificationListHistory"))
        ago = time.clock_gettime(time.CLOCK_BOOTTIME) - max(map(int, stamps)) / 1_000_000
        delay = self.clock.now() - moment - timedelta(seconds=ago)
        self.count += 1
        assert [notice.title for notice in received] == [title]
        assert body in received[-1].body
        self.titles.append(title)
        self.delays.append(delay.total_seconds())
        assert delay <= IN_TIME * _busy(queues), f"{title} came {delay.total_seconds():.2f} s after it was owed"

    def nothing(self, wall: str) -> None:
        """See that nothing comes around a time of the wall clock, and that nothing is on its way."""
        claims = self.claims()
        self.run_until(self.to(wall) + timedelta(seconds=AFTER))
        assert len(self.desktop.received()) == self.count
        assert self.claims() <= claims

    def shell(self, *words: str) -> None:
        run(self.folder, *words, clock=self.clock)


@pytest.fixture
def watch(tmp_path: Path, desktop: Desktop) -> Watch:
    """The real taper, set up early on 30 November."""
    require("tmux", "faketime")
    clock = Clock(tmp_path, "2023-11-30 07:00:00")
    run(tmp_path / "data", "plan", "import", str(PLANS / "baclofen.toml"), clock=clock)
    return Watch(tmp_path / "data", clock, desktop)


def test_days_of_the_real_taper(watch: Watch, home: Path, terminal: Open) -> None:
    clock = watch.clock
    app = terminal([*PROGRAM, "--data", str(watch.folder)], clock=clock, environ=watch.desktop.environ, size=(110, 30))
    app.wait_for_text("morning 08:00", "reminders: desktop, bell, screen")

    # Thursday. The due time, a repeat, a record in the shell that ends it.
    watch.owed("2023-11-30 08:00:00", "morning 08:00: baclofen 5 mg", body="A quarter of one 20 mg tablet. Due now.")
    watch.owed("2023-11-30 08:10:00", "morning 08:00: baclofen 5 mg", body="Due, 10 min ago.")
    watch.shell("take", "baclofen", "morning")
    watch.nothing("2023-11-30 08:20:00")

    # Snoozed in the app, which moves the next notice and nothing else; then taken there.
    watch.owed("2023-11-30 13:00:00", "afternoon 13:00: baclofen 5 mg")
    clock.set("2023-11-30 13:04:00")
    app.wait_for_text("due, 4 min ago")
    app.press("2")
    app.wait_for_text("! afternoon: baclofen 5 mg, due, 4 min ago")
    app.press("!")
    app.wait_for_text("1 dose is due", "z snooze")
    app.press("z")
    app.wait_for_text("next reminder at 13:14")
    watch.nothing("2023-11-30 13:10:00")
    until = datetime.fromisoformat(DataFolder(watch.folder).documents("state", "snoozes")[-1]["until"])
    clock.set(f"{(until.astimezone(clock.zone) - timedelta(seconds=BEFORE)).replace(tzinfo=None)}")
    watch.comes(until, "afternoon 13:00: baclofen 5 mg", body="Due, 14 min ago.")
    app.press("space")
    app.wait_for_text("recorded: baclofen 5 mg afternoon taken 13:14", "nothing is due")
    app.press("escape")

    # Two doses at once are one notice. Midnight passes; the day it belongs to goes on until four.
    watch.owed("2023-11-30 18:00:00", "2 doses are due", body="diazepam 8 mg, four 2 mg tablets")
    watch.shell("take", "baclofen", "evening")
    watch.shell("take", "diazepam", "evening")
    watch.nothing("2023-12-01 00:00:00")
    watch.nothing("2023-12-01 04:00:00")

    # Friday is slept through: one summary of all of it, right after waking, and no flood.
    app.send_signal(signal.SIGSTOP)
    clock.set("2023-12-01 18:30:00")
    woken = clock.now()
    app.send_signal(signal.SIGCONT)
    watch.comes(woken, "2 doses are due, 2 have no record", body="afternoon 13:00: baclofen 5 mg")
    watch.shell("take", "baclofen", "evening")
    watch.shell("skip", "diazepam", "evening", "--reason", "asleep")

    # The clock is put back a minute after a notice, as a time service does, and nothing is said twice.
    watch.owed("2023-12-02 08:00:00", "morning 08:00: baclofen 5 mg")
    clock.set("2023-12-02 07:59:57")
    watch.run_until(watch.moment("2023-12-02 08:00:02"))
    assert len(watch.desktop.received()) == watch.count
    # Put forward by hours: what is due by then comes at once, with what was never said.
    clock.set("2023-12-02 13:00:30")
    watch.comes(clock.now(), "afternoon 13:00: baclofen 5 mg")
    watch.shell("take", "baclofen", "afternoon")

    # Quiet hours, set while the app is open: silence, the alarm stays, one notice at their end.
    config = home / ".config" / "splitdose" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[reminders]\nquiet = "17:30-18:20"\n', encoding="utf-8")
    watch.nothing("2023-12-02 18:00:00")
    app.wait_for_text("quiet until 18:20", "due now")
    watch.owed("2023-12-02 18:20:00", "2 doses are due", body="baclofen 10 mg")
    watch.shell("take", "baclofen", "evening")
    watch.shell("take", "diazepam", "evening")
    config.unlink()

    # Weeks on, with a step of the clock to each: the year's end, a leap day, and both days that summer time changes.
    # Nobody was told of yesterday's doses nor of this morning's; 18:00 is 18:00 by the wall whatever the offset.
    for day in ("2023-12-31", "2024-02-29", "2024-03-31", "2024-10-27"):
        clock.set(f"{day} 17:30:00")
        watch.comes(clock.now(), "1 dose is due, 5 have no record", body="afternoon 13:00: baclofen 5 mg")
        watch.shell("take", "baclofen", "afternoon")
        watch.owed(f"{day} 18:00:00", "2 doses are due", body="baclofen 10 mg")
        watch.shell("take", "baclofen", "evening")
        watch.shell("take", "diazepam", "evening")

    assert len(watch.desktop.received()) == watch.count == len(watch.titles)
    app.press("q")
    app.wait_for_no_text("week 43")
    assert app.exit_status() == 0
    app.wait_for_text("reminders stop until Splitdose is open again; splitdose remind --install keeps them going")
    print(f"{len(watch.delays)} notices, at most {max(watch.delays):.2f} s after they were owed")


def test_every_wish_is_kept_and_a_wrong_clock_costs_nothing(watch: Watch, home: Path, terminal: Open) -> None:
    """Lead, repeats to the last, one medicine without reminders, discreet; then a clock that is wrong for a while."""
    clock = watch.clock
    config = home / ".config" / "splitdose" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[reminders]\nlead = 15\nrepeats = 1\nsilent = ["diazepam"]\n', encoding="utf-8")
    app = terminal([*PROGRAM, "--data", str(watch.folder)], clock=clock, environ=watch.desktop.environ, size=(110, 30))
    app.wait_for_text("morning 08:00", "reminders: desktop, bell, screen")

    # Thursday. A quarter of an hour before, once more after ten minutes, and no more; at its time nothing is new.
    watch.owed("2023-11-30 07:45:00", "morning 08:00: baclofen 5 mg", body="In 15 min.")
    watch.owed("2023-11-30 07:55:00", "morning 08:00: baclofen 5 mg", body="In 5 min.")
    watch.nothing("2023-11-30 08:00:00")
    watch.nothing("2023-11-30 08:05:00")
    watch.shell("take", "baclofen", "morning")
    watch.owed("2023-11-30 12:45:00", "afternoon 13:00: baclofen 5 mg")
    watch.shell("take", "baclofen", "afternoon", "--early")

    # Of two doses at once the one is named that the person wants to hear of; the other neither now nor later.
    config.write_text('[reminders]\nrepeats = 1\nsilent = ["diazepam"]\n', encoding="utf-8")
    watch.nothing("2023-11-30 17:45:00")
    watch.owed("2023-11-30 18:00:00", "evening 18:00: baclofen 10 mg")
    watch.shell("take", "baclofen", "evening")
    watch.nothing("2023-11-30 18:10:00")
    app.wait_for_text("due, 10 min ago")

    # Friday, discreet, and names again from the next notice on.
    watch.shell("skip", "diazepam", "evening", "--date", "2023-11-30")
    config.write_text("[reminders]\nrepeats = 1\ndiscreet = true\n", encoding="utf-8")
    watch.owed("2023-12-01 08:00:00", "Splitdose", body="A reminder is waiting.")
    config.write_text("[reminders]\nrepeats = 1\n", encoding="utf-8")
    watch.owed("2023-12-01 08:10:00", "morning 08:00: baclofen 5 mg")
    # Half an hour back: what was said stays said, and comes no second time when its time comes once more.
    clock.set("2023-12-01 07:40:00")
    watch.nothing("2023-12-01 08:00:00")
    watch.nothing("2023-12-01 08:10:00")
    watch.shell("take", "baclofen", "morning")
    # A clock that is hours ahead, and set right again: what it said too early is said at its time.
    clock.set("2023-12-01 18:30:00")
    watch.comes(clock.now(), "2 doses are due, 1 has no record")
    clock.set("2023-12-01 12:30:00")
    watch.owed("2023-12-01 13:00:00", "afternoon 13:00: baclofen 5 mg")
    watch.shell("take", "baclofen", "afternoon")
    watch.owed("2023-12-01 18:00:00", "2 doses are due")
    watch.owed("2023-12-01 18:10:00", "2 doses are due")
    watch.nothing("2023-12-01 18:30:00")
    watch.nothing("2023-12-01 18:40:00")
    assert len(watch.desktop.received()) == watch.count == len(watch.titles)
    print(f"{len(watch.delays)} notices, at most {max(watch.delays):.2f} s after they were owed")


def test_a_dose_that_moves_has_its_notices_again_and_so_has_one_whose_record_is_undone(
    watch: Watch, home: Path, tmp_path: Path, terminal: Open
) -> None:
    config = home / ".config" / "splitdose" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[reminders]\nrepeats = 1\nrepeat_every = 5\n", encoding="utf-8")
    clock = watch.clock
    app = terminal([*PROGRAM, "--data", str(watch.folder)], clock=clock, environ=watch.desktop.environ, size=(110, 30))
    app.wait_for_text("morning 08:00", "reminders: desktop, bell, screen")
    watch.owed("2023-11-30 08:00:00", "morning 08:00: baclofen 5 mg")
    watch.owed("2023-11-30 08:05:00", "morning 08:00: baclofen 5 mg")
    watch.nothing("2023-11-30 08:10:00")

    # All its notices were given; then an import puts the slot at half past nine.
    later = tmp_path / "later.toml"
    text = (PLANS / "baclofen.toml").read_text(encoding="utf-8")
    assert text.count('morning = "08:00"') == 1
    later.write_text(text.replace('morning = "08:00"', 'morning = "09:30"'), encoding="utf-8")
    clock.set("2023-11-30 08:50:00")
    watch.shell("plan", "import", str(later), "--yes")
    app.wait_for_text("morning 09:30")
    watch.owed("2023-11-30 09:30:00", "morning 09:30: baclofen 5 mg")
    watch.owed("2023-11-30 09:35:00", "morning 09:30: baclofen 5 mg")
    watch.nothing("2023-11-30 09:40:00")

    # Recorded by mistake, and undone: it is open again, and is spoken of again.
    watch.shell("take", "baclofen", "morning")
    clock.set("2023-11-30 10:00:00")
    watch.shell("undo")
    clock.set("2023-11-30 10:02:00")
    watch.comes(clock.now(), "morning 09:30: baclofen 5 mg", body="Due, 32 min ago.")
    watch.shell("skip", "baclofen", "morning")

    # The clock runs a day ahead through tomorrow's dose, and is set right: tomorrow it is said at its time.
    clock.set("2023-12-01 09:29:57")
    watch.comes(clock.now(), "3 doses have no record")
    watch.run_until(watch.moment("2023-12-01 09:30:00"))
    watch.comes(datetime(2023, 12, 1, 9, 30, tzinfo=clock.zone), "morning 09:30: baclofen 5 mg")
    watch.owed("2023-12-01 09:35:00", "morning 09:30: baclofen 5 mg")
    clock.set("2023-11-30 10:10:00")
    app.wait_for_text("in 2 h 50 min")
    wait_for(
        lambda: all(sent["dose"][1] == "2023-11-30" for sent in DataFolder(watch.folder).documents("state", "sent")),
        what="the notices of a day that has not come to be forgotten",
    )
    for slot, wall in (("afternoon", "13:00"), ("evening", "18:00")):
        clock.set(f"2023-11-30 {wall}:30")
        watch.comes(clock.now(), "2 doses are due" if slot == "evening" else f"{slot} {wall}: baclofen 5 mg")
        watch.shell("take", "baclofen", slot)
    watch.shell("take", "diazepam", "evening")
    watch.owed("2023-12-01 09:30:00", "morning 09:30: baclofen 5 mg")
    watch.owed("2023-12-01 09:35:00", "morning 09:30: baclofen 5 mg")
    assert len(watch.desktop.received()) == watch.count == len(watch.titles)


def test_a_night_dose_on_both_nights_that_the_clock_changes(tmp_path: Path, desktop: Desktop, terminal: Open) -> None:
    require("tmux", "faketime")
    clock = Clock(tmp_path, "2024-03-30 12:00:00")
    plan = tmp_path / "plan.toml"
    plan.write_text(NIGHT_PLAN, encoding="utf-8")
    watch = Watch(tmp_path / "data", clock, desktop)
    watch.shell("plan", "import", str(plan))
    app = terminal([*PROGRAM, "--data", str(watch.folder)], clock=clock, environ=desktop.environ, size=(110, 30))
    app.wait_for_text("night 02:30", "reminders: desktop")
    # Spring: 02:30 does not exist; the first minute that does is 03:00, three seconds after 01:59:57.
    clock.set("2024-03-31 01:59:57")
    watch.run_until(watch.moment("2024-03-31 03:00:00"))
    watch.comes(datetime(2024, 3, 31, 3, tzinfo=clock.zone), "night 02:30: zopiclone 5 mg")
    watch.shell("take", "zopiclone", "night")
    # Autumn: 02:30 comes twice; the notice comes at the first, and its repeat ten minutes later.
    clock.set("2024-10-26 12:00:00")
    watch.comes(clock.now(), "1 dose has no record")
    watch.owed("2024-10-27 02:30:00", "night 02:30: zopiclone 5 mg")
    watch.owed("2024-10-27 02:40:00", "night 02:30: zopiclone 5 mg")
    watch.shell("take", "zopiclone", "night")
    clock.set("2024-10-27 02:29:58")
    clock.advance(hours=1)
    second = clock.now() + timedelta(seconds=2 + AFTER)
    wait_for(lambda: clock.now() >= second, what="the second 02:30 to pass")
    assert len(desktop.received()) == watch.count


@pytest.mark.parametrize("answer", ["n", "y"])
def test_the_machine_moves_to_another_zone_while_the_app_is_open(
    watch: Watch, tmp_path: Path, terminal: Open, answer: str
) -> None:
    require("unshare", "mount")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("a mount namespace is not allowed here")
    etc = tmp_path / "etc"
    subprocess.run(["cp", "-a", "/etc", str(etc)], check=True)

    def travel(zone: str) -> None:
        (etc / "timezone").unlink(missing_ok=True)
        fresh = etc / "localtime.new"
        fresh.symlink_to(f"/usr/share/zoneinfo/{zone}")
        fresh.replace(etc / "localtime")

    travel("Europe/Berlin")
    inside = ["unshare", "-m", "sh", "-c", f'mount --bind {etc} /etc && exec "$@"', "sh"]
    app = terminal(
        [*inside, *PROGRAM, "--data", str(watch.folder)], clock=watch.clock,
        environ={**watch.desktop.environ, "TZ": ""}, size=(110, 30),
    )  # fmt: skip
    app.wait_for_text("morning 08:00", "07:00")
    travel("Asia/Tokyo")
    watch.clock.set("2023-11-30 07:30:00")
    app.wait_for_text("This machine's clock is in Asia/Tokyo. Your times are kept in Europe/Berlin.")
    app.press(answer)
    app.wait_for_no_text("This machine's clock")
    if answer == "n":
        watch.owed("2023-11-30 08:00:00", "morning 08:00: baclofen 5 mg")
    else:
        # Half past three in the afternoon there: one o'clock has passed, and is told; six comes at ten by Berlin.
        watch.comes(watch.clock.now(), "afternoon 13:00: baclofen 5 mg", body="Late, 2 h 30 min ago.")
        watch.shell("take", "baclofen", "afternoon")
        watch.owed("2023-11-30 10:00:00", "2 doses are due", body="diazepam 8 mg")
    assert len(watch.desktop.received()) == watch.count
