"""The benchmark of the decision engine: sites of three sizes, a working day's requests, its peers, its goals."""
