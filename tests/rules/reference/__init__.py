"""decide() once more, slow and obvious: by the wall clock, with loops over what was written."""
