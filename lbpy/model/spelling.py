"""The names of a model's settings in JSON and in Python, and what was probably meant by others. Reads no model and no setting."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ..naming import near

STORES: Final = frozenset(
    {
        "memory", "mysql", "postgresql", "mongodb", "mssql", "oracle", "db2", "sqlite", "sqlite3", "rest", "soap",
        "redis", "cloudant", "cassandra", "dashdb",
    }
)
MODEL_KEYS: Final = STORES | frozenset(
    {
        "name", "base", "super", "plural", "http", "description", "idInjection", "forceId", "strict", "properties",
        "options", "excludeBaseProperties", "hidden", "protected", "hiddenProperties", "protectedProperties",
        "validations", "relations", "acls", "scopes", "scope", "attributes", "indexes", "foreignKeys", "methods",
        "mixins", "remoting", "sharedMethods", "replaceOnPUT", "defaultPermission", "aclErrorStatus", "ownerRelations",
        "trackChanges", "enableRemoteReplication", "changeCleanupInterval", "additionalChangeModelProperties",
        "hashAlgorithm", "replicationChunkSize", "validateUpsert", "validateUpdate", "automaticValidation",
        "persistUndefinedAsNull", "strictDelete", "applyDefaultsOnReads", "updateOnLoad", "allowExtendedOperators",
        "maxDepthOfQuery", "maxDepthOfData", "prohibitHiddenPropertiesInQuery", "normalizeUndefinedInQuery",
        "strictEmbeddedModels", "configureModelMerge", "strictObjectIDCoercion", "disableDefaultSort", "defaultIdSort",
        "resourceName", "ttl", "maxTTL", "resetPasswordTokenTTL", "emailVerificationRequired", "realmRequired",
        "realmDelimiter", "caseSensitiveEmail", "allowEternalTokens", "saltWorkFactor",
        "restrictResetPasswordTokenScope", "rejectPasswordChangesViaPatchOrReplace", "confirmRedirects", "throttle",
        "verifyOptions", "accessTokenIdLength", "transaction", "settings", "relationsInWhere",
    }
)


def name_in_python(name: str) -> str:
    """A setting of LoopBack's JSON as class bodies give it: "maxTTL" -> "max_ttl"."""
    return _WORD_START.sub("_", name).lower()


def name_in_json(name: str) -> str:
    """LoopBack's name of a setting given in snake_case; own settings become camelCase."""
    first, *rest = name.split("_")
    return _IN_JSON.get(name) or first + "".join(word.capitalize() for word in rest)


def slips(given: Collection[str]) -> Iterator[tuple[str, str]]:
    """The settings of a class body that nothing reads, each with the known one that was probably meant.

    Own settings are no slips, nor is what stands beside the setting that it resembles.

    Args:
        given: the names of all settings, in snake_case.
    """
    known = {name_in_json(name) for name in given}
    for name in given:
        meant = "" if name_in_json(name) in MODEL_KEYS else near(name_in_json(name), MODEL_KEYS - STORES)
        if meant and meant not in known:
            yield name, name_in_python(meant)


_WORD_START: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IN_JSON: Final[Mapping[str, str]] = MappingProxyType({name_in_python(name): name for name in MODEL_KEYS})
