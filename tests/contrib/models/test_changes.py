"""What synchronisation keeps its books in."""

from __future__ import annotations

import pytest

import lbpy
from lbpy.contrib.models import Change
from lbpy.errors import Duplicate

ABOUT = {"modelName": "Note", "modelId": "7"}


def test_a_record_has_one_change() -> None:
    with lbpy.App() as app:
        app.attach(Change, app.data_source("db", connector="memory"))
        made = app[Change].create({**ABOUT, "id": "mine"})
        assert made["id"] == "433914abe2b25a25157423711592d0dbe10d8f69"
        with pytest.raises(Duplicate):
            app[Change].create(ABOUT)
        assert app[Change].create(rev="r")["id"] != made["id"]
