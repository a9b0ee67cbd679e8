"""SQLite's own SQL: its JSON functions, its catalogue, and calls of our functions. Knows no connection."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString

from ...geo import GeoPoint
from ...model.kinds import Kind
from ...types import Json
from ..sql.dialect import Dialect, Elements, Storage
from ..sql.fragment import EMPTY, NULL, Fragment, param, params, sql
from ..sql.values import strict_kind
from .functions import Patterns, like_pattern
from .storage import key_storage_of, storage_of

MANY: Final = 500
LAST: Final = 2**63 - 1
_ADDRESSABLE: Final = re.compile(r'[^"\\\x00-\x1f]*')

_TEXTS: Final = Fragment("CASE WHEN e.type = 'text' THEN e.atom END")
_NUMBERS: Final = Fragment("CASE WHEN e.type IN ('integer', 'real') THEN e.atom END")
_BOOLEANS: Final = Fragment("CASE e.type WHEN 'true' THEN 1 WHEN 'false' THEN 0 END")
_TEXT: Final = Fragment("CASE WHEN e.type IN ('true', 'false') THEN e.type ELSE CAST(e.atom AS TEXT) END")
_ABSENT: Final = Fragment("e.type = 'null'")


class SqliteDialect(Dialect):
    """See Dialect.

    Args:
        patterns: the regular expressions of the connector, checked here before a statement runs.
    """

    blocks: tuple[str, ...] = ("sqlite", "sqlite3")
    max_params = 32_000

    def __init__(self, patterns: Patterns) -> None:
        self._patterns = patterns

    def schema_of(self, settings: Mapping[str, Json]) -> str:
        """See Dialect; the one of the file stays unnamed, since CREATE INDEX and REFERENCES take no such name."""
        schema = super().schema_of(settings)
        return "" if schema == "main" else schema

    def fold(self, name: str) -> str:
        """Case does not count."""
        return name.lower()

    def storage(self, kind: Kind) -> Storage:
        """See Dialect."""
        return storage_of(kind)

    def key_storage(self, kind: Kind) -> Storage:
        """See Dialect."""
        return key_storage_of(kind)

    def key_type(self, kind: Kind) -> str:
        """Numbers are made by SQLite and never used twice."""
        storage = storage_of(kind)
        whole = storage.type == "NUMERIC"
        return "INTEGER PRIMARY KEY AUTOINCREMENT" if whole else f"{storage.type} PRIMARY KEY NOT NULL"

    def column_text(self, column: Fragment, kind: Kind) -> Fragment:
        """See Dialect; dates are ISO text."""
        match strict_kind(kind).name:
            case "number":
                return sql("CAST({} AS TEXT)", column)
            case "boolean":
                return sql("CASE {} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", column)
            case "date":
                return sql("strftime('%Y-%m-%dT%H:%M:%fZ', {} / 1000.0, 'unixepoch')", column)
            case "buffer":
                return NULL
        return column

    def among(self, value: Fragment, operands: Sequence[Any]) -> Fragment:
        """Long lists travel as one parameter, since the number of parameters is limited."""
        if len(operands) <= MANY or any(isinstance(operand, bytes) for operand in operands):
            return super().among(value, operands)
        return sql("{} IN (SELECT value FROM json_each({}))", value, param(json.dumps(operands)))

    # -- JSON

    def elements(self, column: Fragment, keys: Sequence[str]) -> Elements:
        """See Dialect; each step is a json_tree, which opens lists in lists."""
        source, value, alias = Fragment("(SELECT 1)"), _json(column), Fragment("e")
        for depth, key in enumerate(keys):
            if key.isdecimal():
                value = _item(value, key)
            else:
                step = Fragment(f"e{depth}")
                source, value = _opened(source, value, step), _member_of(step, key)
        return Elements(_opened(source, value, alias), _ABSENT, _TEXTS, _NUMBERS, _BOOLEANS, _TEXT)

    def member(self, column: Fragment, keys: Sequence[str]) -> Fragment:
        """See Dialect."""
        return _at(_json(column), "->>", keys)

    # -- patterns, numbers, distances: functions of ours

    def number(self, text: Fragment) -> Fragment:
        """See Dialect."""
        return sql("lbpy_number({})", text)

    def like(self, text: Fragment, pattern: str, *, ignore_case: bool) -> Fragment:
        """See Dialect; SQLite's own LIKE ignores the case of ASCII letters only, and takes exponential time."""
        return self._search(like_pattern(pattern, ignore_case=ignore_case), text)

    def matches(self, text: Fragment, pattern: str, flags: str) -> Fragment:
        """See Dialect."""
        return self._search(f"(?{flags}){pattern}" if flags else pattern, text)

    def _search(self, pattern: str, text: Fragment) -> Fragment:
        return sql("lbpy_matches({}, {})", param(self._patterns.checked(pattern)), text)

    def distance(self, lat: Fragment, lng: Fragment, point: GeoPoint) -> Fragment:
        """See Dialect."""
        return sql("lbpy_km({}, {}, {})", lat, lng, params([point.lat, point.lng]))

    # -- pages and the catalogue

    def page(self, limit: int | None, skip: int) -> Fragment:
        """See Dialect."""
        if limit is None and not skip:
            return EMPTY
        return sql(" LIMIT {} OFFSET {}", param(-1 if limit is None else min(limit, LAST)), param(min(skip, LAST)))

    def columns(self, table: str) -> Fragment:
        """See Dialect."""
        return sql("SELECT name FROM pragma_table_info({})", param(table))

    def indexes(self, table: str) -> Fragment:
        """See Dialect."""
        return sql(
            'SELECT i.name, i."unique", c.name, c."desc" FROM pragma_index_list({}) AS i, pragma_index_xinfo(i.name) AS c'
            " WHERE c.key ORDER BY i.name, c.seqno",
            param(table),
        )


def _json(column: Fragment) -> Fragment:
    """A column as JSON; NULL is null, and text that is no JSON (another program's) is a text."""
    return sql("CASE WHEN json_valid({}) THEN {} ELSE json_quote({}) END", column, column, column)


def _opened(source: Fragment, value: Fragment, alias: Fragment) -> Fragment:
    """The source, joined with the items of a list and of the lists in it, or with the one value that is no list."""
    listed = sql("CASE json_type({}) WHEN 'array' THEN {} ELSE json_array(json({})) END", value, value, value)
    item = sql("{}.type <> 'array' AND instr({}.fullkey, '.') = 0", alias, alias)  # a dot leads into an object
    return sql("{} JOIN json_tree({}) AS {} ON {}", source, listed, alias, item)


def _member_of(alias: Fragment, key: str) -> Fragment:
    return sql("CASE {}.type WHEN 'object' THEN {} END", alias, _at(sql("{}.value", alias), "->", [key]))


def _item(value: Fragment, index: str) -> Fragment:
    """The item of a list, or the member of an object that is called like a number."""
    item, member = _at(value, "->", [index]), sql("{} -> {}", value, param(f'$."{index}"'))
    return sql("CASE json_type({}) WHEN 'array' THEN {} ELSE {} END", value, item, member)


def _at(value: Fragment, arrow: LiteralString, keys: Sequence[str]) -> Fragment:
    """What JSON holds at a path; nothing for keys that a path of SQLite cannot name."""
    if not all(_ADDRESSABLE.fullmatch(key) for key in keys):
        return NULL
    path = "$" + "".join(f"[{int(key)}]" if key.isdecimal() and len(key) < 10 else f'."{key}"' for key in keys)
    return sql("({} {} {})", value, Fragment(arrow), param(path))
