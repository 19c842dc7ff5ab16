"""The operations on a deployed stack, local or on AWS."""
