"""Studies: the papers' tables run again on a data set of one's own, row by row."""
