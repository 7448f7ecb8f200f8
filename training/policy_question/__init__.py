"""Fits the weights of the policy assistant from labelled questions; not part of the package."""
