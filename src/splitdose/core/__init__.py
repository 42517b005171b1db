"""The domain: doses, plans, the log. Pure; time comes in as an argument and no file is touched."""
