"""Rules for cfn-lint about asynchronous pipelines: stacks that deploy well and do not work."""
