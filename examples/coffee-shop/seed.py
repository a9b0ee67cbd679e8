"""Fills the example's tables, once: a table that has rows is left alone."""

import json
from pathlib import Path

import lbpy

HERE = Path(__file__).parent


def seed(app: lbpy.App) -> None:
    for name, rows in json.loads((HERE / "seed.json").read_text("utf-8")).items():
        model = app.registry.model(name)
        assert issubclass(model, lbpy.PersistedModel)
        if not model.count():
            model.create_many(rows)
        print(f"{name}: {model.count()}")


if __name__ == "__main__":
    with lbpy.boot(HERE) as app:
        seed(app)
