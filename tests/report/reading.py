"""HTML and Markdown read back by parsers that know nothing of how they were written."""

from __future__ import annotations

from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

_VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """An HTML page: its tables, its lists of facts, and every element and attribute it has.

    Attributes:
        tables: rows of cells of text, by the table's id or number.
        facts: (term, description) pairs by the id of their list.
        elements: (name, attributes) of every element in order.
        text: all text but styles.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.facts: dict[str, list[tuple[str, str]]] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._terms: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "table":
            self._rows = self.tables[given.get("id") or str(len(self.tables))] = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        elif tag == "dl":
            self._terms = self.facts[given.get("id") or ""] = []
        elif tag == "dt":
            self._terms.append(("", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if "td" in self._open or "th" in self._open:
            self._rows[-1][-1] += data
        elif self._open and self._open[-1] == "dt":
            self._terms[-1] = (self._terms[-1][0] + data, "")
        elif self._open and self._open[-1] == "dd":
            self._terms[-1] = (self._terms[-1][0], self._terms[-1][1] + data)


def markdown_tokens(text: str) -> list[Token]:
    """Every token of Markdown with tables and bare links, inline ones included."""
    parser = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
    found: list[Token] = []
    for token in parser.parse(text):
        found.append(token)
        found.extend(token.children or [])
    return found


def plain(token: Token) -> str:
    """The text of an inline token as a reader sees it."""
    return "".join("\n" if t.type in ("softbreak", "hardbreak") else t.content for t in token.children or [])


def markdown_tables(text: str) -> list[list[list[str]]]:
    """The tables: rows of cells of text."""
    tables: list[list[list[str]]] = []
    in_cell = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type in ("td_open", "th_open"):
            in_cell = True
        elif token.type in ("td_close", "th_close"):
            in_cell = False
        elif token.type == "inline" and in_cell:
            tables[-1][-1].append(plain(token))
    return tables


def markdown_facts(text: str) -> dict[str, list[tuple[str, str]]]:
    """(what, figure) of each list, by the heading above it."""
    found: dict[str, list[tuple[str, str]]] = {}
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    heading, item = "", False
    for n, token in enumerate(tokens):
        if token.type == "inline" and tokens[n - 1].type == "heading_open":
            heading = plain(token)
        elif token.type in ("list_item_open", "list_item_close"):
            item = token.type == "list_item_open"
        elif token.type == "inline" and item:
            what, _, figure = plain(token).partition(": ")
            found.setdefault(heading, []).append((what, figure))
    return found
