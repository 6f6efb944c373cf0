"""One story per file: receive, process, free a place. They raise; each door translates once."""
