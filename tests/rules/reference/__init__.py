"""decide() once more, slow and obvious: the wall clock, loops over what was written, nothing of the engine but values."""
