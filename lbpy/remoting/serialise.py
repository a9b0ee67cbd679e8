"""What answers leave out: hidden properties are masked by plans made at set-up, on the way to the encoder. Reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..model.dates import iso
from ..model.encoding import jsonable
from ..model.masking import Mask
from ..model.properties import Instance
from ..types import Json


def default_of(masks: Mapping[type, Mask]) -> Callable[[Any], Json]:
    """The encoder's default for an application: instances become their masked rows.

    Args:
        masks: by model class; classes without hidden properties need none.
    """

    def default(value: Any) -> Json:
        if type(value) is datetime:
            return iso(value)
        if not isinstance(value, Instance):
            return jsonable(value)
        mask = masks.get(type(value))
        return mask(value._row) if mask is not None else value._row

    return default
