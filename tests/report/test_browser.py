"""The HTML report in a real Chromium: what it loads, how wide it is, what it prints."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest

from report.chromium import Chromium, chromium
from report.taper import FIRST, SettableClock, open_session, wall
from splitdose import report
from splitdose.core.estimate import ASSUMPTIONS, AXIS
from splitdose.planfile import parse_plan
from splitdose.report.data import Options
from splitdose.session import Session
from support.requirements import require

A4, LETTER = (8.27, 11.69), (8.5, 11.0)
PHONE = 360


@pytest.fixture(scope="module")
def page(tapered: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report.make(tapered.reader, "html"), encoding="utf-8", newline="")
    return file


@pytest.fixture(scope="module")
def browser(page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser that has opened the report and nothing else."""
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        found.open(page)
        yield found


def test_it_asks_for_nothing_and_has_nothing_to_say(browser: Chromium, page: Path) -> None:
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []
    assert browser.value("document.scripts.length") == 0
    assert browser.value("performance.getEntriesByType('resource').length") == 0


def test_its_own_style_is_let_in(browser: Chromium) -> None:
    browser.width(800)
    assert browser.value("getComputedStyle(document.querySelector('dd')).fontWeight") == "600"


def test_its_policy_lets_nothing_else_in(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    attack = (
        "<script>document.title = 'run'</script><img src='http://127.0.0.1:9/x' onerror=\"document.title = 'run'\">"
        "<style>main { display: none }</style><p id='styled' style='color: red'>x</p>"
    )
    broken = tmp_path / "broken.html"
    broken.write_text(text.replace("</main>", attack + "</main>"), encoding="utf-8", newline="")
    with chromium(tmp_path / "profile") as found:
        found.open(broken)
        assert found.value("document.title") != "run"
        assert found.value("getComputedStyle(document.querySelector('main')).display") == "block"
        assert found.value("getComputedStyle(document.querySelector('#styled')).color") != "rgb(255, 0, 0)"
        assert len(found.complaints()) >= 4
        blocked = [e for e in found.events if e.get("method") == "Network.loadingFailed"]
        assert [e["params"].get("blockedReason") for e in blocked] == ["csp"] * len(blocked)


@pytest.mark.parametrize("width", [PHONE, 320, 768, 1280])
def test_nothing_reaches_over_the_edge(browser: Chromium, width: int) -> None:
    browser.width(width)
    assert browser.value("innerWidth") == width
    assert browser.value("document.documentElement.scrollWidth") <= width
    reaching = browser.value(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('svg, thead'))"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 80))"
    )
    assert reaching == []


@pytest.mark.parametrize(("width", "shown", "hidden"), [(PHONE, "narrow", "wide"), (800, "wide", "narrow")])
def test_a_chart_fits_the_screen_and_can_be_read(browser: Chromium, width: int, shown: str, hidden: str) -> None:
    browser.width(width)
    assert browser.value(f"getComputedStyle(document.querySelector('svg.{hidden}')).display") == "none"
    sizes = browser.value(
        f"[...document.querySelectorAll('svg.{shown} text')].map(t => t.getBoundingClientRect())"
        f".map(r => [r.height, r.left, r.right])"
    )
    assert len(sizes) > 20
    assert min(height for height, _, _ in sizes) > 9
    assert min(left for _, left, _ in sizes) >= 0
    assert max(right for _, _, right in sizes) <= width


def test_every_chart_of_an_estimate_has_its_assumptions(browser: Chromium) -> None:
    browser.width(800)
    figures = browser.value("[...document.querySelectorAll('figure')].map(f => f.textContent)")
    with_band = [text for text in figures if AXIS in text]
    assert len(with_band) == 1
    for line in ASSUMPTIONS:
        assert line in with_band[0]
    assert "No half-life was given" in figures[1]


