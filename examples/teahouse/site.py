"""The teahouse as a part of a larger site, whole and below a path: `gunicorn -c python:lbpy.gunicorn teahouse.site:application`."""

from .middleware import below
from .wsgi import app

application = below("/teahouse", app)
