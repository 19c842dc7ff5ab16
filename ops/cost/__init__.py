"""What a month's transactions cost on AWS, here and in the usual alternatives."""
