"""The delivery to an account: environments, changes, workflows and hooks."""
