"""Whom a rule means, in words."""

from __future__ import annotations

from rules.policy import Who

PEOPLE = "people"
"""Stands for those who have no group in common."""


def meant(who: Who) -> str:
    """`lab or crew with company acme, except guests`; `people with role chief`; `everybody`."""
    attributes = [f"{name} {value}" for name, value in sorted(who.attributes)]
    parts = [" or ".join(sorted(who.groups)) or PEOPLE]
    if attributes:
        parts.append(f"with {' and '.join(attributes)}")
    if who.persons:
        parts.append(f"being {' or '.join(sorted(who.persons))}")
    text = "everybody" if parts == [PEOPLE] else " ".join(parts)
    return f"{text}, except {'; '.join(map(meant, who.but))}" if who.but else text
