"""The door to Debian archives: where they are, whether they are what they claim, and apt, which chooses among them."""
