"""The target of a request as the client wrote it, which WSGI hands on decoded only. Decides nothing by it."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes, urlsplit
from wsgiref.types import WSGIEnvironment


def sent_path(environ: WSGIEnvironment) -> str:
    """The path as it was sent, escapes and all, SCRIPT_NAME included.

    RAW_URI or REQUEST_URI counts only while it says the same as SCRIPT_NAME and PATH_INFO: a middleware may have
    rewritten these.
    """
    whole = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
    raw = _origin_form(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    return raw if unquote_to_bytes(raw) == whole else quote(whole, safe="/~!$&'()*+,;=:@")


def sent_url(environ: WSGIEnvironment, base: str = "") -> str:
    """Path and query as sent, without what the application and the entry are mounted at: Express's req.url."""
    path = sent_path(environ).removeprefix(environ.get("SCRIPT_NAME", "")).removeprefix(base) or "/"
    return with_query(path, environ)


def with_query(path: str, environ: WSGIEnvironment) -> str:
    """The path with the query of the request, if there is one."""
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _origin_form(target: str) -> str:
    path = target.partition("?")[0]
    return path if path.startswith("/") else urlsplit(path).path
