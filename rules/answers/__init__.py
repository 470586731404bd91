"""The same policy, asked other questions: who, where, why, what if, and whether it is safe."""
