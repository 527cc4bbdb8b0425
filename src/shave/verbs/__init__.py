"""What shave can do: each verb takes values and gives values, and prints nothing."""
