"""Plan files: TOML as a person writes it, read into a draft; errors name the file, the line and the field.

It reads text only: it runs nothing from it, and nothing of it reaches a screen unescaped (`quote`).
"""

import codecs
import errno
import os
import re
import select
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from splitdose import files
from splitdose.core.amount import parse_measure, quote
from splitdose.core.asked import Asked
from splitdose.core.clock import DEFAULT_DAY_START, FIRST_YEAR, LAST_YEAR
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import FORMS, LIQUIDS, Pieces, Product
from splitdose.core.plan import ADVANCES, ASK, MAX_HOLD, DosePoint, Pause, Slot
from splitdose.core.reading import (
    UnknownProduct,
    count_of,
    find_product,
    parse_pieces,
    parse_split,
    read_called,
    split_product,
)
from splitdose.core.strength import parse_mass, parse_strength
from splitdose.core.typed_times import parse_date, parse_wall

MAX_BYTES = 1_000_000
PIPE_SECONDS = 1.0
MAX_NAME = 80
MAX_SLOTS = 48
MAX_PRODUCTS = 100
MAX_STEPS = 5_000
"""Thirteen years of daily steps."""
MAX_NOTE = 2_000
STEP_KEYS = frozenset({"start", "hold", "split", "every", "total", "note", "from_slot"})
"""What a step may say besides its slots; no slot may be called so."""


class PlanFileError(BadInput):
    """A plan file that can't be read: `what` begins with the file, and the line where one is known."""


_Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+")
_NAME = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_KEY_PART = re.compile(rf"[ \t]*+({_NAME})[ \t]*+(\.?)")
_SCALAR = re.compile(
    r"""""\"(?:\\.|[^\\])*?""\"{1,3}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'|[^,\]}#\n]++""",
    re.DOTALL,
)
_MAX_KEY_PARTS = 16
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){_NAME}(?:[ \t]*+\.[ \t]*+{_NAME}){{{_MAX_KEY_PARTS}}}")
_UNREADABLE = re.compile(r"[0-9_]{4000}|(?:[\[{]\s*+){50}")
"""What tomllib gives up on without a line: a number of thousands of digits, brackets fifty deep."""


class _Places:
    """Line numbers of tables and keys, which tomllib doesn't keep.

    Only errors need them, so the text is gone through again only when one is met.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: dict[_Path, int] | None = None

    def line(self, path: _Path, key: str | None = None) -> int | None:
        """The line of a key, or of its table where the key isn't there."""
        if self._lines is None:
            self._lines = _Scan(self._text).lines
        wanted = path if key is None else (*path, key)
        while wanted and wanted not in self._lines:
            wanted = wanted[:-1]
        return self._lines[wanted] if wanted else None


class _Scan:
    """Goes through TOML that tomllib has accepted, and notes where each table, key and list item begins."""

    def __init__(self, text: str) -> None:
        self.lines: dict[_Path, int] = {}
        self._text = text
        self._at = 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._items: dict[_Path, int] = {}
        with suppress(ValueError, IndexError, RecursionError):  # lines not found are left out of messages
            self._document()

    def _document(self) -> None:
        here: _Path = ()
        while self._next():
            if self._text[self._at] == "[":
                here = self._header()
            else:
                self._pair(here)

    def _next(self) -> str:
        """The next character that is no blank, newline or comment; "" at the end."""
        if found := _BLANK.match(self._text, self._at):
            self._at = found.end()
        return self._text[self._at : self._at + 1]

    def _note(self, path: _Path, at: int) -> None:
        self.lines.setdefault(path, bisect_left(self._breaks, at) + 1)

    def _key(self) -> list[str]:
        names: list[str] = []
        while True:
            found = _KEY_PART.match(self._text, self._at)
            if found is None:
                raise ValueError("not a key")
            self._at = found.end()
            name = found[1]
            names.append(next(iter(tomllib.loads(f"{name}=0"))) if name[0] in "\"'" else name)
            if not found[2]:
                return names

    def _header(self) -> _Path:
        start = self._at
        close = "]]" if self._text.startswith("[[", start) else "]"
        self._at += len(close)
        path: _Path = ()
        names = self._key()
        for n, name in enumerate(names, start=1):
            path = (*path, name)
            if n == len(names) and close == "]]":
                self._items[path] = self._items.get(path, -1) + 1
                self._note(path, start)
            if path in self._items:
                path = (*path, self._items[path])
            self._note(path, start)
        self._at = self._text.index(close, self._at) + len(close)
        return path

    def _pair(self, here: _Path) -> None:
        start, path = self._at, here
        for name in self._key():
            path = (*path, name)
            self._note(path, start)
        self._at = self._text.index("=", self._at) + 1
        self._value(path)

    def _value(self, path: _Path) -> None:
        opening = self._next()
        self._note(path, self._at)
        if opening not in ("[", "{"):
            found = _SCALAR.match(self._text, self._at)
            if found is None:
                raise ValueError("not a value")
            self._at = found.end()
            return
        self._at += 1
        item = 0
        while (following := self._next()) not in ("]", "}", ""):
            if following == ",":
                self._at += 1
            elif opening == "{":
                self._pair(path)
            else:
                self._value((*path, item))
                item += 1
        self._at += 1


