"""The monthly cost on AWS of this pipeline and of alternative designs."""
