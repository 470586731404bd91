"""A changed folder goes live as its site wants it, whole or not at all, and comes back in one command."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.reload.conftest import DOORS, NIGHT, OPEN, SHUT, SHUT_EXIT, Folder, watched
from tests.gateway.small import until

MAGNET = "to_unlock, on_power_loss: secure", "to_lock, on_power_loss: safe"

ACME = "access: {acme: {who: {group: staff, company: acme}, where: store, when: always}}\n...\n"
"""Rules that sort people into other classes, so that the tables of people are made anew."""


async def test_automatic_says_it_first_and_swaps(folder: Folder) -> None:
    async with watched(folder.make()) as found:
        before = found.hash
        assert await found.badge() == "granted"
        folder.write("rules.yaml", SHUT)
        active = await found.event("SiteActivated", cause="reload")
        assert await found.badge() == "no_access_rights"
        proposed = await found.event("SiteProposed", rules_hash=found.hash)
        assert proposed["seq"] < active["seq"]
        assert (proposed["data"]["previous"], proposed["data"]["mode"]) == (before, "automatic")
        assert (active["data"]["previous"], active["data"]["rules_hash"]) == (before, found.hash)
        assert found.hash == folder.configuration().rules_hash != before
        assert await found.app.journal.site(found.hash) is not None


async def test_a_half_saved_folder_is_not_loaded(folder: Folder) -> None:
    async with watched(folder.make()) as found:
        before = found.hash
        folder.write("rules.yaml", SHUT.removesuffix("...\n"))
        rejected = await found.event("SiteRejected")
        assert rejected["data"]["code"] == "config_invalid"
        assert "rules.yaml" in rejected["data"]["problems"][0]
        assert found.hash == before
        assert await found.badge() == "granted"
        folder.write("rules.yaml", SHUT)
        await found.event("SiteActivated", cause="reload")
        assert await found.badge() == "no_access_rights"


async def test_a_bad_candidate_is_said_once_and_changes_nothing(folder: Folder) -> None:
    async with watched(folder.make()) as found:
        before = found.hash
        bad = OPEN.replace("when: always", "when: nevr")
        folder.write("rules.yaml", bad)
        rejected = await found.event("SiteRejected")
        assert rejected["data"]["count"] == len(rejected["data"]["problems"]) == 1
        assert "rules.yaml:1:" in rejected["data"]["problems"][0]
        folder.write("rules.yaml", bad)  # saved again, as it was
        await found.looked()
        assert [e["type"] for e in await found.events()].count("SiteRejected") == 1
        assert found.hash == before
        assert await found.badge() == "granted"
        folder.write("rules.yaml", bad.replace("nevr", "nver"))
        await found.event("SiteRejected", after=rejected["seq"])


async def test_what_could_keep_people_in_never_goes_live(folder: Folder) -> None:
    async with watched(folder.make()) as found:
        before = found.hash
        folder.write("doors.yaml", SHUT_EXIT)
        rejected = await found.event("SiteRejected", code="review_failed")
        assert "egress-blocked" in rejected["data"]["problems"][0]
        assert found.hash == before
        assert await found.ask("ada", "reload", rejected["data"]["rules_hash"]) == "no_such_candidate"


async def test_on_request_waits_for_an_admin_who_names_it(folder: Folder) -> None:
    folder.mode = "on_request"
    async with watched(folder.make()) as found:
        hash = await found.propose("rules.yaml", SHUT)
        assert await found.badge() == "granted"
        assert await found.ask("sue", "reload", hash) == "not_allowed"
        assert await found.ask("ada", "reload", hash[:11]) == "no_hash"
        assert await found.ask("ada", "reload", "0" * 12) == "no_such_candidate"
        assert await found.ask("ada", "reload", hash[:12]) == "ok"
        assert found.hash == hash
        assert await found.badge() == "no_access_rights"
        assert await found.ask("ada", "reload", hash) == "no_such_candidate"
        approved = await found.event("ReloadApproved")
        assert (approved["data"]["who"], approved["data"]["rules_hash"]) == ("ada", hash)


async def test_two_person_wants_two_different_ones_for_the_same_set(folder: Folder) -> None:
    folder.mode = "two_person"
    async with watched(folder.make()) as found:
        first = await found.propose("rules.yaml", SHUT)
        assert await found.ask("ada", "reload", first) == "approved"
        assert await found.ask("ada", "reload", first) == "same_operator"
        second = await found.propose("rules.yaml", NIGHT)
        assert await found.ask("abe", "reload", first) == "no_such_candidate"
        assert await found.ask("abe", "reload", second) == "approved", "what was approved was another set"
        assert await found.badge() == "granted"
        assert await found.ask("ada", "reload", second) == "ok"
        assert await found.badge() == "no_access_rights"


async def test_what_is_taken_back_is_no_longer_proposed(folder: Folder) -> None:
    folder.mode = "on_request"
    async with watched(folder.make()) as found:
        hash = await found.propose("rules.yaml", SHUT)
        folder.write("rules.yaml", OPEN)
        await found.event("SiteWithdrawn", rules_hash=hash)
        assert await found.ask("ada", "reload", hash) == "no_such_candidate"


async def test_rollback_restores_in_one_command(folder: Folder) -> None:
    folder.mode = "two_person"
    async with watched(folder.make()) as found:
        before = found.hash
        hash = await found.propose("rules.yaml", SHUT)
        assert [await found.ask(who, "reload", hash) for who in ("ada", "abe")] == ["approved", "ok"]
        assert await found.badge() == "no_access_rights"
        assert await found.ask("sue", "rollback") == "ok", "one is enough, and a supervisor may"
        assert found.hash == before
        assert await found.badge() == "granted"
        active = await found.event("SiteActivated", cause="rollback")
        assert (active["data"]["previous"], active["data"]["rules_hash"]) == (hash, before)
        await found.looked()
        assert found.proposed is None, "what was rolled back is not proposed again"
        assert await found.ask("sue", "rollback") == "nothing_to_roll_back"
        assert await found.ask("sue", "rollback", hash) == "ok", "by its whole hash, one goes there all the same"
        assert found.hash == hash


async def test_a_restart_does_not_bring_back_what_was_rolled_back(folder: Folder) -> None:
    async with watched(folder.make()) as found:
        folder.write("rules.yaml", SHUT)
        await found.event("SiteActivated", cause="reload")
        before = found.hash
        assert await found.ask("ada", "rollback") == "ok"
    async with watched(folder) as again:
        await again.looked()
        assert again.hash != before
        assert await again.badge() == "granted"
        assert await again.ask("ada", "reload", "check") == "ok"
        await until(lambda: again.hash == before), "asked to look again, it is what the folder holds"


async def test_a_restart_activates_nothing_that_two_have_not_approved(folder: Folder) -> None:
    folder.mode = "two_person"
    async with watched(folder.make()) as found:
        before = found.hash
    folder.write("rules.yaml", SHUT)
    async with watched(folder) as again:
        assert again.hash == before
        proposed = await again.event("SiteProposed")
        assert await again.badge() == "granted"
        hash = proposed["data"]["rules_hash"]
        assert [await again.ask(who, "reload", hash) for who in ("ada", "abe")] == ["approved", "ok"]
        assert await again.badge() == "no_access_rights"


async def test_lines_and_devices_need_a_restart(folder: Folder) -> None:
    async with watched(folder.make()) as found:
        before = found.hash
        text = (folder.config / "site.yaml").read_text()
        folder.write("site.yaml", text.replace("baud: 9600", "baud: 19200").replace("moxa-e1212", "adam-6060"))
        rejected = await found.event("SiteRejected", code="restart_needed")
        assert rejected["data"]["problems"] == ["device 'io' or a secret of it changed", "line 'south' changed"]
        assert found.hash == before
    async with watched(folder) as again:
        assert again.hash == folder.configuration().rules_hash != before


async def test_a_lock_that_moves_gets_its_level_and_leaves_the_old_one_locked(folder: Folder) -> None:
    async with watched(folder.make()) as found:
        folder.write("doors.yaml", DOORS.replace("io.out1", "io.out2").replace(*MAGNET))
        await found.event("SiteActivated", cause="reload")
        moved = await found.event("OutputReasserted", point="io.out2")
        left = await found.event("OutputReasserted", point="io.out1")
        assert (moved["data"]["on"], left["data"]["on"]) == (True, False)


@pytest.mark.parametrize("rules", [SHUT, ACME], ids=["the same classes of people", "other classes"])
async def test_who_is_blocked_while_it_compiles_is_blocked_after_the_swap(folder: Folder, rules: str) -> None:
    """The thread that compiles has its turn only after the block: what it compiles is the past."""
    folder.mode = "on_request"
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    async with watched(folder.make()) as found:
        hash = await found.propose("rules.yaml", rules)
        free = threading.Event()
        busy = asyncio.create_task(asyncio.to_thread(free.wait, 10))
        asked = asyncio.create_task(found.ask("ada", "reload", hash))
        await found.event("ReloadApproved")
        await until(lambda: found.app.reload._missed)
        with folder.directory() as people:
            people.block("test", folder.ann)
        await until(lambda: found.app.core.site.people.persons[folder.ann].blocked)
        assert found.hash != hash
        free.set()
        assert await asked == "ok"
        await busy
        assert found.hash == hash
        assert found.app.reload.counters["caught_up"] == 1
        assert found.app.core.site.people.persons[folder.ann].blocked
        assert await found.badge() == "person_blocked"


async def test_without_a_source_every_request_is_answered(folder: Folder) -> None:
    from tests.gateway.small import Place, daemon

    folder.make()

    class Here(Place):
        def configuration(self) -> object:  # type: ignore[override]
            return folder.configuration()

    from tests.gateway.reload.conftest import Watched

    async with daemon(Here(folder.root)) as found:
        assert await Watched(folder, found).ask("ada", "reload", "pending") == "not_watching"
