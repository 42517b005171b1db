"""Real surroundings for the tests: a terminal, a desktop, a clock that can be set.

Nothing here knows what Splitdose does. Everything that is started here is ended here, whatever a test does.
"""
