"""What may leave, to whom: the register of outside endpoints, the decision, and the filter over what is given out."""
