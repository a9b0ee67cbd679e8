"""Models whose data source cannot be had."""

import pytest

import lbpy
from lbpy.app import storeless
from lbpy.errors import NotPorted
from lbpy.testing import Client


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
    with pytest.raises(NotPorted, match="Note has no data source"):
        use(note)


def test_calls_that_need_rules_or_tokens_of_theirs_are_answered_501():
    class Kept(lbpy.PersistedModel, plural="kept"):
        pass

    with lbpy.App() as app:
        app.connectors.register(storeless.NAME, storeless.connect)
        app.model(Kept, data_source=app.data_source("db", connector="memory"))
        app.enable_auth(data_source=app.add_source("none", storeless.NAME, {}))
        client = Client(app)
        answers = [client.get("/api/kept"), client.get("/api/kept", headers={"Authorization": "some-token"})]
        assert [(one.status, one.json["error"]["code"]) for one in answers] == [(501, "NOT_PORTED")] * 2
