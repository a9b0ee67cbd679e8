"""Headers that tell how many records there are in all."""

import pytest

import lbpy
from lbpy.contrib.hooks.totals import content_range, total_count
from lbpy.testing import Client


@pytest.fixture
def serve():
    class Note(lbpy.PersistedModel):
        title: str | None = None

    class Sub(Note):
        pass

    class Short(lbpy.PersistedModel, maxLimit=2):
        pass

    class Scoped(lbpy.PersistedModel, scope={"limit": 2, "skip": 1}):
        pass

    with lbpy.App() as app:
        db = app.data_source("db", connector="memory")
        for cls in (Note, Sub, Short, Scoped):
            app.model(cls, data_source=db)
        for title in "aabbb":
            Note.create(title=title)
            Short.create()
            Scoped.create()

        def served(component):
            component(app, {})
            return Client(app)

        yield served


@pytest.mark.parametrize(
    ("filter", "total"),
    [("", "5"), ("filter[limit]=2", "5"), ("filter[where][title]=b", "3"), ("filter[where][title]=b&filter[limit]=1&filter[skip]=1", "3")],
)
def test_the_total_counts_what_the_condition_finds(serve, filter, total):
    answer = serve(total_count).get(f"/api/Notes?{filter}")
    assert answer.headers["X-Total-Count"] == total
    assert answer.headers["Access-Control-Expose-Headers"] == "X-Total-Count"


@pytest.mark.parametrize(
    ("filter", "told"),
    [("", "items 0-4/5"), ("filter[limit]=2&filter[skip]=1", "items 1-2/5"), ("filter[limit]=2&filter[skip]=9", "items */5")],
)
def test_the_range_says_which_records_these_are(serve, filter, told):
    assert serve(content_range).get(f"/api/Notes?{filter}").headers["Content-Range"] == told


def test_a_subclass_counts_its_own_records_once(serve):
    answer = serve(total_count).get("/api/Subs?filter[limit]=2")
    assert answer.headers["X-Total-Count"] == "0"
    assert answer.headers["Access-Control-Expose-Headers"] == "X-Total-Count"


@pytest.mark.parametrize("number", ["1e0", "0x1", "1.0", " 1 "])
def test_numbers_are_read_as_the_filter_reads_them(serve, number):
    told = serve(content_range).get("/api/Notes", filter={"skip": number}).headers["Content-Range"]
    assert told == "items 1-4/5"


def test_what_the_model_itself_limits_is_counted_as_well(serve):
    client = serve(content_range)
    assert client.get("/api/Shorts").headers["Content-Range"] == "items 0-1/5"
    assert client.get("/api/Shorts?filter[limit]=10").headers["Content-Range"] == "items 0-1/5"
    assert client.get("/api/Scopeds").headers["Content-Range"] == "items 1-2/5"


def test_other_methods_tell_nothing(serve):
    assert "X-Total-Count" not in serve(total_count).get("/api/Notes/1").headers
