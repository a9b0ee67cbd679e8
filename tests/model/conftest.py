"""Short ways to a definition: from a class body, or from LoopBack's JSON."""

from collections.abc import Callable
from typing import Any

import pytest

from lbpy.model.base import Model
from lbpy.model.declare import Definer
from lbpy.model.definition import ModelDefinition, from_json


@pytest.fixture
def defined() -> Callable[..., ModelDefinition]:
    """The definition of a class; models: further classes that the application knows by their names."""

    def define(cls: type[Model], **models: type[Model]) -> ModelDefinition:
        return Definer(models.get).definition(cls)

    return define


@pytest.fixture
def read() -> Callable[..., ModelDefinition]:
    """The definition that JSON means; base: the definition it extends, known: those of other models."""

    def define(spec: dict[str, Any], base: ModelDefinition | None = None, **known: ModelDefinition) -> ModelDefinition:
        return from_json({"name": "Thing", **spec}, known.get, base=base)

    return define
