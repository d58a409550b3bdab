"""Networks, data, training and evaluation; runs on a node without the rest of the project."""
