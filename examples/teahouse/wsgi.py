"""The application as servers find it: `gunicorn -c python:lbpy.gunicorn teahouse.wsgi:app`. Opens no store."""

import os

from .app import create_app

app = create_app(os.environ.get("TEAHOUSE_URL", "sqlite:///teahouse.db"), os.environ.get("TEAHOUSE_LEDGER", "sqlite:///ledger.db"))
