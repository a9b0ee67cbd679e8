"""What is said at boot of users and access rules: what rules leave open, what they close, mails that cannot be sent."""

from __future__ import annotations

from ...app.application import App
from ...app.project.reading import Project
from ..models.mailer import problems
from .exposure import judge_rules
from .indirect import judge_relations
from .switch import user_models


def audit(app: App, project: Project) -> None:
    """Add findings to the report of a project, where access control is on.

    Args:
        app: made from it, all models known.
        project: as read.
    """
    if project.config.enable_auth or project.ported.enables_auth:
        judge_rules(project, app)
        judge_relations(project, app)
        judge_mails(project, app)


def judge_mails(project: Project, app: App) -> None:
    """Report user models that are told to send mails and cannot."""
    told = [(one, app.registry.find_model(one.name)) for one in project.models if not one.closed]
    for users in user_models(app):
        for entry in [one for one, cls in told if cls is users]:
            for setting, text in problems(users, app.root):
                remedy = "until then its route answers 501"
                project.report.add("warn", "MAIL_MISSING", entry.file, setting, text=text, remedy=remedy, name=entry.name)
