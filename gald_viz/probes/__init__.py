"""A live network in, plain arrays out: the only room of gald_viz that holds torch."""
