"""Importing a plan file: the first one and every later one are shown before they are done, in the same words."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from splitdose.core.errors import BadInput
from splitdose.planfile import read_plan_file
from splitdose.session import Preview, Refused
from splitdose.store import StoreError
from splitdose.tui.dialogs.plan_change import MedicineChange
from splitdose.tui.dialogs.prompts import Confirm, TextPrompt
from splitdose.tui.editors.reading import read_whole
from splitdose.tui.plan_changes import AGREED, PlanChanges

MOST_STEPS = 9999


async def import_plan(changes: PlanChanges) -> str | None:
    """Ask for a plan file, show what it changes, and do it on a yes.

    Returns:
        The first medicine of the file; None where nothing was imported.

    Raises:
        Refused: what the file would do stands against the plan.
    """
    while True:
        typed = await changes.ask(TextPrompt("Import which plan file?", "a path, such as ~/plan.toml", save="read it"))
        if typed is None:
            return None
        path = _path(typed.strip())
        try:
            preview = await _preview(changes, path)
        except (BadInput, StoreError) as problem:
            if await changes.ask(Confirm(f"{problem}.", "Choose another file?")) != "y":
                return None
            continue
        if preview is None:
            return None
        apply = partial(changes.session.plans.apply, preview, allow=AGREED)
        answer = await changes.show(f"Import {path.name}?", _becomes(changes, preview), apply, f"imported: {path.name}")
        return preview.changes[0].medicine if answer == "applied" else None


def _path(typed: str) -> Path:
    """A path as typed, "~" being one's own home; of a "~name" that nobody here has it stays as it is."""
    try:
        return Path(typed).expanduser()
    except RuntimeError:
        return Path(typed)


async def _preview(changes: PlanChanges, path: Path) -> Preview | None:
    """What the file would do, after asking at which of its steps the person is where that is open; None on Escape."""
    reader, plans = changes.session.reader, changes.session.plans
    step = None
    while True:
        draft = read_plan_file(path, day_start=reader.calendar.latest.day_start)
        try:
            return plans.preview(draft, step=step)
        except Refused as refused:
            if refused.code != "step_open":
                raise
            typed = await changes.ask(_which_step(changes, refused))
            if typed is None:
                return None
            step = read_whole(typed, "step", 1, MOST_STEPS)


def _which_step(changes: PlanChanges, refused: Refused) -> TextPrompt:
    def read(typed: str) -> str:
        return f"step {read_whole(typed, 'step', 1, MOST_STEPS)} of the file is the current one"

    title = f"{refused.what[:1].upper()}{refused.what[1:]}. Which step of the file is the current one?"
    return TextPrompt(changes.text(title), "its number, from 1", save="show what changes", read=read)


def _becomes(changes: PlanChanges, preview: Preview) -> list[MedicineChange]:
    """What becomes of each medicine of the file, with what was found in it."""
    shown = []
    for change in preview.changes:
        found = changes.medicine_change(change)
        names = [name.words() for name in preview.names if change.medicine in (name.known, name.slot_of)]
        findings = [f"found: {f.message}" for f in preview.findings if f.medicine == change.medicine]
        shown.append(replace(found, says=(*names, *found.says, *findings)))
    return shown
