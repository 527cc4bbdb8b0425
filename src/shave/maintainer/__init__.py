"""What Debian's maintainer scripts would do, done without running them."""
