"""What an application was told once, as one frozen record; config.json of a project ends here. Reads no file."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..remoting.body import BodyLimits
from ..remoting.negotiation import Offer
from ..remoting.problem import Telling
from ..types import Settings
from .proxy import Trust


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that config.json says of the API.

    api_root: path of the API. handle_unknown_paths: whether unknown paths below it are answered there.
    trust_proxy: whose forwarded headers count.
    shared: patterns of method names switched on or off for all models. offer: the forms that results come in.
    array_item_delimiters: what separates the items of a list in one text.
    handle_errors: whether errors of the API are told by `telling`, or left to error middleware.
    """

    api_root: str = "/api"
    settings: Settings = field(default_factory=Settings)
    body_limits: BodyLimits = field(default_factory=BodyLimits)
    offer: Offer = field(default_factory=Offer)
    telling: Telling = field(default_factory=Telling)
    handle_errors: bool = True
    handle_unknown_paths: bool = True
    normalize_paths: bool = False
    shared: tuple[tuple[str, bool], ...] = ()
    trust_proxy: Trust = False
    array_item_delimiters: tuple[str, ...] = ()
