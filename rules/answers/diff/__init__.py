"""What the difference between two versions of a site comes to, for people and doors."""

from rules.answers.diff.differ import diff
from rules.answers.diff.row import Behind, Diff, Row

__all__ = ["Behind", "Diff", "Row", "diff"]
