"""For print: documents, tables and figures as files."""
