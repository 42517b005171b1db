"""What stands between the app and the terminal it runs in."""
