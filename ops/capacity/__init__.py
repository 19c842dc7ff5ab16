"""What a load does to the pipeline: a simulation of throttle, quota, queues and concurrency."""
