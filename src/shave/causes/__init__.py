"""Why images do not start. A cause is looked for in one file here; this list is the whole family."""
