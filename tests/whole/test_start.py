"""A start while the rules are being edited: doors go on with what was active last, and it is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.problem import ConfigErrors
from config.secrets import Secrets
from gateway.discover import drivers
from gateway.journal.opening import STORE
from gateway.reload.candidate import Source
from gateway.reload.start import folder_or_last
from simulators.folder import DemoFolder
from tests.whole.gatehouse import Gatehouse, gatehouse, until
from tests.whole.test_reload import NO_DOCK, ROUNDS, admit, decided, edit

NOW = 1_795_420_800 * 1_000_000


@pytest.fixture
async def house(root: Path) -> AsyncIterator[Gatehouse]:
    """A gateway that takes changed rules live by itself, and has done so once."""
    folder = DemoFolder(root)
    source = Source(folder.config, Secrets(folder.secrets), drivers(), period=0.05, settle=0.2)
    async with gatehouse(root, source=source) as found:
        await found.stop()
        admit(folder, "automatic")
        await found.start()
        await found.online()
        edit(found, "rules.yaml", ROUNDS, NO_DOCK)
        await found.event("SiteActivated", cause="reload")
        yield found


async def restarted(house: Gatehouse) -> None:
    await house.stop()
    await house.start()
    await house.online()


async def test_a_file_cut_short_by_a_loss_of_power_stops_no_door(house: Gatehouse) -> None:
    running = house.app.core.site.rules_hash
    path = house.site.folder.config / "rules.yaml"
    whole = path.read_text()
    await house.stop()
    path.write_text(whole[: len(whole) // 2])
    await house.start()
    await house.online()
    assert house.app.core.site.rules_hash == running
    rejected = await house.event("SiteRejected")
    assert rejected["data"]["code"] == "config_invalid"
    assert "rules.yaml" in rejected["data"]["problems"][0]
    assert await decided(house, "dock-reader", "dock") == "no_access_rights", "what was live last, not what was first"
    path.write_text(whole.replace(NO_DOCK, ROUNDS))
    await until("mended", lambda: house.app.core.site.rules_hash != running)
    assert await decided(house, "dock-reader", "dock") == "granted"


async def test_rules_that_break_their_own_assertion_do_not_start_instead_of_those_that_ran(house: Gatehouse) -> None:
    running = house.app.core.site.rules_hash
    await house.stop()
    edit(house, "rules.yaml", NO_DOCK, ROUNDS)
    (house.site.folder.config / "promise.yaml").write_text(
        "expect:\n  - {nobody: {group: security}, opens: dock}\n...\n"
    )
    await house.start()
    await house.online()
    assert house.app.core.site.rules_hash == running
    assert (await house.event("SiteRejected"))["data"]["code"] == "review_failed"
    assert await decided(house, "dock-reader", "dock") == "no_access_rights"


async def test_rules_that_could_keep_somebody_in_do_not_start_either(house: Gatehouse) -> None:
    running = house.app.core.site.rules_hash
    await house.stop()
    doors = house.site.folder.config / "doors.yaml"
    doors.write_text(doors.read_text().replace("between: [lobby, lab]", "between: [office, lab]"))
    await house.start()
    await house.online()
    assert house.app.core.site.rules_hash == running
    assert (await house.event("SiteRejected"))["data"]["code"] == "review_failed"


async def test_a_first_start_needs_a_folder_that_may_run(root: Path) -> None:
    async with gatehouse(root) as found:
        await found.stop()
        folder = found.site.folder
        (folder.config / "rules.yaml").write_text("access: {\n")
        source = Source(folder.config, Secrets(folder.secrets), drivers())
        assert folder_or_last(source, folder.state, NOW)[1]
        with pytest.raises(ConfigErrors, match=r"rules\.yaml"):
            folder_or_last(source, root / "empty", NOW)
        (root / "torn").mkdir()
        (root / "torn" / STORE).write_bytes(b"not a database at all, but as long as one" * 100)
        with pytest.raises(ConfigErrors, match=r"rules\.yaml"):
            folder_or_last(source, root / "torn", NOW)
