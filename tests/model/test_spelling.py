"""The names of settings in JSON and in Python, and slips in them."""

import pytest

from lbpy.model.spelling import MODEL_KEYS, name_in_json, name_in_python, slips


@pytest.mark.parametrize(
    ("python", "json"),
    [
        ("plural", "plural"),
        ("force_id", "forceId"),
        ("replace_on_put", "replaceOnPUT"),
        ("max_ttl", "maxTTL"),
        ("reset_password_token_ttl", "resetPasswordTokenTTL"),
        ("strict_object_id_coercion", "strictObjectIDCoercion"),
    ],
)
def test_a_known_setting_has_one_name_in_each(python: str, json: str) -> None:
    assert (name_in_json(python), name_in_python(json)) == (json, python)


def test_every_known_setting_can_be_given_in_python() -> None:
    assert [name for name in sorted(MODEL_KEYS) if name_in_json(name_in_python(name)) != name] == []


def test_an_own_setting_becomes_camel_case() -> None:
    assert (name_in_json("my_own_key"), name_in_json("myOwnKey")) == ("myOwnKey", "myOwnKey")


@pytest.mark.parametrize(("given", "meant"), [("plurl", "plural"), ("force_ids", "force_id"), ("Hidden", "hidden"), ("method", "methods")])
def test_a_slip_is_told_with_the_name_that_was_meant(given: str, meant: str) -> None:
    assert list(slips([given])) == [(given, meant)]


@pytest.mark.parametrize("given", [["plural"], ["forceId"], ["tenant"], ["db"], ["plurl", "plural"], ["force_ids", "force_id"]])
def test_known_and_own_settings_are_no_slips(given: list[str]) -> None:
    assert list(slips(given)) == []
