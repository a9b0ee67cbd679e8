"""The only maker of marshmallow schemas: a definition becomes one schema, made once, that reads types and unknown keys.

It validates no rules: what a property may hold beyond its type is said in rules.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from ..errors import BadRequest, Problem
from ..types import Json, Row
from .definition import FORBIDDEN_NAMES, ModelDefinition
from .kinds import ANY, Kind, Unreadable, lossy


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


class Reader:
    """Reads what a client or a hook gives for one model.

    Args:
        definition: the model, attached to its store.
        keep_lost: the switch lossyCoercion: values that cannot be kept are changed as LoopBack did, instead of being refused.
    """

    def __init__(self, definition: ModelDefinition, *, keep_lost: bool = False) -> None:
        self._strict = definition.strict
        self._names = frozenset(definition.properties)
        kinds = {name: lossy(one.kind) if keep_lost else one.kind for name, one in definition.properties.items()}
        made = enumerate(KindField(name, kind) for name, kind in kinds.items())
        declared: dict[str, fields.Field[Any]] = {f"field{place}": one for place, one in made}
        self._schema = Schema.from_dict(declared, name=f"{definition.name}Schema")(unknown=EXCLUDE, partial=True)

    def read(self, data: Mapping[str, Json]) -> tuple[Row, list[Problem]]:
        """The values as rows hold them, and a problem for each that cannot be read or is not declared.

        Args:
            data: property names and values, as parsed from JSON or assigned in code.

        Returns:
            The row holds the readable values only, declared properties first.

        Raises:
            BadRequest: a key that no property can have, or a list property that is no list.
        """
        unknown = [key for key in data if key not in self._names]
        for key in unknown:
            check_name(key)
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


def check_name(key: object) -> None:
    """Refuse keys that no property can have (source: models.md 2, 2.1)."""
    if not isinstance(key, str) or "." in key or key in FORBIDDEN_NAMES:
        raise BadRequest(f"{key} cannot be the name of a property.")


