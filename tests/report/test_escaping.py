"""Whatever was typed stays text in every format: no markup, no HTML, no control, no link."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from report.reading import Page, markdown_tables, markdown_tokens, plain
from report.taper import SettableClock, open_session
from splitdose import report
from splitdose.core.asked import Asked
from splitdose.core.draft import PlanDraft
from splitdose.core.piece import Pieces
from splitdose.core.sanitize import sanitize
from splitdose.planfile import parse_plan
from splitdose.report import html, markdown
from splitdose.report.data import Options
from splitdose.session import Session

NASTY = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "</style></title><b>",
    "&lt;b&gt; &amp; &#x3c;", "[x](javascript:alert(1))", "![x](http://example.invalid/a.png)", "| a | b |", "`code`",
    "**bold** _it_ ~~gone~~", "# heading", "http://example.invalid/x", "www.example.invalid", "a@example.invalid",
    "\x1b]0;title\x07\x1b[31m", "a\r\nBEGIN:VALARM\r\nACTION:AUDIO", "a\nb\tc", "\u202egm 5\u202c", "]]>", "{{7*7}}",
    "=1+1", "-2+3", "@SUM(A1)", "+1", "<!-- -->", "\\", "a\\|b", "<http://example.invalid>", "\x00\x7f\x9b",
    "％s %s {0}",
]  # fmt: skip
KNOWN_INLINE = {"text", "text_special"}


@given(st.one_of(st.sampled_from(NASTY), st.text(), st.text(alphabet="\\`*_{}[]<>()#+-.!|~&;:/@$^=\"' ab\n\t\x1b1")))
def test_markdown_text_reads_as_it_was_typed(typed: str) -> None:
    shown = markdown.text(typed)
    wanted = sanitize(typed).strip()
    assert "\n" not in shown
    # In a paragraph, behind words of the program's own, and in a cell of a table: where it is put.
    *_, inline = [t for t in markdown_tokens(f"- note: {shown}") if t.type == "inline"]
    assert plain(inline) == f"note: {wanted}".strip()
    assert {t.type for t in inline.children or []} <= KNOWN_INLINE
    (table,) = markdown_tables(f"| a | b |\n| --- | --- |\n| {shown} | end |\n")
    assert table[1] == [wanted, "end"]


@given(st.one_of(st.sampled_from(NASTY), st.text()))
def test_html_text_reads_as_it_was_typed(typed: str) -> None:
    page = Page(f'<p title="{html.text(typed)}">{html.text(typed)}</p>')
    assert page.elements == [("p", {"title": sanitize(typed)})]
    assert page.text == sanitize(typed)


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A plan and a log in which everything that can be typed is an attack."""
    clock = SettableClock()
    session = open_session(tmp_path_factory.mktemp("nasty") / "data", clock)
    (one,) = parse_plan(
        '[slots]\n"morning" = "08:00"\n[[medicine]]\nname = "x"\nhalf_life = "2-6 h"\n[[medicine.product]]\n'
        'name = "p"\nstrength = "20 mg"\n[[medicine.step]]\nstart = 2023-10-26\nmorning = "1 x p"\n'
    ).medicines
    medicines = []
    for n, name in enumerate(NASTY[:12]):
        slot = replace(one.slots[0], name=f"s{n}{NASTY[-1 - n]}")
        product = replace(one.products[0], name=f"p{n}{name}", maker=name)
        (step,) = one.steps
        piece = replace(step.doses["morning"][0], product=product)
        step = replace(step, asked=Asked({slot.name: Pieces((piece,))}), note=NASTY[n + 5])
        medicines.append(replace(one, name=f"m{n}{name}", slots=(slot,), products=(product,), steps=(step,)))
    session.plans.apply(session.plans.preview(PlanDraft(tuple(medicines))))
    clock.at += timedelta(hours=3)
    for n, dose in enumerate(session.reader.day().doses):
        if n % 3 == 0:
            session.record.skip(dose.key, reason=NASTY[n])
        elif n % 3 == 1:
            session.record.unsure(dose.key, note=NASTY[-n])
        else:
            session.record.take(dose.key, note=NASTY[n + 8], allow={"early"})
            session.record.extra(dose.medicine, dose.pieces, note=NASTY[n])
    for n in range(0, len(NASTY), 3):
        session.record.checkin(symptoms={text[:80]: 5 for text in NASTY[n : n + 3]}, note=NASTY[n])
    return session


ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "dl", "dt", "dd",
    "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "span", "figure", "figcaption", "svg", "defs", "pattern",
    "path", "rect", "circle", "g", "text",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "scope", "data-of", "aria-hidden", "role",
    "aria-label", "viewbox", "width", "height", "patternunits", "patterntransform", "d", "x", "y", "cx", "cy", "r",
    "fill", "text-anchor", "transform",
}  # fmt: skip


@pytest.mark.parametrize("discreet", [False, True])
def test_html_has_only_the_programs_own_elements(nasty: Session, discreet: bool) -> None:
    text = report.make(nasty.reader, "html", options=Options(discreet=discreet, notes=True))
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= ELEMENTS
    assert {name for _, attributes in page.elements for name in attributes} <= ATTRIBUTES
    assert not any(sign in text for sign in ("\x1b", "\x07", "\r", "\u202e", "\x00"))
    assert "alert(1)" in page.text  # it is there, as text


