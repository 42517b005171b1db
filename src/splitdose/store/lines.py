"""One line of a journal, there and back.

A line is `{"crc":"8 hex digits","ops":[…]}`: the CRC-32 is taken over the bytes of `ops` exactly as they
stand in the line, because a flipped bit more often than not still parses, as a different record. Nothing here
touches a file.

An op is `["set", table, id, document]` or `["del", table, id]`, with an id that is not empty. Everything is ASCII,
so that a tool which changes the encoding of a file changes nothing in it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["BadLine", "Op", "Put", "Remove", "is_begun", "is_torn", "line_of", "ops_of", "text_of"]

_HEAD = b'{"crc":"'
_MIDDLE = b'","ops":'
_CUT_NUMBERS = {"", "-", ".", "e", "e-", "e+"}
_OPS_AT = len(_HEAD) + 8 + len(_MIDDLE)


class BadLine(ValueError):
    """A line that can't be used; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Put:
    """The document `id` of `table` is now `document`."""

    table: str
    id: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remove:
    """The document `id` of `table` is gone."""

    table: str
    id: str


Op = Put | Remove


def text_of(value: object) -> str:
    """Returns `value` as the journal writes it: compact ASCII JSON.

    Raises:
        TypeError: it holds something that JSON has no form for.
        ValueError: it holds NaN or an infinity, or refers to itself.
    """
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"), default=_mapping)


def _mapping(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} can't be stored as JSON")


def line_of(ops: Iterable[Op]) -> bytes:
    """Returns the line that says `ops`, its newline included.

    Raises:
        TypeError, ValueError: as `text_of`.
    """
    written = [["set", op.table, op.id, op.document] if isinstance(op, Put) else ["del", op.table, op.id] for op in ops]
    body = text_of(written).encode("ascii")
    return b"%s%08x%s%s}\n" % (_HEAD, zlib.crc32(body), _MIDDLE, body)


def ops_of(line: bytes) -> list[Op]:
    """Returns what `line` (without its newline) says.

    Raises:
        BadLine: the line is incomplete, altered, or not of this form.
    """
    if not line.startswith(_HEAD) or line[_OPS_AT - len(_MIDDLE) : _OPS_AT] != _MIDDLE or line[-1:] != b"}":
        raise BadLine("incomplete or not a journal line")
    body = line[_OPS_AT:-1]
    if line[len(_HEAD) : len(_HEAD) + 8] != b"%08x" % zlib.crc32(body):
        raise BadLine("its checksum does not match: the line was altered or is incomplete")
    try:
        written = json.loads(body.decode("ascii"))
    except (ValueError, RecursionError):
        raise BadLine("not JSON") from None
    if not isinstance(written, list):
        raise BadLine("not a list of changes")
    return [_op_of(parts) for parts in written]


def is_begun(line: bytes) -> bool:
    """Whether this is how a line begins, however much of it there is."""
    return bool(line) and line.startswith(_HEAD[: len(line)])


def is_torn(line: bytes) -> bool:
    """Whether a line is only the beginning of one: its writing was cut short, before anybody was told that it is saved.

    In doubt it is not: a line that was altered must be told.
    """
    line = line.removesuffix(b"\r")
    if not line.startswith(_HEAD[: len(line)]) or line.endswith(b"]}") or not line.isascii():
        return False
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        rest = error.doc[error.pos :]
        return (
            rest in _CUT_NUMBERS
            or error.msg.startswith("Unterminated string")
            or any(word.startswith(rest) for word in ("true", "false", "null"))
            or (error.msg.startswith("Invalid \\u") and len(rest) <= len("u0000"))
        )
    return False


def _op_of(parts: object) -> Op:
    match parts:
        case ["set", str(table), str(id_), dict(document)] if id_:
            return Put(table, id_, document)
        case ["del", str(table), str(id_)] if id_:
            return Remove(table, id_)
        case _:
            raise BadLine("a change that this version does not know")
