"""PostgreSQL's own SQL: its JSON functions, arrays, patterns and column types. Knows no connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ...geo import EARTH_RADIUS, GeoPoint
from ...model.definition import ModelDefinition, Property
from ...model.kinds import Kind
from ...types import Json
from ..sql.dialect import Dialect, Elements, Storage
from ..sql.fragment import EMPTY, NULL, Fragment, param, sql
from ..sql.values import strict_kind
from .storage import key_storage_of, storage_in, storage_of

LAST: Final = 2**63 - 1
OPENED: Final = Fragment("'$[*][*][*][*]'")
"""The path to the items of a list and of lists in it; what is no list is its own item."""

NUMERAL: Final = Fragment(r"'^\s*[+-]?(\d{1,100}(\.\d{0,100})?|\.\d{1,100})([eE][+-]?\d{1,2})?\s*$'")
"""Text that shows a number which every numeric type holds."""

_TEXTS: Final = Fragment("(CASE jsonb_typeof(e.v) WHEN 'string' THEN e.v #>> '{}' END) COLLATE \"C\"")
_NUMBERS: Final = Fragment("(CASE jsonb_typeof(e.v) WHEN 'number' THEN (e.v #>> '{}')::numeric END)")
_BOOLEANS: Final = Fragment("(CASE jsonb_typeof(e.v) WHEN 'boolean' THEN (e.v #>> '{}')::boolean::integer END)")
_TEXT: Final = Fragment("(CASE WHEN jsonb_typeof(e.v) IN ('string', 'number', 'boolean') THEN e.v #>> '{}' END)")
_ABSENT: Final = Fragment("jsonb_typeof(e.v) = 'null'")
_TEXT_KINDS: Final = frozenset({"string", "text", "datestring"})


class PostgresDialect(Dialect):
    """See Dialect.

    Args:
        schema: where the tables are whose models name no schema.
        id_sort: see Dialect.
    """

    blocks: tuple[str, ...] = ("postgresql", "postgres")
    max_params = 60_000
    new_key: Fragment = Fragment("DEFAULT")
    absent: Fragment = Fragment("DEFAULT")

    def __init__(self, schema: str, id_sort: Json = True) -> None:
        self.schema = schema
        self.id_sort = id_sort

    def default_name(self, name: str) -> str:
        """In lower case, as LoopBack has it (source: datasources.md 6.2)."""
        return name.lower()

    def storage(self, kind: Kind) -> Storage:
        """See Dialect."""
        return storage_of(kind)

    def key_storage(self, kind: Kind) -> Storage:
        """See Dialect."""
        return key_storage_of(kind)

    def column_storage(self, property: Property, definition: ModelDefinition) -> Storage:
        """See Dialect; ids and foreign keys are whole numbers, and the model may name a type."""
        is_key = property.id or property.name in foreign_keys(definition)
        usual = key_storage_of(property.kind) if is_key else storage_of(property.kind)
        named = own_settings(property).get("dataType")
        return storage_in(str(named), property.kind, usual) if named else usual

    def key_type(self, kind: Kind) -> str:
        """The database counts where ids are numbers."""
        storage = key_storage_of(kind)
        return "SERIAL PRIMARY KEY" if storage.type == "INTEGER" else f"{storage.type} PRIMARY KEY"

    def column_text(self, column: Fragment, kind: Kind) -> Fragment:
        """See Dialect; dates are ISO text."""
        match strict_kind(kind).name:
            case "date":
                return sql("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')", column)
            case "buffer":
                return NULL
        return sql("{}::text", column)

    def sortable(self, column: Fragment, kind: Kind) -> Fragment:
        """See Dialect."""
        return sql('{}::text COLLATE "C"', column) if strict_kind(kind).name in _TEXT_KINDS else column

    def among(self, value: Fragment, operands: Sequence[Any]) -> Fragment:
        """See Dialect; several operands are one parameter."""
        if len(operands) == 1:
            return sql("{} = {}", value, param(operands[0]))
        return sql("{} = ANY({})", value, param(_of_one_type(operands)))

    # -- JSON

    def elements(self, column: Fragment, keys: Sequence[str]) -> Elements:
        """See Dialect; each step opens lists, and lists in lists."""
        steps, value = [], column
        for depth, key in enumerate(keys):
            if key.isdecimal():
                value = _item(value, key)
            else:
                alias = Fragment(f"e{depth}")
                steps.append(_opened(value, alias))
                value = _member_of(alias, key)
        steps.append(_opened(value, Fragment("e")))
        source = steps[0]
        for step in steps[1:]:
            source = sql("{} CROSS JOIN LATERAL {}", source, step)
        return Elements(source, _ABSENT, _TEXTS, _NUMBERS, _BOOLEANS, _TEXT)

    def member(self, column: Fragment, keys: Sequence[str]) -> Fragment:
        """See Dialect; numbers come before texts."""
        value = sql("({} #> {}::text[])", column, param(list(keys)))
        number = sql("CASE jsonb_typeof({}) WHEN 'number' THEN ({} #>> '{{}}')::numeric END", value, value)
        return sql("ROW({}, ({} #>> '{{}}') COLLATE \"C\")", number, value)

    def coordinate(self, column: Fragment, keys: Sequence[str]) -> Fragment:
        """See Dialect."""
        value = sql("({} #> {}::text[])", column, param(list(keys)))
        return sql("(CASE jsonb_typeof({}) WHEN 'number' THEN ({} #>> '{{}}')::float8 END)", value, value)

    # -- patterns, numbers, distances

    def number(self, text: Fragment) -> Fragment:
        """See Dialect."""
        return sql("(CASE WHEN {} ~ '^\\s*$' THEN 0 WHEN {} ~ {} THEN {}::numeric END)", text, text, NUMERAL, text)

    def like(self, text: Fragment, pattern: str, *, ignore_case: bool) -> Fragment:
        """See Dialect; a backslash at the end stands for itself."""
        dangling = (len(pattern) - len(pattern.rstrip("\\"))) % 2
        operand = param(None if "\0" in pattern else pattern + "\\" * dangling)
        return sql("({}::text ILIKE {})" if ignore_case else "({}::text LIKE {})", text, operand)

    def matches(self, text: Fragment, pattern: str, flags: str) -> Fragment:
        """See Dialect; the expression is PostgreSQL's own, and the limit of a statement's time is its limit."""
        prefix = "(?w)" if "m" in flags else ""
        operand = param(None if "\0" in pattern else prefix + pattern)
        return sql("({}::text ~* {})" if "i" in flags else "({}::text ~ {})", text, operand)

    def distance(self, lat: Fragment, lng: Fragment, point: GeoPoint) -> Fragment:
        """See Dialect; the formula of `geo.distance_km`."""
        to_lat, to_lng, radius = (sql("{}::float8", param(one)) for one in (point.lat, point.lng, EARTH_RADIUS["kilometers"]))
        return sql(
            "(CASE WHEN {} + {} IS NOT NULL THEN 2 * {} * asin(least(1, sqrt(power(sin(radians({} - {}) / 2), 2)"
            " + cos(radians({})) * cos(radians({})) * power(sin(radians({} - {}) / 2), 2)))) END)",
            *(lat, lng, radius, lat, to_lat, lat, to_lat, lng, to_lng),
        )

    # -- pages and the catalogue

    def page(self, limit: int | None, skip: int) -> Fragment:
        """See Dialect."""
        parts = [sql(" LIMIT {}", param(min(limit, LAST)))] if limit is not None else []
        parts += [sql(" OFFSET {}", param(min(skip, LAST)))] if skip else []
        return sum(parts, EMPTY)

    def columns(self, table: str) -> Fragment:
        """See Dialect; the table's name is quoted, with its schema."""
        return sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            param(table),
        )

    def indexes(self, table: str) -> Fragment:
        """See Dialect; the table's name is quoted, with its schema. The primary key is left out."""
        return sql(
            "SELECT c.relname, i.indisunique, a.attname, (i.indoption[k.at - 1] & 1) = 1"
            " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, at)"
            " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0"
            " WHERE i.indrelid = to_regclass({}) AND NOT i.indisprimary AND i.indpred IS NULL AND k.at <= i.indnkeyatts"
            " ORDER BY c.relname, k.at",
            param(table),
        )