@dataclass
class _Reader:
    """One table of the file: takes its keys out one by one, and says where it is when one is wrong."""

    file: str
    places: _Places
    path: _Path
    table: dict[str, Any]
    label: str

    def fail(self, key: str | None, what: str, todo: str = "") -> PlanFileError:
        line = self.places.line(self.path, key)
        where = self.file if line is None else f"{self.file}, line {line}"
        field = " ".join(part for part in (self.label, key and _bare(key)) if part)
        return PlanFileError(f"{where}: {field}: {what}" if field else f"{where}: {what}", todo)

    def understand(self, key: str, read: Callable[[], Any]) -> Any:
        """Run `read`, giving what it refuses the place of `key`."""
        try:
            return read()
        except PlanFileError:
            raise
        except BadInput as error:
            raise self.fail(key, error.what, error.todo) from None

    def text(self, key: str, default: str | None = None, *, limit: int = MAX_NAME) -> str:
        value = self.table.pop(key, default)
        if value is None:
            raise self.fail(key, "is missing", f'add {key} = "…"')
        if not isinstance(value, str):
            raise self.fail(key, f"is {_kind(value)}, not text", f'write {_bare(key)} = "…"')
        if len(value) > limit:
            raise self.fail(key, f"is longer than {limit} characters", "shorten it")
        return value

    def name(self, key: str) -> str:
        value = self.text(key).strip()
        if not value:
            raise self.fail(key, "is empty", "give it a name")
        return value

    def whole(self, key: str, low: int, high: int) -> int | None:
        value = self.table.pop(key, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, f"is {_kind(value)}, not a whole number", f"write a whole number from {low} to {high}")
        if not low <= value <= high:
            raise self.fail(key, f"is {_short(value)}", f"write a whole number from {low} to {high}")
        return value

    def day(self, key: str) -> date | None:
        value = self.table.pop(key, None)
        if value is None:
            return None
        if isinstance(value, str):
            value = self.understand(key, partial(parse_date, value))
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.fail(key, f"is {_kind(value)}, not a date", f"write {key} = 2026-01-31")
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise self.fail(key, f"is in the year {value.year}", f"write a date from {FIRST_YEAR} to {LAST_YEAR}")
        return value

    def flag(self, key: str) -> bool | None:
        value = self.table.pop(key, None)
        if value is not None and not isinstance(value, bool):
            raise self.fail(key, f"is {_kind(value)}, not true or false", f"write {key} = true or {key} = false")
        return value

    def tables(self, key: str, *, most: int | None = None) -> list["_Reader"]:
        value = self.table.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(
                key, f"is {_kind(value)}, not a list of tables", f"write [[{self._header(key)}]] above each"
            )
        if most is not None and len(value) > most:
            raise self.fail(key, f"stands {len(value)} times, more than {most}", "remove some")
        return [
            _Reader(self.file, self.places, (*self.path, key, n), dict(item), self._child(key, n))
            for n, item in enumerate(value)
        ]

    def sub(self, key: str) -> "_Reader | None":
        value = self.table.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.fail(key, f"is {_kind(value)}, not a table", f"write [{self._header(key)}] above its lines")
        return _Reader(self.file, self.places, (*self.path, key), dict(value), f"{self.label} {key}".strip())

    def done(self) -> None:
        for key in self.table:
            raise self.fail(key, "is not a key that is known here", "check its spelling, or remove it")

    def _header(self, key: str) -> str:
        return ".".join([part for part in self.path if isinstance(part, str)] + [key])

    def _child(self, key: str, n: int) -> str:
        return f"{self.label} {key} {n + 1}".strip()


