"""A session and app on a real data folder, by a clock that the test turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from splitdose.planfile import parse_plan
from splitdose.session import Session
from splitdose.settings import Settings
from splitdose.store import DataFolder
from splitdose.tui.app import SplitdoseApp

BERLIN = "Europe/Berlin"
PLANS = Path(__file__).parent.parent / "plans"


@dataclass
class SettableClock:
    """The hands of a clock.

    Attributes:
        now: the instant they show (UTC).
    """

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def set(self, wall: str, zone: str = BERLIN) -> None:
        """Turn to a wall time: "2023-11-30 13:58"."""
        self.now = at(wall, zone)

    def advance(self, **by: float) -> None:
        """Turn on by so much: minutes=10."""
        self.now += timedelta(**by)


def at(wall: str, zone: str = BERLIN) -> datetime:
    """The instant of a wall time."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass
class Scenario:
    """A data folder with a clock, and as many windows and shells as a test wants."""

    folder: Path
    clock: SettableClock
    zone: str = BERLIN
    _count: int = field(default=0)

    def session(self, where: str | None = None) -> Session:
        """A window's or shell's session of its own."""
        self._count += 1
        store = DataFolder(self.folder, lock_timeout=2)
        return Session(store, self.clock, where=where or f"window {self._count}", machine_zone=self.zone)

    def app(self, session: Session | None = None, **settings: object) -> SplitdoseApp:
        """An app on a session, without desktop notices unless asked for."""
        given: dict[str, object] = {"desktop": False, **settings}
        return SplitdoseApp(session or self.session(), Settings(**given))  # type: ignore[arg-type]

    def plan(self, text: str) -> None:
        """Import a plan."""
        session = self.session("set-up")
        session.plans.apply(session.plans.preview(parse_plan(text)), allow={"replaces", "changes_past", "day_sum"})


def three_a_day(folder: Path, wall: str = "2023-11-30 07:00") -> Scenario:
    """The real taper, imported at a wall time."""
    world = Scenario(folder, SettableClock(at(wall)))
    world.plan((PLANS / "baclofen.toml").read_text(encoding="utf-8"))
    return world
