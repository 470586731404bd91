"""Whom a rule means, in words."""

from __future__ import annotations

from rules.policy import Who


PEOPLE = "people"
"""Stands for those who have no group in common."""


def meant(who: Who) -> str:
    """`lab or crew with company acme, except guests`; `people with role chief`; `everybody`."""
    attributes = [f"{name} {value}" for name, value in sorted(who.attributes)]
    whom = " or ".join(sorted(who.groups))
    parts = [
        *([whom] if whom else [PEOPLE] if attributes or who.persons else []),
        *([f"with {' and '.join(attributes)}"] if attributes else []),
    ]
    if who.persons:
        parts.append(f"being {' or '.join(sorted(who.persons))}")
    text = " ".join(parts) or "everybody"
    return f"{text}, except {'; '.join(map(meant, who.but))}" if who.but else text
