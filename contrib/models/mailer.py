"""The mails that users get: which model sends them, and filling their templates. Writes no row and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...data.bound import bound_of, if_bound
from ...errors import OperatorError, ServerError
from ...types import Row
from .email import Email

if TYPE_CHECKING:
    from .user import User

FIELD: Final = re.compile(r"<%[-=]\s*([A-Za-z_]\w*)\s*%>|\{([A-Za-z_]\w*)\}")
"""A value in a template: `<%= href %>` as in the templates of LoopBack's projects, or `{href}`."""
CODE: Final = re.compile(r"<%")


class MailMissing(ServerError):
    """What a client asks for needs mails, and this application sends none."""

    status = 501


@dataclass(frozen=True, slots=True)
class Standard:
    """What a mail says where no option does: its subject, and its text with `{href}` and the like."""

    subject: str
    text: str


def mailer_of(users: type[User], named: Any = None) -> type[Email]:
    """The model that sends the mails of a user model.

    Args:
        users: the user model.
        named: the model or its name, default "Email".

    Raises:
        OperatorError: there is no such model, or it is on no data source.
    """
    found = bound_of(users).find_model(named or "Email") if isinstance(named or "Email", str) else named
    if not isinstance(found, type) or not issubclass(found, Email) or if_bound(found) is None:
        raise OperatorError(f"{users.__name__} needs the model {named or 'Email'} on a data source of the connector `mail`")
    return found


def problems(users: type[User], root: str) -> Iterator[tuple[str, str]]:
    """(setting, what is wrong) of a user model that is told to send mails and cannot; `root`: the folder of templates."""
    for setting in ("verifyOptions", "resetOptions"):
        told = users.setting(setting)
        options = told if isinstance(told, Mapping) else {}
        try:
            if told or (setting == "verifyOptions" and users.setting("emailVerificationRequired")):
                mailer_of(users, options.get("mailer"))
            if isinstance(options.get("template"), str):
                _read(Path(root, options["template"]))
        except OperatorError as error:
            yield setting, str(error)


def send(users: type[User], options: Mapping[str, Any], values: Mapping[str, Any], standard: Standard) -> Row:
    """Write a mail and send it; what the transport answers.

    Args:
        users: the user model.
        options: from, to, subject, text, html, template, headers, mailer.
        values: what templates may name; `email` is where the mail goes unless `to` says otherwise.
        standard: what the mail says where the options do not.

    Raises:
        OperatorError: there is nobody to send it, or its template cannot be used. StoreError: it could not be handed on.
    """
    return mailer_of(users, options.get("mailer")).send(mail(options, values, standard, users.site__.root))


def mail(options: Mapping[str, Any], values: Mapping[str, Any], standard: Standard, root: str = ".") -> dict[str, Any]:
    """The mail; arguments as of `send`, and the folder in which templates are looked for."""
    text = str(options.get("text") or standard.text)
    known = {**values, "text": filled(text, values)}
    return {
        "from": options.get("from"),
        "to": options.get("to") or values["email"],
        "subject": filled(str(options.get("subject") or standard.subject), known),
        "text": known["text"],
        "html": _page(options, known, text, root),
        "headers": options.get("headers") or {},
    }


def _page(options: Mapping[str, Any], values: Mapping[str, Any], text: str, root: str) -> str:
    template = options.get("template")
    if callable(template):
        return str(template({**options, **values}))
    if template:
        return filled(_read(Path(root, str(template))), values, is_page=True)
    return filled(str(options.get("html") or escape(text).replace("\n", "<br>")), values, is_page=True)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"the template {file} of a mail cannot be read: {error}") from error


def filled(template: str, values: Mapping[str, Any], *, is_page: bool = False) -> str:
    """A template with its values; braces around other words stay.

    Args:
        template: text with `{name}` or `<%= name %>`.
        values: what may be named.
        is_page: whether it is HTML, in which values are escaped.

    Raises:
        OperatorError: it holds code, or names a value that there is not in LoopBack's form.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in values:
            return found[0]
        return escape(str(values[name])) if is_page else str(values[name])

    text = FIELD.sub(value, template)
    if CODE.search(text):
        raise OperatorError(f"a template of a mail may name {', '.join(sorted(values))} in <%= %> and hold no code")
    return text
