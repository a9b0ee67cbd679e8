"""Whether the time of a refused login tells that there is such a user: medians of unknown and known users, tried in turns.

    python benchmarks/login.py --max 0.1

Exit status 1: the two medians differ by more than this part of the smaller one.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import median

from falcon import testing

import lbpy
from lbpy.contrib.models import User


def served(cost: int) -> lbpy.App:
    """An application with one user, who has never signed in."""

    class Customer(User, plural="customers", salt_work_factor=cost, throttle=False):
        pass

    app = lbpy.App()
    db = app.data_source("db", connector="memory")
    app.model(Customer, data_source=db)
    app.enable_auth(data_source=db)
    Customer.create(username="known", email="known@example.com", password="secret")
    return app


def milliseconds(client: testing.TestClient, name: str) -> float:
    """How long one refused login takes."""
    start = time.perf_counter_ns()
    answer = client.simulate_post("/api/customers/login", json={"username": name, "password": "wrong"})
    taken = (time.perf_counter_ns() - start) / 1e6
    if answer.status_code != 401:
        raise SystemExit(f"a wrong password was answered {answer.status}")
    return taken


def medians(app: lbpy.App, tries: int) -> tuple[float, float]:
    """Milliseconds of unknown and of known users, after one try of each that is not counted."""
    client = testing.TestClient(app)
    pairs = [(milliseconds(client, "unknown"), milliseconds(client, "known")) for _ in range(tries + 1)][1:]
    return median(one for one, _ in pairs), median(other for _, other in pairs)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=50, help="logins of each kind")
    parser.add_argument("--cost", type=int, default=10, help="bcrypt's work factor")
    parser.add_argument("--max", type=float, metavar="PART", help="the largest difference allowed, 0.1 for 10 %%")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    with served(options.cost) as app:
        unknown, known = medians(app, options.tries)
    apart = abs(unknown - known) / min(unknown, known)
    print(f"unknown {unknown:.2f} ms, known {known:.2f} ms, apart {apart:.1%}")
    return 1 if options.max is not None and apart > options.max else 0


if __name__ == "__main__":
    sys.exit(main())
