"""Forms that change a plan."""
