"""What the engine is measured beside: each asked in its best form."""
