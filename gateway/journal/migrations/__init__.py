"""The journal's schema, version by version; run by `gateway.journal.migrate` at open. Upgrades only."""
