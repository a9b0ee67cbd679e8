"""A model with one mixin on a memory store, and the client that calls it."""

import pytest

import lbpy
from lbpy.testing import Client


@pytest.fixture
def serve():
    """Applies a mixin to a class, serves it at /api/Notes; gives a client."""
    apps = []

    def served(cls, mixin, **options):
        app = lbpy.App()
        apps.append(app)
        app.mixins.register("Mixin", mixin)
        cls.define_setting("mixins", {"Mixin": options or True})
        app.model(cls, data_source=app.data_source("db", connector="memory"), public=True)
        return Client(app)

    yield served
    for app in apps:
        app.close()
