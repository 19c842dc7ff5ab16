"""The simulation of throttling, quotas, queues and concurrency under load."""
