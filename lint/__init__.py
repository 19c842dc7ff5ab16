"""Rules for cfn-lint: what deploys well and does not work. See README.md beside this file."""
