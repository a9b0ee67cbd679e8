"""lbpy among other WSGI applications: below them, around them, beside another of its own kind."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from wsgiref.util import setup_testing_defaults

import flask
import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import lbpy

DJANGO = """
import json, sys
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path, re_path
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", DEBUG=False)
def where(request, rest=""):
    return JsonResponse({"script": request.META["SCRIPT_NAME"], "path": request.path_info, "body": request.body.decode()})
urlpatterns = [re_path(r"^(?P<rest>.*)$", where)]
django = get_wsgi_application()
import lbpy
class Note(lbpy.PersistedModel):
    title: str
app = lbpy.App()
app.model(Note, data_source=app.data_source("db", connector="memory"))
app.mount("/admin", django)
from werkzeug.middleware.dispatcher import DispatcherMiddleware
both = DispatcherMiddleware(django, {"/shop": app})
from werkzeug.test import Client
inside, outside = Client(app), Client(both)
print(json.dumps([
    inside.post("/admin/a/b", data="hi", content_type="text/plain").get_json(),
    inside.post("/api/Notes", json={"title": "x"}).get_json(),
    outside.get("/shop/api/Notes/1").get_json(),
    outside.get("/other").get_json(),
]))
"""


def call(app, path, method="GET", body=None, **environ):
    """Status, headers and body of one raw WSGI call."""
    env = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "REMOTE_ADDR": "127.0.0.1", **environ}
    if body is not None:
        raw = json.dumps(body).encode()
        env |= {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw)), "CONTENT_TYPE": "application/json"}
    setup_testing_defaults(env)
    got = []
    chunks = app(env, lambda status, headers, exc_info=None: got.append((status, headers)))
    text = b"".join(chunks)
    close = getattr(chunks, "close", None)
    if close:
        close()
    return got[0][0], dict(got[0][1]), text


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    class Note(lbpy.PersistedModel):
        title: str

    with lbpy.App() as app:
        app.model(Note, data_source=app.data_source("db", connector="memory"))
        yield app


def test_below_a_dispatcher_routes_and_messages_know_their_own_path_only(app):
    outer = DispatcherMiddleware(flask.Flask("outer"), {"/shop": app})
    assert call(outer, "/shop/api/Notes", "POST", {"title": "x"})[0] == "200 OK"
    assert json.loads(call(outer, "/shop/api/Notes/1")[2])["title"] == "x"
    assert "GET /nope" in call(outer, "/shop/api/nope")[2].decode()
    assert call(outer, "/api/Notes")[0] == "404 NOT FOUND"


def test_a_raw_path_below_script_name_keeps_its_escaped_slash(app):
    outer = DispatcherMiddleware(flask.Flask("outer"), {"/a b": app})
    status, _, text = call(outer, "/a b/api/Notes/1/2", RAW_URI="/a%20b/api/Notes/1%2F2")
    assert status == "404 Not Found"
    assert json.loads(text)["error"]["message"] == 'Unknown "Note" id "1/2".'


def test_flask_inside_sees_its_mount_as_script_name(app):
    legacy = flask.Flask("legacy")

    @legacy.post("/say/<word>")
    def say(word: str):
        return flask.jsonify(word=word, root=flask.request.script_root, sent=flask.request.get_json())

    app.mount("/legacy", legacy)
    status, _, text = call(app, "/legacy/say/hello", "POST", {"a": 1})
    assert (status, json.loads(text)) == ("200 OK", {"word": "hello", "root": "/legacy", "sent": {"a": 1}})
    assert call(app, "/api/Notes")[0] == "200 OK"


def test_lbpy_inside_flask_by_its_wsgi_app(app):
    site = flask.Flask("site")
    site.add_url_rule("/", view_func=lambda: "home", endpoint="home")
    site.wsgi_app = DispatcherMiddleware(site.wsgi_app, {"/data": app})
    assert call(site, "/")[2] == b"home"
    assert call(site, "/data/api/Notes")[2] == b"[]"


def test_plain_middleware_around_the_whole_and_inside_a_phase(app):
    def stamped(inner):
        def run(environ, start_response):
            def start(status, headers, exc_info=None):
                return start_response(status, [*headers, ("X-Stamp", environ["PATH_INFO"])], exc_info)

            return inner(environ, start)

        return run

    app.middleware("auth", stamped)
    assert call(app, "/api/Notes")[1]["X-Stamp"] == "/api/Notes"
    assert call(stamped(app), "/api/Notes")[0] == "200 OK"


def test_two_applications_in_one_process_know_nothing_of_each_other(app):
    class Note(lbpy.PersistedModel):
        title: str

    with lbpy.App() as other:
        other.model(Note, data_source=other.data_source("db", connector="memory"))
        Note.create(title="other")
        assert call(app, "/api/Notes")[2] == b"[]"
        app.mount("/other", other)
        assert json.loads(call(app, "/other/api/Notes/1")[2])["title"] == "other"


def test_forwarded_headers_count_only_where_a_proxy_is_trusted():
    seen = []

    class Look:
        def process_request(self, req, resp):
            seen.append((req.env["REMOTE_ADDR"], req.scheme, req.host))

    headers = {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "shop.example"}
    for trust in (False, ("loopback",)):
        with lbpy.App(configuration=lbpy.Configuration(trust_proxy=trust)) as app:
            app.middleware("initial", Look())
            call(app, "/x", **headers)
    assert seen == [("127.0.0.1", "http", "127.0.0.1"), ("203.0.113.9", "https", "shop.example")]


def test_django_inside_and_beside():
    """Django keeps its settings for a whole process, so it gets one of its own."""
    done = subprocess.run([sys.executable, "-c", DJANGO], capture_output=True, text=True, timeout=60, check=True)
    admin, note, read, other = json.loads(done.stdout)
    assert admin == {"script": "/admin", "path": "/a/b", "body": "hi"}
    assert (note["title"], read) == ("x", note)
    assert (other["script"], other["path"]) == ("", "/other")
