"""The menu as a page for people: a WSGI application of its own, which uses models like any other code."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from wsgiref.types import StartResponse, WSGIEnvironment

from lbpy import col

from .models import Tea

PAGE = Path(__file__).parent / "templates" / "menu.html"


def menu(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the teas on the counter."""
    teas = Tea.find(col(Tea.counter) == True)  # noqa: E712  -- a condition, not an answer
    items = "\n".join(f"<li>{escape(tea.name)} <b>{tea.price}</b></li>" for tea in teas)
    page = Template(PAGE.read_text("utf-8")).substitute(items=items, root=escape(environ.get("SCRIPT_NAME", "")))
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [page.encode()]
