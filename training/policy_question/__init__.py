"""Fits the weights of the policy assistant's ranking and confidence from labelled questions; not part of the package."""
