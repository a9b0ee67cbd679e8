"""What curl would print, as far as the pages of the documentation use it: a machine that runs the tests need not have it."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote

SECONDS = 60
VALUED = ("-X", "-H", "-d", "--data-urlencode", "--data-binary")
FLAGS = ("-G", "-i", "-s")


@dataclass(frozen=True)
class Call:
    """A command line: its options with their values, and the one URL."""

    options: Mapping[str, Sequence[str]]
    url: str

    @property
    def encoded(self) -> str:
        pairs = (one.partition("=") for one in self.options["--data-urlencode"])
        return "&".join(f"{name}={quote(value)}" for name, _, value in pairs)

    @property
    def body(self) -> bytes | None:
        file = next(iter(self.options["--data-binary"]), "")
        if file:
            return Path(file.removeprefix("@")).read_bytes()
        given = "&".join(self.options["-d"])
        return given.encode() if given else None

    def request(self) -> urllib.request.Request:
        headers = {"Accept": "*/*", **dict(one.split(": ", 1) for one in self.options["-H"])}
        url = f"{self.url}?{self.encoded}" if self.options["-G"] else self.url
        return urllib.request.Request(url, self.body, headers, method=next(iter(self.options["-X"]), None))


def read(words: Sequence[str]) -> Call:
    """The call of a command line; an option that is not known here ends the program."""
    options: dict[str, list[str]] = {name: [] for name in (*VALUED, *FLAGS)}
    urls, rest = [], iter(words)
    for word in rest:
        if word in options:
            options[word].append(next(rest) if word in VALUED else word)
        else:
            urls.append(word)
    if len(urls) != 1 or set("[]{} ") & set(urls[0]) or urls[0].startswith("-"):
        sys.exit(f"curl: not understood here: {' '.join(words)}")
    return Call(options, urls[0])


def answered(request: urllib.request.Request) -> HTTPResponse | urllib.error.HTTPError:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Staying())
    try:
        answer: HTTPResponse = opener.open(request, timeout=SECONDS)
        return answer
    except urllib.error.HTTPError as error:
        return error
    except OSError as error:
        sys.exit(f"curl: {error}")


class Staying(urllib.request.HTTPRedirectHandler):
    """Redirects are shown, not followed."""

    def redirect_request(self, *_given: object) -> None:
        return None


def main(words: Sequence[str]) -> None:
    call = read(words)
    with answered(call.request()) as answer:
        if call.options["-i"]:
            headers = (f"{name}: {value}" for name, value in answer.headers.items())
            print(f"HTTP/1.1 {answer.status} {answer.reason}", *headers, "", sep="\n")
        sys.stdout.flush()
        sys.stdout.buffer.write(answer.read())


if __name__ == "__main__":
    main(sys.argv[1:])
