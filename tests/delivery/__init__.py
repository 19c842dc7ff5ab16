"""What brings it to an account: environments, changes for reviewers, workflows, hooks."""
