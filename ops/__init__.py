"""What an operator runs against any deployed stack, local or on AWS."""
