"""People keep changing while a rule set is compiled: the Site that goes live knows the last change."""

from __future__ import annotations

from collections.abc import Iterable

from rules.compile import with_change, with_people
from rules.people import People, PeopleChange
from rules.site import Site

Edit = People | PeopleChange


def edited(site: Site, edit: Edit) -> Site:
    """The Site over a changed directory; what changed of a few is changed in place."""
    return with_change(site, edit) if isinstance(edit, PeopleChange) else with_people(site, edit)


def at_present(new: Site, live: Site, missed: Iterable[Edit]) -> Site:
    """A Site compiled a while ago over the people of now. missed: what was edited in `live` meanwhile, in order.

    Where both mean the same classes of people the live tables go over as they are.
    """
    if new.members == live.members:
        return with_people(new, live.people)
    for edit in missed:
        new = edited(new, edit)
    return new