def test_html_forbids_what_it_does_not_need(nasty: Session) -> None:
    page = Page(report.make(nasty.reader, "html"))
    policy = next(a["content"] for tag, a in page.elements if tag == "meta" and a.get("http-equiv"))
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"].startswith("'sha256-")
    assert set(rules) == {"default-src", "style-src", "base-uri", "form-action"}


def test_markdown_is_only_the_programs_own(nasty: Session) -> None:
    text = report.make(nasty.reader, "markdown")
    tokens = markdown_tokens(text)
    types = {t.type for t in tokens}
    assert not types & {"html_inline", "html_block", "link_open", "image", "em_open", "strong_open", "code_inline",
                        "s_open", "fence", "code_block", "blockquote_open", "hr"}  # fmt: skip
    headings = [plain(tokens[n + 1]) for n, t in enumerate(tokens) if t.type == "heading_open"]
    names = [sanitize(m.name) for m in nasty.reader.plan().medicines]
    assert [h for h in headings if h in names] == names
    assert len(headings) == 1 + 2 * len(names) + 1
    assert all(len(row) == 5 for table in markdown_tables(text) for row in table)
    assert "\x1b" not in text


def test_a_calendar_has_only_the_programs_own_components(nasty: Session) -> None:
    text = report.make(nasty.reader, "ics", options=Options(titles=True))
    found = Calendar.from_ical(text)
    assert {c.name for c in found.walk()} <= {"VCALENDAR", "VEVENT", "VALARM", "VTIMEZONE", "STANDARD", "DAYLIGHT"}
    assert {str(a["ACTION"]) for a in found.walk("VALARM")} == {"DISPLAY"}
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    titles = " ".join(str(e["SUMMARY"]) for e in found.walk("VEVENT"))
    assert "<script>alert(1)</script>" in titles
    assert not any(ord(sign) < 32 for sign in titles)


def test_json_gives_back_what_was_typed(nasty: Session) -> None:
    found: Any = json.loads(report.make(nasty.reader, "json"))
    notes = {d["note"] for d in found["journals"]["log/2023-10"]["checkins"]}
    assert notes == set(NASTY[::3])


WORDS = ("example", "alert", "heading", "AUDIO", "SUM(", "javascript", "onerror", "**", "7*7")


@pytest.mark.parametrize("name", ["markdown", "html", "csv", "ics"])
def test_a_discreet_report_holds_nothing_that_was_typed(nasty: Session, name: str) -> None:
    text = report.make(nasty.reader, name, options=Options(discreet=True, titles=True))
    assert "medicine A" in text
    body = text.partition("</style>")[2] if name == "html" else text
    for word in WORDS:
        assert word not in body


def test_notes_are_kept_in_a_discreet_report_when_asked(tapered: Session) -> None:
    text = report.make(tapered.reader, "markdown", options=Options(discreet=True, notes=True))
    assert "with food" in text
    assert "baclofen" not in text
    assert "medicine A" in text


def test_notes_can_be_left_out_alone(tapered: Session) -> None:
    text = report.make(tapered.reader, "markdown", options=Options(notes=False))
    assert "baclofen" in text
    assert "note:" not in text
    assert "HYPERLINK" not in text
    assert "skipped" in text


def test_a_discreet_report_has_the_same_figures(tapered: Session) -> None:
    named = report.make(tapered.reader, "markdown", options=Options(notes=False))
    nameless = report.make(tapered.reader, "markdown", options=Options(discreet=True))
    again = nameless.replace("medicine A", "baclofen").replace("medicine B", "diazepam")
    for wall, slot in (("08:00", "morning"), ("13:00", "afternoon"), ("18:00", "evening")):
        again = re.sub(rf"\b{wall} (?=[0-9])", f"{slot} ", again)  # an amount follows a slot
    assert again.replace("symptom A", "fatigue") == named


def test_amounts_without_milligrams_name_nothing_either(tmp_path: Path) -> None:
    clock = SettableClock()
    session = open_session(tmp_path / "data", clock)
    plan = parse_plan(
        '[slots]\nmorning = "06:00"\n[[medicine]]\nname = "secret"\n[[medicine.product]]\nname = "secret drops"\n'
        'form = "drops"\n[[medicine.product]]\nname = "secret other"\n[[medicine.step]]\nstart = 2023-10-26\n'
        'morning = "12 x secret drops"\n'
    )
    session.plans.apply(session.plans.preview(plan))
    (dose,) = session.reader.day(date(2023, 10, 26)).doses
    session.record.take(dose.key, pieces=Pieces((replace(dose.pieces[0], count=Fraction(10)),)), allow={"amount"})
    for name in ("markdown", "html", "csv", "ics"):
        assert "secret" not in report.make(session.reader, name, options=Options(discreet=True, titles=True))
    assert "10 drops" in report.make(session.reader, "markdown", options=Options(discreet=True))
