"""The only maker of marshmallow schemas: a definition becomes one schema, made once, that reads types and unknown keys.

It validates no rules: what a property may hold beyond its type is said in rules.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from marshmallow import Schema, ValidationError, fields

from ..errors import BadRequest, Problem
from ..types import Json, Row
from .definition import FORBIDDEN_NAMES, ModelDefinition
from .javascript import Unreadable
from .kinds import ANY, Kind
from .lossy import lossy


class KindField(fields.Field[Any]):
    """A marshmallow field whose values a kind reads."""

    def __init__(self, name: str, kind: Kind) -> None:
        super().__init__(allow_none=True, data_key=name, attribute=name)
        self.property = name
        self.kind = kind

    def deserialize(self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """Read a value; rules are asked later, so there is nothing else to do here.

        Raises:
            ValidationError: with one Problem.
        """
        try:
            return self.kind.read(value)
        except Unreadable as error:
            raise ValidationError([_problem(self.property, error)]) from error


def _problem(name: str, error: Unreadable) -> Problem:
    return Problem(name, error.code, error.message, error.value)


class RowSchema(Schema):
    """A schema of KindFields, none of which is required, nested or processed before or after: a row is one short loop over its fields.

    PERF: marshmallow's own loop asks for all of these again with every field, which costs three times what reading the values does.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        made = [one for one in self.load_fields.values() if isinstance(one, KindField)]
        self._readers: tuple[tuple[str, Callable[[Any], Any]], ...] = tuple((one.property, one.deserialize) for one in made)

    def load(self, data: Any, *, many: bool | None = None, partial: Any = None, unknown: Any = None) -> Row:
        """The values that can be read; what is absent stays absent, what is not declared is passed over.

        Raises:
            ValidationError: by property, with one Problem each; `valid_data` are the other values.
        """
        row: Row = {}
        messages: dict[str, Any] = {}
        for name, read in self._readers:
            if name in data:
                try:
                    row[name] = read(data[name])
                except ValidationError as error:
                    messages[name] = error.messages
        if messages:
            raise ValidationError(messages, data=data, valid_data=row)
        return row


class Reader:
    """Reads what a client or a hook gives for one model.

    Args:
        definition: the model, attached to its store.
        keep_lost: the switch lossyCoercion: values that cannot be kept are changed as LoopBack did, instead of being refused.
        paths: dotted names are let through, for a store that knows what they mean and reads their values.
    """

    def __init__(self, definition: ModelDefinition, *, keep_lost: bool = False, paths: bool = False) -> None:
        self._paths = paths
        self._strict = definition.strict
        self._names = frozenset(definition.properties)
        kinds = {name: lossy(one.kind) if keep_lost else one.kind for name, one in definition.properties.items()}
        made = enumerate(KindField(name, kind) for name, kind in kinds.items())
        declared: dict[str, fields.Field[Any]] = {f"field{place}": one for place, one in made}
        self._schema = RowSchema.from_dict(declared, name=f"{definition.name}Schema")()

    def read(self, data: Mapping[str, Json]) -> tuple[Row, list[Problem]]:
        """The values as rows hold them, and a problem for each that cannot be read or is not declared.

        Args:
            data: property names and values, as parsed from JSON or assigned in code.

        Returns:
            The row holds the readable values only, declared properties first.

        Raises:
            BadRequest: a key that no property can have, or a list property that is no list.
        """
        unknown = [] if data.keys() <= self._names else [key for key in data if key not in self._names]
        for key in unknown:
            check_name(key, paths=self._paths)
        row, problems = self._declared(data)
        for key in unknown if self._strict != "filter" else ():
            problems += self._take_unknown(row, key, data[key])
        return row, problems

    def _take_unknown(self, row: Row, key: str, value: Json) -> list[Problem]:
        if self._strict == "reject":
            return [Problem(key, "unknown-property", "is not defined in the model")]
        try:
            row[key] = ANY.read(value)
        except Unreadable as error:
            return [_problem(key, error)]
        return []

    def _declared(self, data: Mapping[str, Json]) -> tuple[Row, list[Problem]]:
        try:
            return cast(Row, self._schema.load(data)), []
        except ValidationError as error:
            row = dict(error.valid_data) if isinstance(error.valid_data, dict) else {}
            return row, [one for found in error.messages_dict.values() for one in found]


def check_name(key: object, *, paths: bool = False) -> None:
    """Refuse keys that no property can have (source: models.md 2, 2.1); paths: those that lead inside one are let through."""
    parts = key.split(".") if isinstance(key, str) else []
    if not parts or (len(parts) > 1 and not paths) or any(part in FORBIDDEN_NAMES for part in parts):
        raise BadRequest(f"{key} cannot be the name of a property.")