def own_settings(property: Property) -> Mapping[str, Any]:
    """What a property says for PostgreSQL."""
    return next((property.stores[name] for name in PostgresDialect.blocks if name in property.stores), {})


def foreign_keys(definition: ModelDefinition) -> frozenset[str]:
    """The properties that hold ids of other models: of belongsTo relations, and of `foreignKeys`."""
    return frozenset([*_related(definition), *_constrained(definition)])


def _related(definition: ModelDefinition) -> Iterator[str]:
    for name, relation in (definition.setting("relations") or {}).items():
        if isinstance(relation, Mapping) and relation.get("type") == "belongsTo":
            yield str(relation.get("foreignKey") or f"{name}Id")


def _constrained(definition: ModelDefinition) -> Iterator[str]:
    for one in (definition.setting("foreignKeys") or {}).values():
        if isinstance(one, Mapping) and one.get("foreignKey"):
            yield str(one["foreignKey"])


def _of_one_type(operands: Sequence[Any]) -> list[Any]:
    """A list as an array, whose items have one type: numbers of several types become exact ones."""
    types = {type(one) for one in operands} - {type(None)}
    if len(types) < 2 or not types <= {int, float, Decimal}:
        return list(operands)
    return [None if one is None else Decimal(repr(one)) if isinstance(one, float) else Decimal(one) for one in operands]


def _opened(value: Fragment, alias: Fragment) -> Fragment:
    """The items of a list and of the lists in it, or the one value that is no list; null for what is missing."""
    return sql("jsonb_path_query(COALESCE({}, 'null'::jsonb), {}) AS {}(v)", value, OPENED, alias)


def _member_of(alias: Fragment, key: str) -> Fragment:
    return sql("CASE jsonb_typeof({}.v) WHEN 'object' THEN {}.v -> {}::text END", alias, alias, param(_key(key)))


def _item(value: Fragment, index: str) -> Fragment:
    """The item of a list, or the member of an object that is called like a number."""
    item = sql("{} -> {}::integer", value, param(int(index))) if len(index) < 10 else NULL
    return sql("(CASE jsonb_typeof({}) WHEN 'array' THEN {} WHEN 'object' THEN {} -> {}::text END)", value, item, value, param(index))


def _key(key: str) -> str | None:
    return None if "\0" in key else key
