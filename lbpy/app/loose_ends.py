"""Relations that lead to models which never came. Changes no model."""

from __future__ import annotations

from ..data.bound import if_bound
from ..data.relations.definition import RelationDefinition
from .project.report import Finding, Report
from .registry import Registry


def loose_ends(registry: Registry, report: Report) -> list[Finding]:
    """The relations whose other side is no model of the application, now that all are known; each is found once.

    Args:
        registry: the models.
        report: where the findings go, and where those made before stand.

    Returns:
        The new findings.
    """
    before = frozenset(report.findings)
    for name, cls in registry.models():
        bound = if_bound(cls)
        for one in bound.relations.values() if bound is not None else ():
            for missing in _missing(registry, one):
                text = f"leads to {missing}, which is no model here: the relation has no routes and cannot be used"
                report.add("warn", "RELATION_TARGET", name, f"relations.{one.name}", text=text, remedy="correct the name, or add the model")
    return [one for one in report.findings if one not in before]


def _missing(registry: Registry, relation: RelationDefinition) -> list[str]:
    return [name for name in (relation.model, relation.through) if name and registry.find_model(name) is None]
