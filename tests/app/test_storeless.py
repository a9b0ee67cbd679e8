"""Models whose data source cannot be had."""

import pytest

import lbpy
from lbpy.app import storeless
from lbpy.errors import OperatorError


@pytest.fixture
def note():
    class Note(lbpy.PersistedModel):
        title: str

    with lbpy.App() as app:
        app.connectors.register(storeless.NAME, storeless.connect)
        app.model(Note, data_source=app.add_source("none", storeless.NAME, {}))
        yield Note


@pytest.mark.parametrize(
    "use",
    [
        lambda note: note.create(title="x"),
        lambda note: note.find(),
        lambda note: note.count(),
        lambda note: note.update_all({}, {"title": "y"}),
        lambda note: note.replace_by_id(1, {"title": "y"}),
        lambda note: note.destroy_all(),
    ],
)
def test_code_that_uses_them_is_told_why(note, use):
    with pytest.raises(OperatorError, match="Note has no data source"):
        use(note)
