"""People keep changing while a rule set is compiled: the Site that goes live knows the last change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from rules.compile import with_change, with_people
from rules.people import People, PeopleChange
from rules.site import Site

Edit = People | PeopleChange


def edited(site: Site, edit: Edit) -> Site:
    """The Site over a changed directory; what changed of a few is changed in place."""
    return with_change(site, edit) if isinstance(edit, PeopleChange) else with_people(site, edit)


async def copied(live: Callable[[], Site], missed: Sequence[Edit]) -> Site:
    """The live Site with tables of people of its own, for a thread. missed: grows by what is edited meanwhile.

    Each table is copied in a turn of its own: a large one takes some milliseconds.
    """
    while True:
        site, known = live(), len(missed)
        persons = site.people.persons.copy()
        await asyncio.sleep(0)
        if live() is not site:  # swapped whole: what was copied is of the past
            continue
        people = People(site.people.rev, persons, site.people.credentials.copy())
        people.enrolled = site.people.enrolled
        mine = with_people(site, people)
        for edit in missed[known:]:
            mine = edited(mine, edit)
        return mine


def at_present(new: Site, live: Site, missed: Iterable[Edit]) -> Site:
    """A Site compiled a while ago over the people of now. missed: what was edited in `live` meanwhile, in order.

    Where both mean the same classes of people the live tables go over as they are.
    """
    if new.members == live.members:
        return with_people(new, live.people)
    for edit in missed:
        new = edited(new, edit)
    return new