def test_wider_names_do_not_break_the_page(tapered: Session, browser: Chromium, tmp_path: Path) -> None:
    text = report.make(tapered.reader, "html", options=Options(notes=False))
    long = tmp_path / "long.html"
    long.write_text(text.replace("baclofen", "W" * 80).replace("fatigue", "M" * 80), encoding="utf-8", newline="")
    browser.open(long)
    for width in (PHONE, 800):
        browser.width(width)
        assert browser.value("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("paper", "points"), [(A4, (595, 842)), (LETTER, (612, 792))])
def test_it_prints(
    browser: Chromium, page: Path, tmp_path: Path, paper: tuple[float, float], points: tuple[int, int]
) -> None:
    require("pdfinfo", "pdftotext")
    browser.open(page)
    file = tmp_path / "report.pdf"
    file.write_bytes(browser.pdf(*paper))
    told = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    size = re.search(r"Page size: +([0-9.]+) x ([0-9.]+)", told)
    assert size is not None
    assert (float(size[1]), float(size[2])) == pytest.approx(points, abs=1.5)
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")
    # The figures, the chart and what it assumes stand on the first page; each page of the table has its heading.
    assert "1515 mg" in pages[0]
    assert AXIS in pages[0]
    assert "one compartment" in pages[0]
    assert sum("doses and notes" in one for one in pages) >= 3
    assert len([one for one in pages if one.strip()]) <= 8
    for one in pages:
        lines = [line.strip() for line in one.splitlines() if line.strip()]
        # No day is cut in two, and no heading is parted from its table.
        if lines and lines[0].startswith("day "):
            assert re.match(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-9]+ (Oct|Nov|Dec) 2023", lines[1]), lines[1]
        if "Steps" in lines:
            assert "from" in lines[lines.index("Steps") + 2]


THIRDS = """
[slots]
morning = "08:00"
[[medicine]]
name = "levothyroxine"
advance = "on date"
[[medicine.product]]
name = "20 mg tablet"
strength = "20 mg"
[[medicine.step]]
start = 2023-10-26
hold = 2
morning = "3 1/3 x 20 mg tablet"
[[medicine.step]]
start = 2023-10-28
morning = "1/3 x 20 mg tablet"
"""


@pytest.mark.parametrize(("width", "medium"), [(1280, ""), (641, ""), (600, ""), (PHONE, ""), (680, "print")])
def test_amounts_stay_in_their_columns_and_whole(browser: Chromium, tmp_path: Path, width: int, medium: str) -> None:
    clock = SettableClock()
    session = open_session(tmp_path / "data", clock)
    session.plans.apply(session.plans.preview(parse_plan(THIRDS)))
    clock.at = wall(FIRST + timedelta(days=5), time(12))
    file = tmp_path / "thirds.html"
    file.write_text(report.make(session.reader, "html"), encoding="utf-8", newline="")
    browser.open(file)
    browser.width(width)
    browser.ask("Emulation.setEmulatedMedia", media=medium)
    try:
        cells = browser.value(
            "[...document.querySelectorAll('th, td')].filter(c => c.clientWidth > 1)"
            ".map(c => [c.textContent, c.scrollWidth, c.clientWidth])"
        )
        dates = browser.value(
            "[...document.querySelectorAll('tbody th:not(:empty)')].map(th => { const all = document.createRange(); "
            "all.selectNodeContents(th); return [th.textContent, all.getClientRects().length]; })"
        )
        parts = browser.value(
            "[...document.querySelectorAll('.whole')].map(s => [s.textContent, s.getClientRects().length])"
        )
    finally:
        browser.ask("Emulation.setEmulatedMedia", media="")
    assert "about 66.67 mg" in {text for text, _, _ in cells}
    assert "−60 mg (−90 %)" in {text for text, _, _ in cells}
    assert [(text, inside, room) for text, inside, room in cells if inside > room] == []
    assert ("Thu 26 Oct 2023", 1) in {(text, lines) for text, lines in dates}
    assert {lines for _, lines in dates} == {1}
    assert {"66.67 mg", "6.67 mg"} <= {text for text, _ in parts}
    assert {lines for _, lines in parts} == {1}


def test_black_and_white_tells_planned_from_taken(browser: Chromium, page: Path) -> None:
    browser.open(page)
    browser.ask("Emulation.setEmulatedMedia", media="print")
    try:
        hatched = browser.value("getComputedStyle(document.querySelector('svg.wide rect.taken')).fill")
        line = browser.value("getComputedStyle(document.querySelector('svg.wide path.planned')).fill")
        grey = browser.value("getComputedStyle(document.querySelector('svg.wide .hatch')).stroke")
    finally:
        browser.ask("Emulation.setEmulatedMedia", media="")
    assert "taken" in hatched  # a pattern, not a colour
    assert line == "none"
    assert len(set(re.findall(r"[0-9]+", grey))) == 1  # no hue
