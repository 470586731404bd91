"""`python -m tests.bench`: what a badge costs, beside the wire's own minimum in the same run."""
