"""The built-in model of client applications: their keys, and who holds one. Sends nothing to them."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Any, Final, NamedTuple

from ...data.persisted import PersistedModel
from ...model.base import Model
from ...model.definition import now
from ...model.hooks import Saving
from ...model.properties import prop

KEYS: Final = ("clientKey", "javaScriptKey", "restApiKey", "windowsKey", "masterKey")


class PushOptions(Model):
    """Where pushes go."""

    gateway: str | None = None
    port: float | None = None


class FeedbackOptions(Model):
    """Where answers to pushes come from."""

    gateway: str | None = None
    port: float | None = None
    batchFeedback: bool | None = None
    interval: float | None = None


class Apns(Model):
    """Settings of Apple's push service."""

    production: bool | None = None
    certData: str | None = None
    keyData: str | None = None
    pushOptions: PushOptions | None = None
    feedbackOptions: FeedbackOptions | None = None


class Gcm(Model):
    """Settings of Google's push service."""

    serverApiKey: str | None = None


class PushSettings(Model):
    """Settings of push services."""

    apns: Apns | None = None
    gcm: Gcm | None = None


class Scheme(Model):
    """One way in which an application may prove who it is."""

    scheme: str | None = None
    credential: str | None = None


class Found(NamedTuple):
    """An application, and which of its keys was given."""

    application: Application
    key_type: str


class Application(PersistedModel):
    """A client application (source: models.md 9)."""

    id: str | None = prop(default=None, id=True)
    realm: str | None = None
    name: str
    description: str | None = None
    icon: str | None = None
    owner: str | None = None
    collaborators: list[str] | None = None
    email: str | None = None
    emailVerified: bool | None = None
    url: str | None = None
    callbackUrls: list[str] | None = None
    permissions: list[str] | None = None
    clientKey: str | None = None
    javaScriptKey: str | None = None
    restApiKey: str | None = None
    windowsKey: str | None = None
    masterKey: str | None = None
    pushSettings: PushSettings | None = None
    authenticationEnabled: bool = True
    anonymousAllowed: bool = True
    authenticationSchemes: list[Scheme] | None = None
    status: str = "sandbox"
    created: datetime | None = prop(factory=now)
    modified: datetime | None = prop(factory=now)

    def reset_keys(self) -> Application:
        """Give the application new keys and store it."""
        return self.save()

    @classmethod
    def authenticate(cls, id: object, key: str) -> Found | None:
        """The application that has a key, and which of its keys that is ("clientKey" ...); None where it has no such key."""
        found = cls.find_by_id(id)
        held = found.to_dict() if found is not None else {}
        name = next((one for one in KEYS if hmac.compare_digest(str(held.get(one) or "").encode(), key.encode())), None) if key else None
        return Found(found, name) if found is not None and name is not None else None


def give_keys(ctx: Saving[Any]) -> None:
    """Every save of a whole instance makes its keys anew, as LoopBack does."""
    if "instance" not in ctx:
        return
    instance = ctx.instance
    instance["created"] = instance["modified"] = now()
    if not instance.to_dict().get("id"):
        instance["id"] = secrets.token_hex(16)
    for name in KEYS:
        instance[name] = secrets.token_hex(20)


Application.observe("before save", give_keys)
