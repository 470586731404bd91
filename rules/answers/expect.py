"""Which assertions of a rule set hold, and for each that does not, one case that speaks against it.

They are about rules and people as they are, at a site at rest: no lockdown, no threat level, nothing armed. Cards do
not count: whoever has the right may pass, even if their card is lost. Who is blocked or not valid has no right then.
PINs count as known, and whoever must come along or be first as there. An unlocked door opens to everybody.
"""

from __future__ import annotations

from rules.answers.audit import Audit
from rules.answers.expect_parts import broken_apart, broken_fire
from rules.answers.expect_people import Crowd
from rules.answers.expect_result import Broken, Verdict, in_words
from rules.answers.expect_times import Times, times_of
from rules.answers.expect_who import Claimed
from rules.answers.expect_why import told
from rules.policy import ExpectApartPolicy, ExpectFirePolicy, ExpectPolicy
from rules.site import Site
from rules.wall import DAY_US

__all__ = ["YEAR", "Broken", "Verdict", "broken", "verdicts"]

YEAR = 366 * DAY_US
"""How far ahead a rule set that is to go live is asked about, us."""

Expectation = ExpectPolicy | ExpectFirePolicy | ExpectApartPolicy


def broken(site: Site, lo: int, hi: int) -> list[Broken]:
    """Every assertion that does not hold at some time of lo <= utc < hi, us since 1970, in the order of writing."""
    return [found for verdict in verdicts(site, lo, hi) for found in verdict.broken]


def verdicts(site: Site, lo: int, hi: int) -> list[Verdict]:
    """All assertions, in the order of writing. One on a later date than `hi` is looked at on its date all the same."""
    asked = _Asked(site, lo, hi)
    return [asked.verdict(expected) for expected in site.policy.expect]


class _Asked:
    """The people of a site and its times, shared by all assertions."""

    def __init__(self, site: Site, lo: int, hi: int) -> None:
        self._site, self._lo, self._hi = site, lo, hi
        self._crowd = Crowd(site)
        self._audit = Audit(site, lo, hi)

    def verdict(self, expected: Expectation) -> Verdict:
        note, found = self._found(expected)
        return Verdict(expected.id, expected.source, in_words(expected), found, note)

    def _found(self, expected: Expectation) -> tuple[str, tuple[Broken, ...]]:
        """(what makes it true of nothing, what breaks it)."""
        match expected:
            case ExpectPolicy():
                return self._passages(expected)
            case ExpectFirePolicy():
                return "", tuple(broken_fire(self._site, expected))
            case ExpectApartPolicy():
                return "", tuple(broken_apart(self._site, expected))

    def _passages(self, expected: ExpectPolicy) -> tuple[str, tuple[Broken, ...]]:
        times = times_of(self._audit, expected, self._lo, self._hi)
        if times.spans == ():
            return times.why_none, ()
        claimed = Claimed(self._reaching(times), self._crowd, expected, times)
        note = "" if claimed.anybody else "means nobody"
        wrong = claimed.counterexample()
        return note, () if wrong is None else (told(claimed, wrong),)

    def _reaching(self, times: Times) -> Audit:
        """Answers about a time that all moments lie in."""
        if not times.spans or times.spans[-1][1] <= self._hi:
            return self._audit
        return Audit(self._site, times.spans[0][0], times.spans[-1][1])
