"""What builds images from Dockerfiles. A builder is one file here; this list is the whole family, best first."""
