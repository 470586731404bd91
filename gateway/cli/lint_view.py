"""Findings of the linter, for a person and for a script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rules.answers.lint.finding import Finding, Severity

RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def counts(findings: Sequence[Finding]) -> dict[Severity, int]:
    return {severity: sum(found.severity is severity for found in findings) for severity in Severity}


def lines(findings: Sequence[Finding], total: dict[Severity, int], *, fixes: bool) -> Iterator[str]:
    """One line for each, as compilers write them, how to mend it beneath; then how many there are, shown or not."""
    for found in findings:
        yield str(found)
        if fixes:
            yield f"    {found.fix}"
    yield summary(total)


def summary(total: dict[Severity, int]) -> str:
    """`1 error, 2 warnings, 3 notes`"""
    told = [f"{count} {severity.value}{'' if count == 1 else 's'}" for severity, count in total.items() if count]
    return ", ".join(told) or "nothing to say"


def plain(findings: Sequence[Finding], total: dict[Severity, int]) -> str:
    """JSON. `place` is null for what is in no file, as people of the directory."""
    return json.dumps(
        {
            "ok": not total[Severity.ERROR],
            "counts": {f"{severity.value}s": count for severity, count in total.items()},
            "findings": [_plain(found) for found in findings],
        },
        indent=2,
        ensure_ascii=False,
    )


def _plain(found: Finding) -> dict[str, Any]:
    source = found.source
    place = {"file": source.file, "line": source.line, "column": source.column} if source.line else None
    return {
        "code": found.code,
        "severity": found.severity.value,
        "subject": found.subject,
        "place": place,
        "text": found.text,
        "fix": found.fix,
    }