def _bare(key: str) -> str:
    return key if key.isprintable() and len(key) <= 40 else quote(key, limit=40)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (str, "text"), (int, "a whole number"), (float, "a number"), (datetime, "a date with a time"),
        (date, "a date"), (time, "a time"), (list, "a list"), (dict, "a table"),
    ]  # fmt: skip
    return next((words for kind, words in kinds if isinstance(value, kind)), "something else")


def _short(value: int) -> str:
    # Very long integers may not be turned into text at all (Python limits the digits), nor fill a screen.
    return str(value) if abs(value) < 10**15 else "far out of range"


def read_plan_file(path: Path, *, day_start: time = DEFAULT_DAY_START) -> PlanDraft:
    """Read a plan file from disk.

    Raises:
        PlanFileError: it can't be opened, is no UTF-8 text, or `parse_plan` refuses it.
    """
    name = path.name if path.name.isprintable() else quote(path.name)
    try:
        data = _from_pipe(path) if path.is_fifo() else files.read(path, MAX_BYTES + 1)
    except FileNotFoundError:
        raise PlanFileError(f"there is no file {quote(str(path), limit=200)}", "check the path") from None
    except IsADirectoryError:
        raise PlanFileError(f"{quote(str(path), limit=200)} is a folder", "name a plan file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it can't be opened"
        raise PlanFileError(f"{quote(str(path), limit=200)} can't be read: {reason}", "check the file") from None
    if len(data) > MAX_BYTES:
        raise PlanFileError(f"{name}: larger than {MAX_BYTES} bytes", "a plan file is a short text; check the path")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PlanFileError(f"{name}, line {line}: not UTF-8 text", "save it as a UTF-8 text file") from None
    return parse_plan(text, file=name, day_start=day_start)


def _from_pipe(path: Path) -> bytes:
    """What a pipe holds, such as another program's output given as a file; one that nobody writes to is not waited for.

    Raises:
        OSError: it can't be read, or nothing came in time.
    """
    found = b""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        while len(found) <= MAX_BYTES:
            if not select.select([descriptor], [], [], PIPE_SECONDS)[0]:
                raise OSError(errno.ETIMEDOUT, f"nothing came through the pipe within {PIPE_SECONDS:g} s")
            part = os.read(descriptor, MAX_BYTES + 1 - len(found))
            if not part:
                break
            found += part
    finally:
        os.close(descriptor)
    if not found:
        raise OSError(errno.EPIPE, "nothing came through the pipe")
    return found


def parse_plan(text: str, *, file: str = "plan", day_start: time = DEFAULT_DAY_START) -> PlanDraft:
    """Read the text of a plan file into a draft.

    Args:
        text: TOML.
        file: what errors call it.
        day_start: from which time slots are ordered.

    Raises:
        PlanFileError: with file, line, field, and what to do.
    """
    if not text.strip():
        raise PlanFileError(
            f"{file}: the file is empty", "see the plan files in the documentation for what belongs in it"
        )
    if (deep := _LONG_KEY.search(text)) is not None:
        # Nothing here has such a key, and tomllib takes the square of its length.
        raise PlanFileError(
            f"{file}, line {_line_of(text, deep.start())}: a key of more than {_MAX_KEY_PARTS} parts",
            "check the dots in the line",
        )
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanFileError(_toml_error(file, text, str(error)), "correct the line") from None
    except (RecursionError, ValueError, OverflowError):
        # A number of more digits than Python converts, or brackets a thousand deep.
        where = file
        if (found := _UNREADABLE.search(text)) is not None:
            where = f"{file}, line {_line_of(text, found.start())}"
        raise PlanFileError(
            f"{where}: a value is out of range or nested too deep", "check dates, numbers and brackets"
        ) from None
    root = _Reader(file, _Places(text), (), dict(data), "")
    shared = _slots(root.sub("slots"), day_start)
    medicines = [_medicine(reader, shared, day_start) for reader in root.tables("medicine")]
    root.done()
    if not medicines:
        raise PlanFileError(f"{file}: no medicine in the file", "add a [[medicine]] table")
    return PlanDraft(tuple(medicines))


def _line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _toml_error(file: str, text: str, message: str) -> str:
    found = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)", message)
    what = re.sub(r" \(at .*\)$", "", message)
    if found is not None:
        return f"{file}, line {found[1]}: {_sentence(what)}"
    if "end of document" in message:
        return f"{file}, line {_line_of(text.rstrip(), len(text))}: {_sentence(what)} at the end of the file"
    return f"{file}: {_sentence(what)}"


