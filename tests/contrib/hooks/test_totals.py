"""Headers that tell how many records there are in all."""

import falcon.testing
import pytest

import lbpy
from lbpy.contrib.hooks.totals import content_range, total_count


@pytest.fixture
def serve():
    class Note(lbpy.PersistedModel):
        title: str | None = None

    class Sub(Note):
        pass

    with lbpy.App() as app:
        db = app.data_source("db", connector="memory")
        for cls in (Note, Sub):
            app.model(cls, data_source=db)
        for title in "aabbb":
            Note.create(title=title)

        def served(component):
            component(app, {})
            return falcon.testing.TestClient(app)

        yield served


@pytest.mark.parametrize(
    ("filter", "total"),
    [("", "5"), ("filter[limit]=2", "5"), ("filter[where][title]=b", "3"), ("filter[where][title]=b&filter[limit]=1&filter[skip]=1", "3")],
)
def test_the_total_counts_what_the_condition_finds(serve, filter, total):
    answer = serve(total_count).simulate_get("/api/Notes", query_string=filter)
    assert answer.headers["X-Total-Count"] == total
    assert answer.headers["Access-Control-Expose-Headers"] == "X-Total-Count"


@pytest.mark.parametrize(
    ("filter", "told"),
    [("", "items 0-4/5"), ("filter[limit]=2&filter[skip]=1", "items 1-2/5"), ("filter[limit]=2&filter[skip]=9", "items */5")],
)
def test_the_range_says_which_records_these_are(serve, filter, told):
    assert serve(content_range).simulate_get("/api/Notes", query_string=filter).headers["Content-Range"] == told


def test_a_subclass_counts_its_own_records_once(serve):
    answer = serve(total_count).simulate_get("/api/Subs", query_string="filter[limit]=2")
    assert answer.headers["X-Total-Count"] == "0"
    assert answer.headers["Access-Control-Expose-Headers"] == "X-Total-Count"


def test_other_methods_tell_nothing(serve):
    assert "X-Total-Count" not in serve(total_count).simulate_get("/api/Notes/1").headers
