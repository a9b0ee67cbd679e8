"""How Sphinx makes the pages: `sphinx-build -n -W -b html docs build`. Says nothing about lbpy itself."""

import re
from importlib.metadata import version as version_of

from sphinx.application import Sphinx

project = "lbpy"
author = "lbpy contributors"
version = release = version_of("lbpy")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3

html_theme = "alabaster"
html_theme_options = {"description": "LoopBack 2 and 3, in Python", "page_width": "1100px", "sidebar_width": "260px", "fixed_sidebar": True}
html_show_sourcelink = False
html_show_copyright = False

# Docstrings are Google's style, with names in single backticks.
default_role = "code"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

# Nothing is fetched while the pages are made, so names of other projects lead nowhere (no intersphinx).
nitpick_ignore_regex = [
    ("py:.*", r"(collections|contextlib|datetime|decimal|enum|http|logging|os|pathlib|types|typing|uuid|wsgiref)\..*"),
    ("py:.*", r"(click|falcon|marshmallow|pytest)\..*"),
    ("py:class", r"(lbpy\..*\.)?[A-Z]"),  # type variables
    ("py:class", r"NameMapper|Target"),  # aliases of types
    ("py:class", r"lbpy\.(app|contrib|connectors|data|model|query|remoting|testing)\..*"),  # handed on between modules, shown by name only
]


SOURCES = re.compile(r"\s*\(source: [^)]*\)|^\s*Source: [^.]*\.md.*|\s*Source: [^.]*\.md[^.]*\.", re.MULTILINE)
"""Where in LoopBack a behaviour comes from: for readers of the code."""


def for_users(_app: Sphinx, what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Take out of docstrings what is for readers of the code: those of modules as a whole, for pages say it in their own words."""
    lines[:] = [] if what == "module" else SOURCES.sub("", "\n".join(lines)).split("\n")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", for_users)