def _sentence(text: str) -> str:
    clean = "".join(ch if ch.isprintable() else "?" for ch in text)[:120]
    return clean[:1].lower() + clean[1:]


def _slots(reader: _Reader | None, day_start: time) -> tuple[Slot, ...] | None:
    if reader is None:
        return None
    slots: list[Slot] = []
    for key in list(reader.table):
        if len(slots) == MAX_SLOTS:
            raise reader.fail(key, f"comes after {MAX_SLOTS} slots", "remove some")
        value = reader.table.pop(key)
        if key in STEP_KEYS:
            raise reader.fail(key, "can't be the name of a slot", "call the slot something else")
        if not key.strip() or len(key) > MAX_NAME:
            raise reader.fail(key, f"a slot's name has 1 to {MAX_NAME} characters", "rename the slot")
        if isinstance(value, time):
            wall = value.replace(second=0, microsecond=0, tzinfo=None)
        elif isinstance(value, str):
            wall = reader.understand(key, partial(parse_wall, value))
        else:
            raise reader.fail(key, f"is {_kind(value)}, not a time", f'write {_bare(key)} = "08:00"')
        slots.append(Slot(key, wall))

    def since_day_start(slot: Slot) -> int:
        return ((slot.time.hour - day_start.hour) * 60 + slot.time.minute - day_start.minute) % 1440

    return tuple(sorted(slots, key=since_day_start))


def _medicine(reader: _Reader, shared: tuple[Slot, ...] | None, day_start: time) -> MedicineDraft:
    name = reader.name("name")
    reader.label = name if name.isprintable() else quote(name)
    own = _slots(reader.sub("slots"), day_start)
    slots = own if own is not None else shared or ()
    advance = reader.text("advance", ASK)
    if advance not in ADVANCES:
        raise reader.fail("advance", f"is {quote(advance)}", 'write "ask", "on date" or "as needed"')
    half_life = None
    if "half_life" in reader.table:
        stated = reader.text("half_life")
        half_life = reader.understand("half_life", lambda: parse_half_life(stated))
    products = [_product(product) for product in reader.tables("product", most=MAX_PRODUCTS)]
    steps = [_step(step, slots, products) for step in reader.tables("step", most=MAX_STEPS)]
    pauses = [_pause(pause) for pause in reader.tables("pause")]
    reader.done()
    return MedicineDraft(name, slots, tuple(products), tuple(steps), advance, half_life, tuple(pauses))


def parse_half_life(text: str) -> tuple[Fraction, Fraction]:
    """Read the person's own figure, "2-6 h" or "4 h", as hours, low and high. Raises BadInput."""
    found = re.fullmatch(r"([0-9.,/ ]+?)(?: ?[-–] ?([0-9.,/ ]+?))? ?(h|hours?|d|days?)", text.strip())
    todo = 'write it as "2-6 h" or "4 h"'
    if found is None:
        raise BadInput(f"{quote(text)} is not a half-life", todo)
    scale = 24 if found[3].startswith("d") else 1
    low = parse_measure(found[1]) * scale
    high = parse_measure(found[2]) * scale if found[2] else low
    if not 0 < low <= high:
        raise BadInput(f"{quote(text)} is not a half-life", "it is above zero, the lower figure first")
    return low, high


