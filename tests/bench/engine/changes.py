"""How long a change of a part of a large site takes: the rules alone, one card."""

from __future__ import annotations

import statistics
from dataclasses import replace
from time import process_time

from rules.compile import compile_site, with_change
from rules.people import Credential, CredentialStatus, PeopleChange
from rules.site import Site

TURNS = 5
CARDS = 2000


def figures(site: Site) -> dict[str, float]:
    return {"rules-only swap, s": rules_only(site), "one card, us": one_card(site)}


def rules_only(site: Site) -> float:
    """Another rule set over the same people, s: every level's schedule turned by one place."""
    found = []
    for turn in range(1, TURNS + 1):
        whens = [level.when for level in site.policy.access]
        turned = zip(site.policy.access, whens[turn:] + whens[:turn], strict=True)
        policy = replace(site.policy, access=tuple(replace(level, when=when) for level, when in turned))
        begin = process_time()
        other = compile_site(policy, site.people, f"b{turn}")
        found.append(process_time() - begin)
        assert other.people.credentials is site.people.credentials
        del other
    return statistics.median(found)


def one_card(site: Site) -> float:
    """A card disabled, and enabled again, us for each."""
    tokens = list(site.people.credentials)[:: max(1, len(site.people.credentials) // CARDS)]
    persons = {token: site.people.credentials[token].person for token in tokens}
    edits = [
        PeopleChange(site.people.rev, credentials=(Credential(token, persons[token], status),))
        for token in tokens
        for status in (CredentialStatus.DISABLED, CredentialStatus.ACTIVE)
    ]
    begin = process_time()
    for edit in edits:
        with_change(site, edit)
    return (process_time() - begin) / len(edits) * 1e6
