"""Which texts can be mail addresses."""

from __future__ import annotations

from typing import Any

import pytest

from lbpy.contrib.models.address import is_mailbox


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com",
        "ann@localhost",
        "ann.o'hara+tag@sub-domain.example.museum",
        "é@exämple.com",
        "用户@例子.公司",
        '"ann@home"@example.com',
        r'"a\"b"@example.com',
        '""@example.com',
        "ann@1.2.3.4",
        "ann@[127.0.0.1]",
        "ann@[IPv6:2001:db8::1]",
        f"{'a' * 64}@example.com",
        f"ann@{'b' * 63}.com",
    ],
)
def test_these_can(text: str) -> None:
    assert is_mailbox(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@@example.com",
        "a..b@example.com",
        ".ann@example.com",
        "ann@example.com.",
        "ann@-example.com",
        "ann@example-.com",
        "ann@exa_mple.com",
        "ann @example.com",
        "ann@example.com\n",
        '"a b"@example.com',
        'a"b"@example.com',
        "ann(comment)@example.com",
        "ann@[127.0.0.256]",
        "ann@[127.0.0.1].com",
        "ann@[IPv6:fe80::1%eth0]",
        f"{'a' * 65}@example.com",
        f"ann@{'b' * 64}.com",
        f"ann@{'ä' * 60}.com",
        f"ann@{'bcd.' * 70}com",
        "ann@" + "ä" * 100_000,
    ],
)
def test_these_cannot(text: str) -> None:
    assert not is_mailbox(text)


@pytest.mark.parametrize("address", ["é@exämple.com", '"ann@home"@example.com', "ann@[127.0.0.1]", "ann@localhost"])
def test_mail_to_any_of_them_is_written(start: Any, address: str) -> None:
    site = start(mail=True)
    assert site.status("POST", "/customers", json={"email": address, "username": "ann", "password": "secret"}) == 200
    assert site.status("POST", "/customers/1/verify", site.sign_in("ann")) == 204
