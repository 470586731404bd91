"""What is wrong with a rule set although it loads: what could keep people in, and what means nothing."""
