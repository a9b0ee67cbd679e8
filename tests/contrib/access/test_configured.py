"""Rules of model-config stand in the place of the model's own with the same target, inherited ones included, and of no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lbpy.testing import Client

Folder = Callable[..., Path]
Boot = Callable[[Path], Client]


def everyone(permission: str, **more: Any) -> dict[str, Any]:
    return {"principalType": "ROLE", "principalId": "$everyone", "permission": permission, **more}


ALLOWED = {"acls": [everyone("ALLOW")]}
DENIED = {"acls": [everyone("DENY")]}

# Each as the original answers it: a list of the model is 200 or 401.
CASES: list[Any] = [
    ({"A": {"base": "User"}}, {"A": ALLOWED}, 200),
    ({"A": {"base": "User"}}, {"A": {"acls": [everyone("ALLOW", accessType="*")]}}, 401),
    ({"A": {"base": "User"}}, {"A": {"acls": [everyone("ALLOW", property=["find"])]}}, 200),
    ({"A": {"base": "User", **ALLOWED}}, {}, 401),
    ({"B": DENIED, "A": {"base": "B"}}, {"A": ALLOWED}, 200),
    ({"B": DENIED, "A": {"base": "B"}}, {"B": ALLOWED}, 401),
    ({"A": {"acls": [everyone("DENY"), everyone("DENY")]}}, {"A": ALLOWED}, 401),
    ({"A": {"acls": [everyone("DENY", property=["find"])]}}, {"A": {"acls": [everyone("ALLOW", property=["find"])]}}, 401),
    ({"A": {}}, {"A": DENIED}, 401),
]


@pytest.mark.parametrize(("models", "configured", "status"), CASES)
def test_the_first_rule_with_the_same_target_is_replaced(
    folder: Folder, client: Boot, models: Any, configured: Any, status: int
) -> None:
    plural = {name: {**spec, "plural": name.lower()} for name, spec in models.items()}
    assert client(folder(plural, configured)).get("/api/a").status == status


def test_a_built_in_model_is_opened_and_closed_by_model_config_alone(folder: Folder, client: Boot) -> None:
    opened = folder({}, {"User": {"public": True, **ALLOWED}, "AccessToken": {"public": True}})
    http = client(opened)
    assert [http.get(f"/api/{one}").status for one in ("Users", "AccessTokens")] == [200, 401]


def test_what_clients_may_do_with_a_built_in_model_can_be_taken_away(folder: Folder, client: Boot) -> None:
    http = client(folder({}, {"User": {"public": True, "acls": [everyone("DENY", property="create")]}}))
    sent = {"email": "ann@example.com", "password": "secret"}
    assert http.post("/api/Users", json=sent).status == 401
