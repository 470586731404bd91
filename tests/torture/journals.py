"""The journal alone under kills and power cuts; see `kill_journal`, which runs these by themselves."""

from __future__ import annotations

import random
from pathlib import Path

from tests.faults.runs import stands
from tests.faults.shim import Disk, build
from tests.torture import kill_journal
from tests.torture.figures import Figures

RENEW = 50
"""Runs on one journal: now and then a new one, so that its making is hit too."""

NAMES = {"kill": "journal killed", "write": "journal killed in a write", "power": "journal without power"}
RUNS = {"kill": kill_journal.kill, "write": kill_journal.write, "power": kill_journal.power}


def journal_campaign(how: str, root: Path, count: int, chance: random.Random) -> Figures:
    """how: `kill`, `write` or `power`. Each run is judged by what the dying process had promised."""
    figures, library = Figures(NAMES[how]), build(root)
    for number in range(count):
        if number % RENEW == 0:
            folder = root / f"journal-{number}"
            folder.mkdir()
            disk = Disk(library, root / f"control-{number}", folder)
        try:
            figures.events = stands(folder, RUNS[how](folder, chance, disk))
        except AssertionError as error:
            figures.lost += 1
            figures.faults.append(f"run {number}: {error}")
        figures.runs += 1
    return figures
