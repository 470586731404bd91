"""The pure heart: vocabulary, policy, and what follows from what. Reads no clock, draws no random number."""
