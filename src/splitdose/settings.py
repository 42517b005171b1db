"""Where data and settings lie, what the person has set, and which time zone the machine is in.

Nothing that is set here may alter what a day says: only how the program looks, which keys it takes, and how
it reminds. A setting that can't be used never stops the program: its default is used and one line says so.
Nothing is read, and no folder is made, before a function is called.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from splitdose import files
from splitdose.core.amount import MOST_WHOLE, quote, whole_number
from splitdose.core.clock import zone_named
from splitdose.core.errors import BadInput
from splitdose.core.remind import LONGEST_LEAD, Policy
from splitdose.core.typed_times import parse_wall

APP = "splitdose"
DATA_VARIABLE = "SPLITDOSE_DATA"
CONFIG_VARIABLE = "SPLITDOSE_CONFIG"
CONFIG_NAME = "config.toml"
FALLBACK_ZONE = "Etc/UTC"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAX_BYTES = 100_000
MOST_SYMPTOMS = 8

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """What the person has set in config.toml.

    Attributes:
        theme: the colours' name, "" for the program's own choice.
        keys: keys by command id, as Textual names them, with commas between.
        ascii: True for ASCII signs only, False for never, None to go by the terminal.
        first_weekday: of a week, 0 for Monday to 6 for Sunday.
        reminders: when to remind, and how much a notice says.
        bell: whether the terminal's bell rings.
        desktop: whether desktop notices are sent.
        symptoms: the person's own names, each a line of the check-in.
        evening_question: when Today asks how the day was, until there is a check-in; None for never.
        backups: how many automatic backups are kept; 0 for none.
        warnings: what could not be used, one line each.
    """

    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    ascii: bool | None = None
    first_weekday: int = 0
    reminders: Policy = field(default_factory=Policy)
    bell: bool = True
    desktop: bool = True
    symptoms: tuple[str, ...] = ()
    evening_question: time | None = None
    backups: int = 7
    warnings: tuple[str, ...] = ()


def data_folder(given: str | None, environ: Mapping[str, str]) -> Path:
    """The folder that holds plan and log; it need not exist.

    Args:
        given: `--data`, or None.
        environ: for SPLITDOSE_DATA.

    Raises:
        BadInput: as `typed_path`.
    """
    if chosen := given or environ.get(DATA_VARIABLE):
        return typed_path(chosen)
    from platformdirs import user_data_path

    return user_data_path(APP, appauthor=False)


def typed_path(text: str) -> Path:
    """A path as a person types it, where "~" is a home folder.

    Raises:
        BadInput: it names nobody's home folder, or holds what no path may.
    """
    if "\0" in text:
        raise BadInput(f"{quote(text)} is not a path", "leave out the NUL")
    try:
        return Path(text).expanduser() if text.startswith("~") else Path(text)
    except RuntimeError:
        raise BadInput(f"{quote(text)} names no home folder that is known", "write the whole path") from None


def config_file(environ: Mapping[str, str]) -> Path:
    """The settings file, which need not exist; SPLITDOSE_CONFIG names another one."""
    if chosen := environ.get(CONFIG_VARIABLE):
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path(APP, appauthor=False) / CONFIG_NAME


def read_settings(file: Path) -> Settings:
    """Read config.toml; without one, every default. Never raises: see `Settings.warnings`."""
    shown = quote(str(file), limit=200)
    try:
        data = files.read(file, MAX_BYTES + 1)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it can't be opened"
        return Settings(warnings=(f"{shown} can't be read: {reason}; the defaults are used",))
    if len(data) > MAX_BYTES:
        return Settings(warnings=(f"{shown} is larger than {MAX_BYTES} bytes; the defaults are used",))
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Settings(warnings=(f"{shown} is not UTF-8 text; the defaults are used",))
    except tomllib.TOMLDecodeError as error:
        what = "".join(ch if ch.isprintable() else "?" for ch in str(error))[:120]
        return Settings(warnings=(f"{shown} can't be understood: {what}; the defaults are used",))
    except (RecursionError, ValueError, OverflowError):
        return Settings(warnings=(f"{shown} has a value out of range; the defaults are used",))
    return _Reader(shown).settings(table)


def place_of_silent(file: Path, name: str, *, short: bool = False) -> str:
    """Where a name under `silent` stands, for a person to correct it: "FILE, line 7", or only the file.

    Args:
        file: config.toml.
        name: as `Policy.silent` has it.
        short: leave out the folders.
    """
    shown = file.name if short else quote(str(file), limit=200)
    try:
        lines = files.read(file, MAX_BYTES).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return shown
    at = next((n for n, line in enumerate(lines) if re.match(r"\s*(reminders\s*\.\s*)?silent\s*=", line)), None)
    if at is None:
        return shown
    end = next((n for n, line in enumerate(lines[at:], start=at) if "]" in line.partition("#")[0]), at)
    quoted = (f'"{name}"', f"'{name}'")
    found = next((n for n, line in enumerate(lines[at : end + 1], start=at) if any(q in line for q in quoted)), at)
    return f"{shown}, line {found + 1}"


def write_reminders(file: Path, settings: Settings) -> None:
    """Write how to remind into config.toml, in one step; all else in it, comments too, stays as it is.

    Only what differs from the file is touched, and what is a default and not written there is left out.

    Args:
        file: config.toml, which need not exist.
        settings: of which `reminders`, `bell` and `desktop` are written.

    Raises:
        BadInput: the file that is there can't be understood, so nothing is written over it.
        OSError: it can't be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    shown = quote(str(file), limit=200)
    try:
        text = files.read(file, MAX_BYTES).decode("utf-8-sig") if file.exists() else ""
        document = tomlkit.parse(text)
    except (UnicodeDecodeError, TOMLKitError, RecursionError):
        raise BadInput(f"{shown} can't be understood, so it is left as it is", "correct or move it first") from None
    before = read_settings(file)
    table = document.get("reminders")
    if not isinstance(table, MutableMapping):
        if table is not None:
            raise BadInput(f"reminders in {shown} is no table", "write [reminders] above its lines")
        table = tomlkit.table()
    had = _reminder_values(before)
    for name, value in _reminder_values(settings).items():
        if name in table and value == had[name] and not any(f"reminders.{name} " in w for w in before.warnings):
            continue
        if value is None or (name not in table and value == _reminder_values(Settings())[name]):
            table.pop(name, None)
        else:
            table[name] = value
    if table and "reminders" not in document:
        document["reminders"] = table
    written = tomlkit.dumps(document)
    if written != text:
        _replace(file, written)


