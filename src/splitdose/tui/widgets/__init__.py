"""Parts of screens, each of which is given its state."""
