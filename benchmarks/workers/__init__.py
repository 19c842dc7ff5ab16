"""Scripts that run under the handlers' interpreter, where the baselines' libraries are."""
