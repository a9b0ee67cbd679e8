"""The only maker of marshmallow schemas: a definition becomes one schema, made once, that reads types and unknown keys.

It validates no rules: what a property may hold beyond its type is said in rules.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from marshmallow import Schema, ValidationError, fields

from ..errors import BadRequest, Problem
from ..types import Json, Row
from .definition import FORBIDDEN_NAMES, ModelDefinition, Strict
from .kinds import ANY, Kind, Unreadable, lossy

UNKNOWN: Final[Mapping[Strict, Literal["include", "exclude"]]] = {"off": "include", "reject": "include", "filter": "exclude"}


class KindField(fields.Field[Any]):
    """A marshmallow field whose values a kind reads."""

    def __init__(self, name: str, kind: Kind) -> None:
        super().__init__(allow_none=True)
        self.property = name
        self.kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
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
        self._model = definition
        self._names = frozenset(definition.properties)
        kinds = {name: lossy(one.kind) if keep_lost else one.kind for name, one in definition.properties.items()}
        schema = Schema.from_dict({name: KindField(name, kind) for name, kind in kinds.items()}, name=f"{definition.name}Schema")
        self._schema = schema(unknown=UNKNOWN[definition.strict])

    def read(self, data: Mapping[str, Json]) -> tuple[Row, list[Problem]]:
        """The values as rows hold them, and a problem for each that cannot be read or is not declared.

        Args:
            data: property names and values, as parsed from JSON or assigned in code.

        Returns:
            The row holds the readable values only, declared properties first.

        Raises:
            BadRequest: a key that no property can have, or a list property that is no list.
        """
        unknown = data.keys() - self._names
        for key in unknown:
            check_name(key)
        try:
            row: Row = self._schema.load(data)
            problems: list[Problem] = []
        except ValidationError as error:
            row = dict(error.valid_data) if isinstance(error.valid_data, dict) else {}
            problems = [one for found in error.messages_dict.values() for one in found]
        for key in unknown & row.keys():
            row[key] = ANY.read(row[key])
        if unknown and self._model.strict == "reject":
            problems += [Problem(key, "unknown-property", "is not defined in the model") for key in data if key in unknown]
            row = {key: value for key, value in row.items() if key in self._names}
        return row, problems


def check_name(key: object) -> None:
    """Refuse keys that no property can have (source: models.md 2, 2.1)."""
    if not isinstance(key, str) or "." in key or key in FORBIDDEN_NAMES:
        raise BadRequest(f"{key} cannot be the name of a property.")


