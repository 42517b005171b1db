"""The colours: calm, one accent, warnings amber, never red for what the person did."""

from textual.theme import Theme

DARK = Theme(
    name="splitdose-dark", dark=True, primary="#6fb3b8", secondary="#88a0a8", accent="#7cc4c9", warning="#e0b060",
    error="#d98a8a", success="#8fbf8f", foreground="#d8dee0", background="#14191c", surface="#1b2226", panel="#232c31",
)  # fmt: skip
LIGHT = Theme(
    name="splitdose-light", dark=False, primary="#1f6f78", secondary="#4a6066", accent="#12666f", warning="#8a5a00",
    error="#a33a3a", success="#2f6b3a", foreground="#1c2427", background="#f7f6f2", surface="#efeee9", panel="#e4e3dd",
)  # fmt: skip
