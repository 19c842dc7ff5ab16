"""Tests, in tiers by what they may touch."""
