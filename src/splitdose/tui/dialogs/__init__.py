"""Screens above the main ones: they ask, show, and give an answer."""
