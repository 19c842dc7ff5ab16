"""Tests of the contract and the handlers, which pass under each botocore that Lambda has had."""
