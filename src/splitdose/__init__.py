"""Splitdose: a terminal companion for people who take medicine in split doses."""

__version__ = "0.1.0"
