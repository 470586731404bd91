"""A verdict in the words of the log, of the record and of answers. None of it holds a name of a person."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from config.site import ReloadMode
from gateway.reload.candidate import Candidate, Rejection, Verdict
from rules.model.signals import CandidateRefused, CandidateReviewed

MOST_PROBLEMS = 20
LONGEST_PROBLEM = 300
LONGEST_TEXT = 4_000
"""Characters of a difference in the record; an answer holds more."""

LONGEST_ANSWER = 32_000
LOGGED = 200
"""Lines of a difference that the log gets."""


def review_of(found: Candidate, mode: ReloadMode) -> CandidateReviewed:
    seen = found.review
    text = cut("\n".join((seen.text, *seen.warnings)).strip(), LONGEST_TEXT)
    return CandidateReviewed(found.rules_hash, mode.value, seen.gains, seen.losses, len(seen.warnings), text)


def refusal_of(found: Rejection) -> CandidateRefused:
    problems = tuple(cut(line, LONGEST_PROBLEM) for line in found.problems[:MOST_PROBLEMS])
    return CandidateRefused(found.rules_hash, found.code, problems, len(found.problems))


def log_of(found: Verdict, mode: ReloadMode, log: logging.Logger) -> None:
    """What an admin who looks at the log needs to go on."""
    match found:
        case Candidate():
            lines = [*found.review.text.splitlines(), *(f"warning: {line}" for line in found.review.warnings)]
            log.info("rule set %s is proposed (%s)", found.rules_hash[:12], mode.value)
            for line in lines[:LOGGED]:
                log.info("%s: %s", found.rules_hash[:12], line)
            if mode is not ReloadMode.AUTOMATIC:
                who = "an operator asks" if mode is ReloadMode.ON_REQUEST else "two operators ask"
                log.info("it goes live when %s: doorward reload %s", who, found.rules_hash[:12])
        case Rejection():
            log.error("the changed configuration is not loaded, %s; what ran goes on", found.code)
            for line in found.problems[:LOGGED]:
                log.error("%s", line)
        case None:
            log.info("the folder holds what runs")


def pending_of(found: Candidate | None, running: str) -> Mapping[str, Any]:
    """The body of an answer on what is proposed."""
    return described(found, running) if found else {"running": running, "proposed": None}


def described(found: Verdict, running: str) -> Mapping[str, Any]:
    """The body of an answer on what the folder holds."""
    match found:
        case Candidate():
            seen = found.review
            return {
                "running": running,
                "proposed": found.rules_hash,
                "gains": seen.gains,
                "losses": seen.losses,
                "warnings": [cut(line, LONGEST_PROBLEM) for line in seen.warnings[:MOST_PROBLEMS]],
                "text": cut(seen.text, LONGEST_ANSWER),
            }
        case Rejection():
            problems = [cut(line, LONGEST_PROBLEM) for line in found.problems[:MOST_PROBLEMS]]
            return {
                "running": running,
                "proposed": None,
                "rejected": found.code,
                "problems": problems,
                "count": len(found.problems),
            }
    return {"running": running, "proposed": None}


def cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