def _reminder_values(settings: Settings) -> dict[str, Any]:
    """The table [reminders] as TOML has it; None for what is left out."""
    policy = settings.reminders

    def minutes(length: timedelta) -> int:
        return length // timedelta(minutes=1)

    return {
        "lead": minutes(policy.lead), "repeat_every": minutes(policy.repeat_every), "repeats": policy.repeats,
        "snooze": minutes(policy.snooze), "quiet": quiet_text(policy), "discreet": policy.discreet,
        "silent": sorted(policy.silent), "review": review_text(policy), "bell": settings.bell,
        "desktop": settings.desktop,
    }  # fmt: skip


def quiet_text(policy: Policy) -> str | None:
    """The quiet hours as they are typed, "22:00-07:00"; None without any."""
    return "-".join(wall.strftime("%H:%M") for wall in policy.quiet) if policy.quiet is not None else None


def review_text(policy: Policy) -> str | None:
    """When a review is said as it is typed, "09:00"; None for never."""
    return policy.review.strftime("%H:%M") if policy.review is not None else None


def read_reminder(name: str, typed: str) -> Any:
    """Read one setting of [reminders] as a person types it, by the rules of the file.

    Args:
        name: "lead", "repeat_every", "repeats", "snooze", "quiet", "review" or "silent".
        typed: whole minutes or a number; two times, one time, or nothing for never; medicines with commas between.

    Returns:
        What `Policy` holds under that name.

    Raises:
        BadInput: with what to type instead.
    """
    typed = typed.strip()
    try:
        if name == "quiet":
            return _span(typed) if typed else None
        if name == "review":
            return _wall_time(typed) if typed else None
        if name == "silent":
            return frozenset(part.strip() for part in typed.split(",") if part.strip())
        return _REMINDER_READERS[name](whole_number(typed, 0, MOST_WHOLE))
    except _Unusable as problem:
        raise BadInput(f"{name.replace('_', ' ')} {problem}") from None


