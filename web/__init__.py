"""The shell: command line, wiring and settings; later the pages, the API and the workers."""
