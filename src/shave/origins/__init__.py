"""What an image is made of: each origin turns what a spec asks of it, as locked, into strata."""
