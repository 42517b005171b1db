"""One page to read, print or hand over: no script, no request, nothing outside the file.

A content security policy forbids all but the page's own style, so that even text which got past escaping could
neither run nor call anybody. It prints on A4 and Letter in black and white and reads at the width of a phone.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from splitdose.core.course import Course
from splitdose.core.day import Day
from splitdose.core.estimate import Band, assumptions
from splitdose.core.sanitize import sanitize
from splitdose.core.wording import day_words, mark
from splitdose.report import words
from splitdose.report.chart import Drawing, has_room
from splitdose.report.data import ReportData
from splitdose.report.progress import EVERY, Progress, quiet

WIDE, NARROW = 700, 330
"""Widths of the two drawings of each chart: for a page, and for a phone."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 47rem; background: #fff; color: #111;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; padding-top: .6rem; border-top: 2px solid #111; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .3rem 0; }
.small { font-size: .85rem; color: #333; }
dl { display: grid; grid-template-columns: minmax(7rem, 17rem) 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { color: #333; }
dd { margin: 0; font-weight: 600; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; font-size: .85rem;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; }
thead th { border-bottom: 1.5px solid #111; }
tbody tr.day > * { border-top: 1px solid #bbb; }
tbody th { font-weight: 600; }
.number { text-align: right; }
.whole { white-space: nowrap; }
ul { list-style: none; margin: 0; padding: 0; }
.note { font-style: italic; }
.mark { display: inline-block; width: 1.1em; font-weight: 700; }
.when { width: 11.2em; } .who { width: 15%; } .held { width: 11%; } .mg { width: 6.8em; } .change { width: 14%; }
figure { margin: .8rem 0 .4rem; }
figcaption { font-size: .85rem; color: #333; }
svg { width: 100%; height: auto; font-size: 11px; }
svg text { fill: #111; }
svg .title { font-weight: 600; font-size: 12px; }
svg .sign { font-weight: 700; font-size: 12px; }
svg { display: block; }
svg.narrow { display: none; }
svg .grid { stroke: #ddd; fill: none; }
svg .tick { stroke: #111; fill: none; }
svg .step { stroke: #777; stroke-dasharray: 1 3; fill: none; }
svg .hatch { stroke: #1b5e8c; stroke-width: 2.4; fill: none; }
svg .taken { stroke: #1b5e8c; stroke-width: .6; }
svg .planned { stroke: #111; stroke-width: 1.8; fill: none; }
svg .band { stroke: none; fill: #c4c4c4; }
svg .upper { stroke: #111; stroke-width: .7; fill: none; }
svg .lower { stroke: #555; stroke-width: .5; fill: none; }
svg .series { stroke: #111; fill: none; stroke-width: .9; }
svg .triangle { stroke-dasharray: 5 2; }
svg .square { stroke-dasharray: 1 2; }
svg .diamond { stroke-dasharray: 8 2 1 2; }
svg path.mark, svg circle.mark { fill: #111; stroke: #111; }
svg .mark.open { fill: #fff; }
@media (max-width: 560px) {
  body { padding: 1rem .75rem 2rem; }
  svg.wide { display: none; }
  svg.narrow { display: block; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .35rem; }
}
@media (max-width: 640px) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; width: 100%; padding-right: 0; }
  tbody tr { padding: .3rem 0; }
  tbody tr.day { border-top: 1px solid #bbb; }
  tbody tr.day > * { border-top: 0; }
  td { padding: .1rem 0; }
  td:nth-child(2), td.number { display: inline-block; width: auto; margin-right: .9rem; text-align: left; }
  td[data-of]::before { content: attr(data-of) " "; color: #333; font-weight: 400; }
  td:empty, tbody th:empty { display: none; }
}
@page { margin: 15mm 14mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  h2, h3, h3 + p { break-after: avoid; }
  h2 { margin-top: 1.2rem; }
  section.days { break-before: page; }
  section.days h2 { margin-top: 0; }
  svg, tr, li, dl { break-inside: avoid; }
  tbody tr:not(.day) { break-before: avoid; }
  thead { display: table-header-group; }
  table { font-size: 8pt; line-height: 1.3; }
  th, td { padding: 1.5pt 6pt 1.5pt 0; }
  figcaption, .small { font-size: 8pt; line-height: 1.25; }
  figcaption { break-before: avoid; break-inside: avoid; }
  figcaption p { margin: .15rem 0; }
  dl { row-gap: 0; }
  svg .hatch, svg .taken { stroke: #444; }
  a { color: inherit; }
}
"""

_PARTS = re.compile(r"\([^)]*\)|[^\s(]*[0-9][^\s(]* [A-Za-z]+")

_POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; " + (
    "base-uri 'none'; form-action 'none'"
)


def text(typed: str) -> str:
    """Any text as HTML text or attribute value that reads as it was typed."""
    return escape(sanitize(typed), quote=True)


def write(data: ReportData, progress: Progress = quiet) -> str:
    """The report as one HTML page."""
    return "".join(_page(data, progress))


def _page(data: ReportData, progress: Progress) -> Iterator[str]:
    title = text(words.title(data))
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{title}</h1>\n<p class="small">{text(words.made(data))}</p>\n'
    )
    if not data.courses:
        yield "<p>Nothing is planned or recorded in these days.</p>\n"
    for number, course in enumerate(data.courses):
        yield from _course(data, course, f"c{number}")
    if data.courses or data.has_checkins:
        yield (
            f'<section class="days">\n<h2>Day by day</h2>\n<p class="small">{text(words.legend(data))}</p>\n'
            '<table id="days">\n'
            '<thead><tr><th scope="col" class="when">day</th><th scope="col" class="who"></th>'
            '<th scope="col" class="number mg">planned</th><th scope="col" class="number mg">taken</th>'
            '<th scope="col">doses and notes</th></tr></thead>\n<tbody>\n'
        )
        for done, day in enumerate(data.days):
            if done % EVERY == 0:
                progress(done, len(data.days))
            yield from _day(data, day)
        yield "</tbody>\n</table>\n</section>\n"
    yield "</main>\n</body>\n</html>\n"


def _course(data: ReportData, course: Course, name: str) -> Iterator[str]:
    yield f'<section>\n<h2>{text(course.medicine)}</h2>\n<dl id="{name}">\n'
    for what, figure in words.facts(data, course):
        yield f"<dt>{text(what)}</dt><dd>{text(figure)}</dd>\n"
    yield "</dl>\n"
    if has_room(course.days):
        yield from _figure(data, course, name)
    if data.steps(course.medicine):
        yield from _steps(data, course)
    yield "</section>\n"


def _figure(data: ReportData, course: Course, name: str) -> Iterator[str]:
    band = data.band(course.medicine)
    unit = words.unit(data, course.medicine) or "mg"
    drawn = band if isinstance(band, Band) else None
    drawings = [
        Drawing(course, drawn, data.calendar, width=width, name=f"{name}{kind}", unit=unit)
        for width, kind in ((WIDE, "w"), (NARROW, "n"))
    ]
    yield "<figure>\n"
    yield "\n".join(drawing.svg() for drawing in drawings)
    yield "\n<figcaption>"
    yield "<p>Dotted lines show where a step with another amount begins.</p>"
    if drawings[0].days_per_bar > 1:
        each = " or ".join(str(days) for days in sorted({d.days_per_bar for d in drawings}))
        yield f"<p>Each bar is the mean of {each} days.</p>"
    if drawn is None:
        yield f"<p>{text(str(band).capitalize())}.</p>"
    else:
        yield "".join(f"<p>{text(line)}</p>" for line in assumptions(unit))
    yield "</figcaption>\n</figure>\n"


def _steps(data: ReportData, course: Course) -> Iterator[str]:
    shown_in = words.unit(data, course.medicine)
    yield "<h3>Steps</h3>\n"
    if note := words.steps_note(data, course):
        yield f'<p class="small">{text(note)}</p>\n'
    yield (
        '<table>\n<thead><tr><th scope="col" class="when">from</th><th scope="col" class="held">held</th>'
        '<th scope="col" class="number mg">a day</th><th scope="col" class="number change">change</th>'
        '<th scope="col">doses</th></tr></thead>\n<tbody>\n'
    )
    steps = data.steps(course.medicine)
    for before, span in zip([None, *steps], steps, strict=False):
        listed = "".join(f"<li>{text(line)}</li>" for line in words.step_doses(span))
        if stated := words.step_stated(data, course, span):
            listed += f'<li class="small">{text(stated)}</li>'
        note = f'<li class="note">{text(span.step.note)}</li>' if span.step.note else ""
        yield (
            f'<tr class="day"><th scope="row">{text(words.step_start(span))}</th><td>{text(words.step_days(span))}</td>'
            f'<td class="number" data-of="a day">{_whole(words.step_amount(span, shown_in))}</td>'
            f'<td class="number">{_whole(words.step_change(span, before, shown_in))}</td>'
            f"<td><ul>{listed}{note}</ul></td></tr>\n"
        )
    yield "</tbody>\n</table>\n"


def _day(data: ReportData, day: Day) -> Iterator[str]:
    calendar = data.calendar
    rows: list[str] = []
    ahead = day.date > data.today
    for total in day.totals:
        lines = [
            _line(mark(dose.state), words.dose_words(dose, day, calendar))
            for dose in day.doses
            if dose.medicine == total.medicine
        ]
        lines += [
            _line("+", words.extra_words(extra, calendar)) for extra in day.extras if extra.medicine == total.medicine
        ]
        taken = "" if ahead else words.taken_words(total)
        rows.append(
            f"<td>{text(total.medicine)}</td>"
            f'<td class="number" data-of="planned">{_whole(words.planned_words(total))}</td>'
            f'<td class="number"{" data-of=taken" if taken else ""}>{_whole(taken)}</td>'
            f"<td><ul>{''.join(lines)}</ul></td>"
        )
    for checkin in day.checkins:
        when = words.checkin_time(checkin, day.date, calendar)
        rows.append(f"<td>check-in {when}</td><td></td><td></td><td>{text(words.checkin_words(checkin))}</td>")
    if not rows:
        rows.append("<td></td><td></td><td></td><td>nothing planned or recorded</td>")
    for n, row in enumerate(rows):
        name = day_words(day.date) if n == 0 else ""
        yield f'<tr{" class=day" if n == 0 else ""}><th scope="row">{name}</th>{row}</tr>\n'


def _whole(amount: str) -> str:
    """An amount in a narrow column: it breaks after "about" and before a bracket, never between number and unit."""
    return _PARTS.sub(lambda part: f'<span class="whole">{part[0]}</span>', text(amount))


def _line(sign: str, line: str) -> str:
    return f'<li><span class="mark" aria-hidden="true">{sign}</span>{text(line)}</li>'
