"""Applications, whose keys are made anew by every save."""

from __future__ import annotations

import lbpy
from lbpy.contrib.models.application import KEYS, Application


def test_new_keys_take_the_place_of_those_that_are_known() -> None:
    class Shop(Application):
        pass

    with lbpy.App() as app:
        app.model(Shop, data_source=app.data_source("db", connector="memory"))
        shop = Shop.create(name="tea")
        before = {name: str(shop[name]) for name in KEYS}
        shop.reset_keys()
        assert all(Shop.authenticate(shop["id"], key) is None for key in before.values())
        found = Shop.authenticate(shop["id"], str(shop["restApiKey"]))
        assert found is not None
        assert found.key_type == "restApiKey"
