"""The generator of made-up archives: documents, files, queries, labels, spans."""