def _replace(file: Path, text: str) -> None:
    """Bring a whole text into place; a link to a file elsewhere stays a link."""
    files.followed(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.replace(file, text.encode(), mode=None)


class _Unusable(ValueError):
    """A value that can't be used; the message says what it should be."""


class _Reader:
    """Takes the settings out of a table one by one, and keeps a line for each that can't be used."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._warnings: list[str] = []

    def settings(self, table: dict[str, Any]) -> Settings:
        keys = self._table(table, "keys")
        checkin = self._table(table, "checkin")
        reminders = self._table(table, "reminders")
        backup = self._table(table, "backup")
        default = Settings()
        found = Settings(
            theme=self._take(table, "theme", _text, default.theme),
            ascii=self._take(table, "ascii", _flag, default.ascii),
            first_weekday=self._take(table, "first_weekday", _weekday, default.first_weekday),
            keys=self._keys(keys),
            symptoms=self._take(checkin, "symptoms", _symptoms, default.symptoms, "checkin."),
            evening_question=self._take(checkin, "evening", _wall_time, default.evening_question, "checkin."),
            backups=self._take(backup, "keep", _backups, default.backups, "backup."),
            bell=self._take(reminders, "bell", _flag, default.bell, "reminders."),
            desktop=self._take(reminders, "desktop", _flag, default.desktop, "reminders."),
            reminders=self._policy(reminders),
        )
        for name in reminders:
            self._unknown(f"reminders.{name}")
        for name in checkin:
            self._unknown(f"checkin.{name}")
        for name in backup:
            self._unknown(f"backup.{name}")
        for name in table:
            self._unknown(name)
        return replace(found, warnings=tuple(self._warnings))

    def _policy(self, table: dict[str, Any]) -> Policy:
        default = Policy()

        def take(name: str, read: Callable[[Any], T], otherwise: T) -> T:
            return self._take(table, name, read, otherwise, "reminders.")

        return Policy(
            lead=take("lead", _REMINDER_READERS["lead"], default.lead),
            repeat_every=take("repeat_every", _REMINDER_READERS["repeat_every"], default.repeat_every),
            repeats=take("repeats", _REMINDER_READERS["repeats"], default.repeats),
            snooze=take("snooze", _REMINDER_READERS["snooze"], default.snooze),
            quiet=take("quiet", _span, default.quiet),
            discreet=take("discreet", _flag, default.discreet),
            silent=take("silent", _names, default.silent),
            review=take("review", _wall_time, default.review),
        )

    def _keys(self, table: dict[str, Any]) -> Mapping[str, str]:
        found = {}
        for name in [name for name in table if isinstance(table[name], dict)]:
            # An id without quotes, today.take = "x", is a table in TOML.
            table.update({f"{name}.{rest}": value for rest, value in table.pop(name).items()})
        for name in list(table):
            keys = self._take(table, name, _key_list, None, "keys.")
            if keys is not None:
                found[name] = keys
        return found

    def _take(self, table: dict[str, Any], name: str, read: Callable[[Any], T], default: T, path: str = "") -> T:
        if name not in table:
            return default
        try:
            return read(table.pop(name))
        except _Unusable as problem:
            self._warn(f"{_bare(path + name)} {problem}")
            return default

    def _table(self, table: dict[str, Any], name: str) -> dict[str, Any]:
        value = table.pop(name, {})
        if isinstance(value, dict):
            return value
        self._warn(f"{name} must be a table: write [{name}] above its lines")
        return {}

    def _unknown(self, name: str) -> None:
        self._warnings.append(f"{self._shown}: {_bare(name)} is no setting; it is ignored")

    def _warn(self, text: str) -> None:
        self._warnings.append(f"{self._shown}: {text}; the default is used")


def _bare(name: str) -> str:
    return name if name.isprintable() and len(name) <= 60 else quote(name)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 80 or not value.isprintable():
        raise _Unusable("must be a short text in quotes")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unusable("must be true or false")
    return value


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _Unusable(f"must be a whole number from {low} to {high}")
    return value


def _backups(value: Any) -> int:
    if value == "off":
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise _Unusable('must be a whole number from 1 to 1000, or "off"')
    return value


CHECKIN_LINES = frozenset({"sleep", "onset", "awakenings", "symptoms", "note"})
"""The lines that every check-in has."""


def _symptoms(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and 0 < len(name.strip()) <= 40 for name in value):
        raise _Unusable("must be a list of names")
    names = tuple(dict.fromkeys(name.strip() for name in value))
    if len(names) > MOST_SYMPTOMS or any("," in name for name in names):
        raise _Unusable(f"must be at most {MOST_SYMPTOMS} names without commas")
    if taken := [name for name in names if name.casefold() in CHECKIN_LINES]:
        raise _Unusable(f"must not name {taken[0]}, which the check-in has a line for already")
    return names


def _wall_time(value: Any) -> time:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    try:
        return parse_wall(value if isinstance(value, str) else "")
    except BadInput:
        raise _Unusable('must be a time such as "21:00"') from None


def _minutes(value: Any, low: int, high: int) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _Unusable(f"must be whole minutes from {low} to {high}")
    return timedelta(minutes=value)


_REMINDER_READERS: Mapping[str, Callable[[Any], Any]] = {
    "lead": lambda value: _minutes(value, 0, LONGEST_LEAD // timedelta(minutes=1)),
    "repeat_every": lambda value: _minutes(value, 1, 1440),
    "repeats": lambda value: _whole(value, 0, 100), "snooze": lambda value: _minutes(value, 1, 1440),
}  # fmt: skip


def _weekday(value: Any) -> int:
    if isinstance(value, str) and value.strip().lower() in WEEKDAYS:
        return WEEKDAYS.index(value.strip().lower())
    raise _Unusable('must be the name of a day, such as "monday" or "sunday"')


def _span(value: Any) -> tuple[time, time]:
    todo = 'must be two times, such as "22:00-07:00"'
    walls = re.split("[-–]", value) if isinstance(value, str) else []
    if len(walls) != 2:
        raise _Unusable(todo)
    try:
        start, end = (parse_wall(wall) for wall in walls)
    except BadInput:
        raise _Unusable(todo) from None
    if start == end:
        raise _Unusable("must be two different times")
    return start, end


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _Unusable('must be a list of medicines, such as ["diazepam"]')
    return frozenset(value)


def _key_list(value: Any) -> str:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names:
        raise _Unusable('must be a key or a list of keys, such as "space,enter"')
    keys: list[str] = []
    for name in names:
        if not isinstance(name, str):
            raise _Unusable('must be a key or a list of keys, such as "space,enter"')
        keys += [part.strip() for part in name.split(",")]
    if not all(re.fullmatch(r"[a-z0-9_]+(\+[a-z0-9_]+)*|[A-Z]", key) for key in keys):
        raise _Unusable('must name keys as "space", "ctrl+t" or "f5", with commas between')
    return ",".join(keys)


def machine_zone(environ: Mapping[str, str]) -> tuple[str, str | None]:
    """The time zone the machine is in, read anew each time: it may change while a program runs.

    Args:
        environ: for TZ.

    Returns:
        An IANA name, and a warning in one line where it could not be known, else None.
    """
    stated = environ.get("TZ", "").removeprefix(":").strip()
    found = _stated_zone(stated) if stated else _system_zone()
    if found is not None and _is_zone(found):
        return found, None
    what = f"TZ={quote(stated)} names no time zone" if stated else "the time zone of this computer has no name"
    return FALLBACK_ZONE, f"{what}; {FALLBACK_ZONE} is used: set TZ to a name such as Europe/Berlin"


def _stated_zone(stated: str) -> str:
    """The zone that TZ names: itself, or through links the path of a zone file, whose end is the zone's name."""
    if not stated.startswith("/"):
        # Of what POSIX writes in place of a name only a time that is always UTC has one.
        return FALLBACK_ZONE if re.fullmatch(r"<?(UTC|GMT)>?[+-]?0", stated) else stated
    return os.path.realpath(stated).rpartition("/zoneinfo/")[2]


def _is_zone(name: str) -> bool:
    try:
        return bool(zone_named(name).key)
    except BadInput:
        return False


def _system_zone() -> str | None:
    import logging
    import warnings
    from zoneinfo import ZoneInfoNotFoundError

    import tzlocal

    # What tzlocal has to say goes to the log and to warnings, which would be written across the screen.
    log = logging.getLogger("tzlocal")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tzlocal.reload_localzone()  # it remembers its first answer, and a laptop travels
            return tzlocal.get_localzone_name()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
