"""The screens. They ask the session and draw what it answers; no rule about doses lives here."""
