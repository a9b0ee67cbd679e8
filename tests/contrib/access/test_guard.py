"""What clients may call: rules, stored rules, roles, owners, scopes, and what refusals say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lbpy import PersistedModel, allow, current, deny, remote_method
from lbpy.contrib.models import ACL, AccessToken, Role, RoleMapping, RoleRequest
from lbpy.errors import OperatorError

Start = Callable[..., Any]
CLOSED = deny("$everyone")


def book(*acls: Any, **settings: Any) -> type[PersistedModel]:
    class Book(PersistedModel, plural="books", acls=acls, **settings):
        title: str | None = None
        userId: Any = None  # noqa: N815  -- the name that LoopBack looks for

    return Book


def test_without_rules_everybody_may(start: Start) -> None:
    assert start(book()).status("GET", "/books") == 200


def test_default_permission_closes_a_model_without_rules(start: Start) -> None:
    assert start(book(default_permission="DENY")).status("GET", "/books") == 401


@pytest.mark.parametrize(("setting", "expected"), [({}, 200), ({"default_permission": "DENY"}, 401)])
def test_a_rule_may_leave_it_to_the_default(start: Start, setting: dict[str, str], expected: int) -> None:
    left = {**deny("$everyone", method="find"), "permission": "DEFAULT"}
    site = start(book(CLOSED, left, **setting))
    site.app[ACL].create({**left, "model": "Book", "property": "count", "accessType": "*"})
    assert [site.status("GET", path) for path in ("/books", "/books/count", "/books/findOne")] == [expected, expected, 401]


def test_who_shows_no_token_is_told_to_authenticate(start: Start) -> None:
    error = start(book(CLOSED, acl_error_status=403)).call("GET", "/books").json["error"]
    assert (error["statusCode"], error["code"]) == (401, "AUTHORIZATION_REQUIRED")


@pytest.mark.parametrize(("status", "code"), [(401, "AUTHORIZATION_REQUIRED"), (403, "ACCESS_DENIED"), (404, "MODEL_NOT_FOUND")])
def test_a_model_says_how_it_refuses_those_who_are_known(start: Start, status: int, code: str) -> None:
    site = start(book(CLOSED, acl_error_status=status))
    error = site.call("GET", "/books/1", site.sign_in("ann")).json["error"]
    assert (error["statusCode"], error["code"]) == (status, code)


@pytest.mark.parametrize("first", ["GET /books/share", "POST /books/1/share"])
def test_methods_of_one_name_are_judged_each_by_itself(start: Start, first: str) -> None:
    class Book(PersistedModel, plural="books", acls=[CLOSED, allow("$everyone", "READ")]):
        @remote_method(path="/share", verb="get", name="share")
        @classmethod
        def share_all(cls) -> str:
            return "all"

        @remote_method(path="/share", verb="post", name="share")
        def share_one(self) -> str:
            return "one"

    site = start(Book)
    Book.create({})
    wanted = {"GET /books/share": 200, "POST /books/1/share": 401}
    for call in sorted(wanted, key=lambda one: one != first):
        assert site.status(*call.split()) == wanted[call]


def test_a_missing_record_is_missing_for_whoever_may_and_refused_for_others(start: Start) -> None:
    site = start(book(CLOSED, allow("$owner"), allow("$authenticated", "READ")))
    token = site.sign_in("ann")
    assert [site.status("GET", "/books/9", token), site.status("PATCH", "/books/9", token, {})] == [404, 401]


def test_a_stored_rule_counts_from_the_moment_it_is_stored(start: Start) -> None:
    site = start(book(CLOSED))
    everybody = {"permission": "ALLOW", "principalType": "ROLE", "principalId": "$everyone"}
    site.app[ACL].create({"model": "Book", "property": "find", "accessType": "READ", **everybody})
    assert [site.status("GET", "/books"), site.status("GET", "/books/count")] == [200, 401]


def test_a_stored_rule_for_all_models(start: Start) -> None:
    site = start(book())
    token = site.sign_in("ann")
    rule = {"model": "*", "property": "*", "accessType": "WRITE", "permission": "DENY", "principalType": "USER", "principalId": "1"}
    site.app[ACL].create(rule)
    assert [site.status("POST", "/books", token, {}), site.status("POST", "/books", "", {})] == [401, 200]


# -- roles -------------------------------------------------------------------


def put_in_role(site: Any, name: str, kind: str = "USER", id: Any = "1") -> None:
    role = site.app[Role].create(name=name)
    site.app[RoleMapping].create({"principalType": kind, "principalId": id, "roleId": role["id"]})


def test_a_stored_role_lets_those_in_who_are_mapped_to_it(start: Start) -> None:
    site = start(book(CLOSED, allow("admin")))
    ann, bob = site.sign_in("ann"), site.sign_in("bob")
    put_in_role(site, "admin")
    assert [site.status("GET", "/books", one) for one in (ann, bob)] == [200, 401]


def test_hooks_may_ask_for_roles_as_rules_do(start: Start) -> None:
    library = book(allow("$everyone"))
    site, asked = start(library), ["admin", "reader", "$owner", "$authenticated", "$everyone", "nobody"]
    site.app[Role].resolver("reader")(lambda request: request.user_id == 2)
    ann, bob = site.sign_in("ann"), site.sign_in("bob")
    put_in_role(site, "admin")
    library.create(title="tea", userId=1)
    seen: list[list[str]] = []
    library.before_remote("findById", lambda _: seen.append([name for name in asked if current.has_role(name)]))
    for token in (ann, bob, ""):
        site.call("GET", "/books/1", token)
    assert seen == [["admin", "$owner", "$authenticated", "$everyone"], ["reader", "$authenticated", "$everyone"], ["$everyone"]]


@pytest.mark.parametrize(("kind", "id"), [("ROLE", "1"), ("APP", "1"), ("user", "1"), ("USER", "2")])
def test_other_mappings_do_not(start: Start, kind: str, id: str) -> None:
    site = start(book(CLOSED, allow("admin")))
    ann = site.sign_in("ann")
    put_in_role(site, "admin", kind, id)
    assert site.status("GET", "/books", ann) == 401


def test_a_resolver_says_who_is_in_its_role(start: Start) -> None:
    site = start(book(CLOSED, allow("reader")))
    asked: list[RoleRequest] = []

    @site.app[Role].resolver("reader")
    def is_reader(request: RoleRequest) -> bool:
        asked.append(request)
        return request.user_id == 1

    ann, bob = site.sign_in("ann"), site.sign_in("bob")
    assert [site.status("GET", "/books/1", one) for one in (ann, bob)] == [404, 401]
    assert (asked[0].id, asked[0].method, asked[0].access, asked[0].is_authenticated) == ("1", "findById", "READ", True)


def test_a_resolver_may_let_strangers_in(start: Start) -> None:
    site = start(book(CLOSED, allow("visitor")))
    site.app[Role].resolver("visitor")(lambda request: not request.is_authenticated)
    assert site.status("GET", "/books") == 200


def test_nobody_resolves_roles_for_all_applications() -> None:
    with pytest.raises(OperatorError, match="app\\[Role\\]"):
        Role.resolver("reader")


def test_a_role_whose_resolver_cannot_run_counts_where_it_denies(start: Start) -> None:
    site = start(book(deny("banned"), allow("friend"), deny("$unauthenticated", "WRITE")))
    site.app.enable_auth(unported_roles=frozenset({"banned"}))
    assert site.status("GET", "/books") == 401


def test_a_role_whose_resolver_cannot_run_never_allows(start: Start) -> None:
    site = start(book(CLOSED, allow("friend")))
    site.app.enable_auth(unported_roles=frozenset({"*"}))
    assert site.status("GET", "/books", site.sign_in("ann")) == 401


def test_hooks_see_the_roles_that_decided(start: Start) -> None:
    model = book(CLOSED, allow("$authenticated"))
    seen: list[Any] = []
    model.observe("access", lambda ctx: seen.append(ctx.options["authorizedRoles"]))
    site = start(model)
    site.call("GET", "/books", site.sign_in("ann"))
    assert seen[-1] == {"$authenticated": True}


# -- owners ------------------------------------------------------------------


@pytest.fixture
def owned(start: Start) -> Any:
    site = start(book(CLOSED, allow("$owner")))
    site.tokens = [site.sign_in("ann"), site.sign_in("bob")]
    model = site.app.registry.model("Book")
    for user in (1, 2):
        model.create({"title": f"of {user}", "userId": user})
    return site


@pytest.mark.parametrize(("verb", "path"), [("GET", ""), ("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/exists")])
def test_only_the_owner_reaches_a_record(owned: Any, verb: str, path: str) -> None:
    ann, bob = owned.tokens
    statuses = [owned.status(verb, f"/books/1{path}", one, {} if verb[0] == "P" else None) for one in (bob, ann)]
    assert statuses == [401, 200]


@pytest.mark.parametrize(("verb", "path"), [("PATCH", "/books"), ("PUT", "/books"), ("POST", "/books/replaceOrCreate")])
def test_the_id_in_the_body_counts_where_one_record_is_meant(owned: Any, verb: str, path: str) -> None:
    ann = owned.tokens[0]
    assert [owned.status(verb, path, ann, {"id": id, "userId": 1}) for id in (1, 2)] == [200, 401]


def test_an_id_in_the_query_makes_nobody_an_owner(owned: Any) -> None:
    ann = owned.tokens[0]
    assert owned.status("POST", "/books/update?id=1&where={}", ann, {"title": "mine"}) == 401
    assert owned.status("GET", "/books?id=1", ann) == 401


def test_unless_the_old_answer_is_asked_for(start: Start) -> None:
    site = start(book(CLOSED, allow("$owner")), compat=("ownerByAnyId",))
    ann = site.sign_in("ann")
    site.app.registry.model("Book").create({"userId": 1})
    assert site.status("GET", "/books?id=1", ann) == 200


def test_users_own_themselves(start: Start) -> None:
    site = start()
    ann, _ = site.sign_in("ann"), site.sign_in("bob")
    assert [site.status("GET", f"/customers/{id}", ann) for id in (1, 2, 99)] == [200, 401, 401]


DENIED = {"permission": "DENY", "principalType": "ROLE"}
SIGN_UP = {"email": "bob@example.com", "password": "secret"}
SIGN_IN = {"username": "ann", "password": "secret"}


@pytest.mark.parametrize(
    ("method", "verb", "path", "sent"),
    [
        ("create", "POST", "", SIGN_UP),
        ("login", "POST", "/login", SIGN_IN),
        ("logout", "POST", "/logout", None),
        ("findById", "GET", "/1", None),
        ("patchAttributes", "PATCH", "/1", {}),
        ("replaceById", "PUT", "/1", {**SIGN_IN, **SIGN_UP}),
        ("deleteById", "DELETE", "/1", None),
    ],
)
def test_a_rule_that_names_a_method_of_users_takes_it_away(start: Start, method: str, verb: str, path: str, sent: Any) -> None:
    site = start()
    ann = site.sign_in("ann")
    for who in ("$everyone", "$owner"):
        site.app[ACL].create({"model": "Customer", "property": method, "accessType": "*", **DENIED, "principalId": who})
    assert site.status(verb, f"/customers{path}", ann, sent) == 401


def relation(model: str, key: str) -> dict[str, Any]:
    return {"type": "belongsTo", "model": model, "foreignKey": key}


@pytest.mark.parametrize(
    ("settings", "expected"), [({}, [200, 401]), ({"owner_relations": True}, [200, 200]), ({"owner_relations": ["editor"]}, [401, 200])]
)
def test_relations_to_users_name_owners(start: Start, settings: dict[str, Any], expected: list[int]) -> None:
    class Text(
        PersistedModel, plural="texts", acls=[CLOSED, allow("$owner")],
        relations={"author": relation("Customer", "authorId"), "editor": relation("Customer", "editorId")}, **settings,
    ):  # fmt: skip
        pass

    site = start(Text)
    tokens = [site.sign_in("ann"), site.sign_in("bob")]
    Text.create({"authorId": 1, "editorId": 2})
    assert [site.status("GET", "/texts/1", one) for one in tokens] == expected


# -- scopes ------------------------------------------------------------------


@pytest.mark.parametrize(("scopes", "expected"), [(["DEFAULT"], 200), (["x", "DEFAULT"], 200), (["x"], 401), ([], 401), (None, 200)])
def test_a_token_opens_what_its_scopes_name(start: Start, scopes: list[str] | None, expected: int) -> None:
    site = start(book())
    site.sign_up("ann")
    token = site.app[AccessToken].issue({"userId": 1, "ttl": 60, "scopes": scopes})
    assert site.status("GET", "/books", token["id"]) == expected


def test_a_token_of_an_application_is_judged_by_that(start: Start) -> None:
    site = start(book(CLOSED, allow("APP:reader", "READ")))
    token = site.app[AccessToken].issue({"ttl": 60, "appId": "reader"})["id"]
    assert [site.status("GET", "/books", token), site.status("POST", "/books", token, {})] == [200, 401]


def test_access_is_decided_before_anything_happens(start: Start) -> None:
    model = book(CLOSED)
    site = start(model)
    assert (site.status("POST", "/books", "", {}), model.count()) == (401, 0)