def _product(reader: _Reader) -> Product:
    name = reader.name("name")
    if " + " in name:
        raise reader.fail("name", f"{quote(name)} has a sign in it that adds pieces", "leave out ' + '")
    strength = None
    if "strength" in reader.table:
        stated = reader.text("strength")
        strength = reader.understand("strength", lambda: parse_strength(stated))
    form = reader.text("form", "tablet")
    if form not in FORMS:
        raise reader.fail("form", f"is {quote(form)}", "write one of: " + ", ".join(FORMS))
    called = ""
    if "unit" in reader.table:
        word = reader.text("unit")
        called = reader.understand("unit", lambda: read_called(word, strength))
    if form in LIQUIDS and not called and strength is not None and strength.mg is not None and not strength.per_ml:
        raise reader.fail("strength", f"{quote(strength.label)} of a {form} is not per mL", 'write it as "5 mg/mL"')
    product = Product(name, strength, form, None, reader.flag("scored"), reader.text("maker", ""), called)
    if "smallest" in reader.table:
        value = reader.table.pop("smallest")
        written = str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9 else value
        if not isinstance(written, str):
            raise reader.fail("smallest", f"is {_kind(value)}, not an amount in quotes", 'write smallest = "1/4"')
        smallest = reader.understand("smallest", partial(count_of, written, product))
        if smallest == 0:
            raise reader.fail("smallest", "is zero", 'write smallest = "1/4", or leave it out')
        product = replace(product, smallest=smallest)
    reader.done()
    return product


def _step(reader: _Reader, slots: Sequence[Slot], products: Sequence[Product]) -> StepDraft:
    start = reader.day("start")
    hold = reader.whole("hold", 1, MAX_HOLD)
    every = reader.whole("every", 1, 365) or 1
    note = reader.text("note", "", limit=MAX_NOTE)
    from_slot = reader.text("from_slot", "") or None
    total = None
    if "total" in reader.table:
        stated = reader.text("total")
        total = reader.understand("total", lambda: parse_total(stated))
    doses: dict[str, Pieces] = {}
    missing: list[str] = []
    known = {slot.name for slot in slots}
    split = reader.text("split", limit=400) if "split" in reader.table else None
    written = {key: reader.text(key, limit=400) for key in [k for k in reader.table if k in known]}
    if split is not None and written:
        raise reader.fail("split", "stands beside slots of its own", "use either split or the slots")
    if split is not None:
        if (gone := _missing_product(split, products)) is not None:
            missing.append(gone)
        else:
            alone = products[0] if len(products) == 1 else None
            parts = reader.understand("split", lambda: parse_split(split, len(slots), products, alone))
            doses = {slot.name: pieces for slot, pieces in zip(slots, parts, strict=True) if pieces}
    for key, value in written.items():
        gone_here = [g for part in value.split(" + ") if (g := _missing_product(part, products)) is not None]
        if gone_here:
            missing.extend(gone_here)
            continue
        alone = products[0] if len(products) == 1 else None
        pieces = reader.understand(key, partial(parse_pieces, value, products, alone))
        if pieces:
            doses[key] = pieces
    if from_slot is not None and from_slot not in known:
        raise reader.fail("from_slot", f"is {quote(from_slot)}, which is no slot", "name one of the medicine's slots")
    unknown = tuple(reader.table)
    return StepDraft(Asked(doses, every), start, hold, total, note, from_slot, unknown, tuple(dict.fromkeys(missing)))


def _missing_product(amount: str, products: Sequence[Product]) -> str | None:
    named = split_product(amount)
    if named is None:
        return None
    try:
        find_product(named, products)
    except UnknownProduct:
        # It may be an amount all the same: each slot's with a product of its own, a product whose name begins with x.
        slots = len(re.split(" +[-–] +", amount))
        for read in (partial(parse_pieces, amount, products), partial(parse_split, amount, slots, products)):
            with suppress(BadInput):
                read()
                return None
        return named.strip()
    except BadInput:
        return None
    return None


def parse_total(text: str) -> Fraction:
    """Read a stated total such as "55 mg" as milligrams. Raises BadInput."""
    mg = parse_mass(text)
    if mg is None:
        raise BadInput(f"{quote(text)} is not a total", 'write it as "55 mg", or leave it out')
    return mg


def _pause(reader: _Reader) -> Pause:
    start = reader.day("start")
    if start is None:
        raise reader.fail("start", "is missing", "write start = 2026-01-31")
    end = reader.day("end")
    from_slot = reader.text("from_slot", "") or None
    to_slot = reader.text("to_slot", "") or None
    reader.done()
    if end is not None and end < start:
        raise reader.fail("end", "is before the start", "correct one of the dates")
    return Pause(DosePoint(start, from_slot), None if end is None else DosePoint(end, to_slot))
