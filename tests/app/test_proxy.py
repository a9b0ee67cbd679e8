"""What forwarded headers mean, by whom they are trusted."""

import pytest

from lbpy.app.proxy import forwarding
from lbpy.errors import ProjectError

SENT = {
    "REMOTE_ADDR": "10.0.0.1",
    "wsgi.url_scheme": "http",
    "HTTP_HOST": "inner",
    "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9, 10.0.0.2",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "shop.example",
}


def told(trust):
    applied = forwarding(trust).applied(dict(SENT))
    return applied["REMOTE_ADDR"], applied["wsgi.url_scheme"], applied["HTTP_HOST"]


@pytest.mark.parametrize("nobody", [False, 0, ()])
def test_nobody_is_trusted_by_default(nobody):
    assert forwarding(nobody) is None


def test_everybody_trusted_means_the_first_address_of_the_list():
    assert told(True) == ("6.6.6.6", "https", "shop.example")


@pytest.mark.parametrize(("hops", "client"), [(1, "10.0.0.2"), (2, "203.0.113.9"), (3, "6.6.6.6"), (9, "6.6.6.6")])
def test_a_number_counts_proxies_from_this_server(hops, client):
    assert told(hops)[0] == client


def test_named_networks_trust_their_addresses_only():
    assert told(("uniquelocal",)) == ("203.0.113.9", "https", "shop.example")


def test_a_peer_that_is_not_trusted_tells_nothing():
    assert told(("192.0.2.0/24",)) == ("10.0.0.1", "http", "inner")


def test_an_address_that_is_none_is_not_trusted():
    applied = forwarding(("loopback",)).applied({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "1.2.3.4"})
    assert applied["REMOTE_ADDR"] == ""


def test_a_text_that_is_no_network_names_file_and_key():
    with pytest.raises(ProjectError, match=r"server/config.json:trustProxy: 'proxy.example'"):
        forwarding(("proxy.example",))
